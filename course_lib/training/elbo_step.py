"""Climb a bound by one step: what every VAE of clips does, whatever its bound."""

from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import set_pace
from course_lib.vae.elbo import Elbo, warm_up

WARMING = 0.2  # share of the steps after which a nat of the code costs a nat
LONGEST_STEP = 1.0  # of the gradient's norm, in nats per number of a clip


def climb(
    terms: Elbo,
    optimizer: Optimizer,
    preset: LearningPreset,
    number: int,
    n_axes: int,
) -> None:
    """Move the weights once, up the mean bound for each of a clip's ``n_axes`` numbers.

    The price of a nat of the code rises to 1 along a line within the first WARMING of
    the preset's steps; ``number`` counts them from 1.
    """
    set_pace(optimizer, preset, number)
    price = warm_up(number, round(WARMING * preset.steps))
    optimizer.zero_grad()
    ((price * terms.kl.mean() - terms.log_likelihood.mean()) / n_axes).backward()
    weights = [w for group in optimizer.param_groups for w in group["params"]]
    clip_grad_norm_(weights, LONGEST_STEP)
    optimizer.step()
