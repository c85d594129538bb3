"""The learning-rate schedule: linear warm-up, constant, then half a cosine."""

from math import cos, pi

from torch.optim import Optimizer

from course_lib.training.presets import LearningPreset

WARM_UP_STEPS = 100
MIN_FACTOR = 0.02  # of the preset's learning rate, at the end


def learning_rate_factor(number: int, fraction: float) -> float:
    """The learning rate of a step, relative to that of the preset.

    It rises linearly within WARM_UP_STEPS, and falls to MIN_FACTOR along half a cosine
    in the second half of the training. ``number`` counts steps from 1; ``fraction`` is
    the fraction of all steps that this step completes.
    """
    decay = (1 + cos(pi * max(0.0, 2 * fraction - 1))) / 2
    return min(1.0, number / WARM_UP_STEPS) * max(decay, MIN_FACTOR)


def set_learning_rate(
    optimizer: Optimizer, preset: LearningPreset, number: int
) -> None:
    """Set the learning rate of step ``number``, counted from 1, in all groups.

    The rate depends on the step alone, so a resumed training needs no scheduler state.
    """
    rate = preset.rate * learning_rate_factor(number, number / preset.steps)
    for group in optimizer.param_groups:
        group["lr"] = rate
