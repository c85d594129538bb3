"""Say how sure a figure is: draw from the clips at hand as if they were the world.

An interval of level 0.9 covers the truth for 9 of 10 sets of clips that could have been
drawn. It knows nothing of a second training, of other real clips, or of another net.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import PerClip

Rows = Float[Tensor, "row feature"]


class Interval(NamedTuple):
    """A figure, and where it would lie for ``level`` of all sets as large."""

    low: float
    value: float
    high: float


def bootstrap_interval(
    values: PerClip,
    rng: torch.Generator,
    *,
    level: float = 0.9,
    n_draws: int = 2000,
) -> Interval:
    """The interval of a mean over clips, from one figure a clip.

    Each draw takes as many clips as there are, with replacement; the interval holds the
    middle share ``level`` of their means. All places are thrown at once, as integers of
    shape (n_draws, clips).

    Raises:
        ValueError: for fewer than 2 clips, figures that are not finite, a level outside
            (0, 1), or fewer draws than leave one beyond each end.

    Source: Efron 1979; Efron and Tibshirani 1993, section 13.3 (percentile interval).

    >>> bootstrap_interval(torch.full((9,), 0.25), torch.Generator())
    Interval(low=0.25, value=0.25, high=0.25)
    """
    refuse_no_interval(values, level, n_draws)
    n, values = len(values), values.double()
    places = torch.randint(n, (n_draws, n), generator=rng, device=rng.device)
    means = values[places.to(values.device)].mean(dim=1)
    low, high = (means.quantile(q).item() for q in ((1 - level) / 2, (1 + level) / 2))
    return Interval(low, values.mean().item(), high)


def interval_of(
    statistic: Callable[[Rows], float], rows: Rows, rng: torch.Generator, **options: Any
) -> Interval:
    """The interval of one figure of a set; options as those of ``intervals_of``."""
    return intervals_of(lambda x: [statistic(x)], rows, rng, **options)[0]


def intervals_of(
    statistics: Callable[[Rows], Sequence[float]],
    rows: Rows,
    rng: torch.Generator,
    *,
    level: float = 0.9,
    n_draws: int = 200,
) -> list[Interval]:
    """The intervals of any figures of a set: distances to a reference, shares.

    Each draw takes half of the rows, none twice: the mean of a half is spread around
    the mean of all as that is around the truth, and no row meets its double, which
    would be its own nearest neighbour. Figures of small sets are shifted (the Frechet
    distance grows as 1 / n), so the draws are moved until their mean is the figure of
    the whole set: the interval is that of figures at this n, bias included.

    Raises:
        ValueError: as ``bootstrap_interval``, for fewer than 4 rows, or for whatever
            ``statistics`` refuses half of the rows.

    Source: Politis, Romano and Wolf 1999, chapter 2 (subsampling), at half of the rows.
    """
    refuse_no_interval(rows, level, n_draws, least=4)
    halves = (
        torch.randperm(len(rows), generator=rng, device=rng.device)[: len(rows) // 2]
        for _ in range(n_draws)
    )
    found = [statistics(rows[half.to(rows.device)]) for half in halves]
    draws = torch.tensor(found, dtype=torch.float64)
    whole = torch.tensor(statistics(rows), dtype=torch.float64)
    moved = draws - draws.mean(dim=0) + whole
    ends = (moved.quantile(q, dim=0) for q in ((1 - level) / 2, (1 + level) / 2))
    low, high = (x.tolist() for x in ends)
    return [*map(Interval, low, whole.tolist(), high)]


def refuse_no_interval(
    values: Tensor, level: float, n_draws: int, *, least: int = 2
) -> None:
    """Refuse, in words, figures and levels of which no interval can be told."""
    if len(values) < least or not values.isfinite().all():
        raise ValueError(
            f"An interval needs finite figures of {least} clips or more; got shape "
            f"{tuple(values.shape)}. One clip says nothing of how clips differ."
        )
    if not 0 < level < 1 or n_draws < round(2 / (1 - level)):
        raise ValueError(
            "A level lies between 0 and 1, and a draw or more must lie beyond each "
            f"end; got level {level} and {n_draws} draws."
        )
