"""The learning-rate schedule: linear warm-up, constant, then half a cosine."""

from math import cos, pi

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

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


def learning_rate_schedule(
    optimizer: Optimizer, preset: LearningPreset, *, ratio: float = 1.0
) -> LambdaLR:
    """A scheduler that gives ``optimizer`` the learning rate of each step.

    The highest rate is ``ratio`` times that of the preset. The rate of the first step
    is set at once; ``scheduler.step()`` after each optimizer step sets the next one.
    """
    for group in optimizer.param_groups:
        group["lr"] = ratio * preset.rate

    def factor(n_steps: int) -> float:
        number = n_steps + 1  # the step that comes after so many
        return learning_rate_factor(number, number / preset.steps)

    return LambdaLR(optimizer, factor)
