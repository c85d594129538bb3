"""Count what a forger forgot: eight Gaussians on a ring, modes covered, good samples.

A sample is good within ``REACH`` standard deviations of its nearest centre; a mode is
covered when at least ``PRESENCE`` of all samples are good ones of that mode. The data
themselves score 8 modes and 1 - exp(-4.5) = 98.9 % good: nothing can honestly do better
for long. ``SIGMA`` is as small as half a minute of plain gradient descent allows with
room to spare: with .03, and R1 raised to .1, three seeds of three came to 91 % good
after 7,000 steps; with R1 as it is, one of them did not.
"""

from math import pi
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from course_lib.shapes import Points

MODES = 8
RADIUS = 2.0
SIGMA = 0.05  # standard deviation of each mode, along both axes
REACH = 3.0  # in standard deviations: holds 98.9 % of a plane Gaussian
PRESENCE = 0.01  # share of all samples; a fair share would be 1/8

Counts = Int[Tensor, "mode"]


class RingCoverage(NamedTuple):
    """How much of the ring a sample covers.

    ``modes`` counts covered modes, 0 to 8; ``good_share`` is the share of good samples,
    0 to 1; ``counts`` holds the number of good samples of each mode.
    """

    modes: int
    good_share: float
    counts: Counts


def mode_centres() -> Points:
    """The eight centres, anticlockwise from (RADIUS, 0)."""
    angles = torch.arange(MODES) * (2 * pi / MODES)
    return RADIUS * torch.stack([angles.cos(), angles.sin()], dim=1)


def sample_ring(n: int, rng: torch.Generator) -> Points:
    """Draw n points of the data: a mode at random, then a Gaussian step from it."""
    modes = torch.randint(MODES, (n,), generator=rng)
    return mode_centres()[modes] + SIGMA * torch.randn(n, 2, generator=rng)


def uniform_square(n: int, rng: torch.Generator) -> Points:
    """A forger that knows only the range: uniform on the square around the ring."""
    return RADIUS * (2 * torch.rand(n, 2, generator=rng) - 1)


def single_mode(n: int, rng: torch.Generator) -> Points:
    """A collapsed forger: perfect samples, all of one mode."""
    return mode_centres()[0] + SIGMA * torch.randn(n, 2, generator=rng)


def coverage(points: Points) -> RingCoverage:
    """Count covered modes and good samples; points that are not finite are not good.

    Raises:
        ValueError: unless there is at least one point, and each has two coordinates.

    >>> coverage(mode_centres()[:3].repeat(100, 1))[:2]
    (3, 1.0)
    """
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(
            f"coverage needs points of shape (batch, 2), batch at least 1, "
            f"got {tuple(points.shape)}."
        )
    distance, nearest = torch.cdist(points, mode_centres().to(points)).min(dim=1)
    good = distance <= REACH * SIGMA  # nan compares false
    counts = torch.bincount(nearest[good], minlength=MODES)
    return RingCoverage(
        modes=int((counts >= PRESENCE * len(points)).sum()),
        good_share=good.float().mean().item(),
        counts=counts,
    )
