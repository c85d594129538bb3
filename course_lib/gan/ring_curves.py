"""Write down a game on the ring as curves: losses, verdicts, modes, good samples."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.gan.ring import coverage, sample_ring
from course_lib.gan.training import Players, StepLosses, generate, ring_players

BATCH = 128
SHOWN = 2048  # samples behind each count of modes

Curve = Float[Tensor, "reading"]
Step = Callable[[Players, Tensor, torch.Generator], tuple[Players, StepLosses]]


class RingCurves(NamedTuple):
    """One reading every few steps; every field is a vector of one length.

    Losses and verdicts are means over the steps since the last reading; ``modes`` and
    ``good_share`` are counted on samples of the averaged generator.
    """

    step: Curve
    judge_loss: Curve
    generator_loss: Curve
    verdict_real: Curve
    verdict_fake: Curve
    modes: Curve
    good_share: Curve


def ring_curves(
    train: Step, n_steps: int, rng: torch.Generator, *, every: int = 50
) -> RingCurves:
    """Play ``n_steps`` with fresh players and fresh data; read off every few steps.

    Raises:
        ValueError: if ``every`` is not between 1 and ``n_steps``.
    """
    if not 1 <= every <= n_steps:
        raise ValueError(
            f"every is {every}, with {n_steps} steps; a reading comes every so many "
            f"steps, so choose a whole number between 1 and {n_steps}."
        )
    players = ring_players(rng)
    readings, since = [], []
    for step in range(1, n_steps + 1):
        players, losses = train(players, sample_ring(BATCH, rng), rng)
        since.append(losses)
        if step % every == 0:
            seen = coverage(generate(players.average, SHOWN, rng))
            means = torch.tensor(since).mean(dim=0).tolist()
            readings.append([step, *means, seen.modes, seen.good_share])
            since = []
    return RingCurves(*torch.tensor(readings).T)
