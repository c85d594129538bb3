"""Train a GAN on the ring of Gaussians and record its training curves."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.gan.ring import mode_coverage, sample_ring
from course_lib.gan.training import StepMetrics, TrainState, generate, init_ring_gan

BATCH = 128
N_EVALUATED = 2048  # generated samples behind each value of the mode coverage

Curve = Float[Tensor, "record"]
TrainStep = Callable[
    [TrainState, Tensor, torch.Generator], tuple[TrainState, StepMetrics]
]


class RingCurves(NamedTuple):
    """Training curves of a ring GAN: vectors of one length, one value per record.

    Losses and the mean outputs of the discriminator, ``d_real`` and ``d_fake``, are
    averages over the steps since the previous record. ``modes`` and
    ``high_quality_fraction`` are measured on samples of the averaged generator.
    """

    step: Curve
    discriminator_loss: Curve
    generator_loss: Curve
    d_real: Curve
    d_fake: Curve
    modes: Curve
    high_quality_fraction: Curve


def train_ring_gan(
    step: TrainStep, n_steps: int, rng: torch.Generator, *, every: int = 50
) -> RingCurves:
    """Train a new ring GAN for ``n_steps`` and record metrics every ``every`` steps.

    ``step`` updates the state once, on a batch of real points.

    Raises:
        ValueError: if ``every`` is not between 1 and ``n_steps``.
    """
    if not 1 <= every <= n_steps:
        raise ValueError(
            f"every must be a whole number between 1 and {n_steps}, the number of "
            f"steps, but it is {every}. It is the number of steps from one record to "
            "the next."
        )
    state = init_ring_gan(rng)
    records, since_last = [], []
    for number in range(1, n_steps + 1):
        state, metrics = step(state, sample_ring(BATCH, rng), rng)
        since_last.append(metrics)
        if number % every == 0:
            samples = generate(state.ema_generator, N_EVALUATED, rng)
            modes, high_quality_fraction, _ = mode_coverage(samples)
            means = torch.tensor(since_last).mean(dim=0).tolist()
            records.append([number, *means, modes, high_quality_fraction])
            since_last = []
    return RingCurves(*torch.tensor(records).T)
