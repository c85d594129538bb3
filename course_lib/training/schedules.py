"""Hold what changes while a model learns, and give every step its rate."""

from math import cos, pi
from typing import NamedTuple

from torch import Generator, nn
from torch.optim import Optimizer

from course_lib.training.presets import LearningPreset

WARM_UP = 100  # steps in which the rate rises from 0


class Learning(NamedTuple):
    """All that changes while a model learns by itself."""

    model: nn.Module
    optimizer: Optimizer
    rng: Generator


def pace(number: int, share: float) -> float:
    """The learning rate of a step, as a share of the preset's."""
    falling = (1 + cos(pi * max(0.0, 2 * share - 1))) / 2
    return min(1.0, number / WARM_UP) * max(falling, 0.02)


def set_pace(optimizer: Optimizer, preset: LearningPreset, number: int) -> None:
    """Give every weight the rate of this step."""
    rate = preset.rate * pace(number, number / preset.steps)
    for group in optimizer.param_groups:
        group["lr"] = rate
