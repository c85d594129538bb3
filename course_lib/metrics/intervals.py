"""Say how sure a figure is: draw from the clips at hand as if they were the world.

An interval of level 0.9 covers the truth for 9 of 10 sets of clips that could have been
drawn. It knows nothing of a second training, of other real clips, or of another net.

Clips are what is drawn, never frames: frames of one clip resemble one another, so they
count for less than as many clips. A table (clip, frame), which ``psnr`` and ``ssim``
answer with, has an interval for each question that is asked of it::

    bootstrap_interval(table.mean(dim=1), rng)  # of the mean over clips and frames
    bootstrap_interval(table[:, 9], rng)  # of the mean over clips at the tenth frame
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.given import dice, floats, plain, takes, whole
from course_lib.shapes import PerClip

Rows = Float[Tensor, "row *what_a_row_is"]


class Interval(NamedTuple):
    """A figure, and where it would lie for ``level`` of all sets as large."""

    low: float
    value: float
    high: float


def refuse_table(values: Tensor) -> None:
    """Refuse anything but one figure a clip, where clips are drawn.

    Raises:
        ValueError: for a table (clip, frame), or any other number of axes than one.
    """
    if values.ndim != 1:
        raise ValueError(
            f"An interval is one of a mean over clips, from one figure for each clip, "
            f"shape (clip,); got shape {tuple(values.shape)}. Of a table (clip, frame) "
            "take the mean over the frames of each clip first, table.mean(dim=1), or "
            "one frame, table[:, 0]."
        )


def _figures(x: Any, name: str) -> PerClip:
    values = floats(x, name).detach()
    refuse_table(values)
    return values


def _rows(x: Any, name: str) -> Rows:
    rows = floats(x, name).detach()
    if not rows.ndim:
        raise ValueError(f"{name} has to be rows, drawn one by one; got one number.")
    return rows


_settings = {"level": plain, "n_draws": whole}


@takes(values=_figures, rng=dice, **_settings)
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
        ValueError: for a table (clip, frame), fewer than 2 clips, figures that are not
            finite, a level outside (0, 1), or fewer draws than leave one beyond each
            end.

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


@takes(rows=_rows, rng=dice)
def interval_of(
    statistic: Callable[[Rows], float], rows: Rows, rng: torch.Generator, **options: Any
) -> Interval:
    """The interval of one figure of a set; options as those of ``intervals_of``.

    ``statistic`` gives one number for whatever rows it gets. Rows are clips: of a table
    (clip, frame), clips are drawn with all of their frames.
    """
    return intervals_of(lambda x: [statistic(x)], rows, rng, **options)[0]


@takes(rows=_rows, rng=dice, **_settings)
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

    ``rows`` has any shape (row, ...): it is drawn from along its first axis.

    Raises:
        ValueError: for fewer than 4 rows, numbers that are not finite, a level or draws
            as in ``bootstrap_interval``, figures that are not finite or not one number
            each, or for whatever ``statistics`` refuses half of the rows.

    Source: Politis, Romano and Wolf 1999, chapter 2 (subsampling), at half of the rows.
    """
    refuse_no_interval(rows, level, n_draws, least=4, a_figure_each=False)
    halves = (
        torch.randperm(len(rows), generator=rng, device=rng.device)[: len(rows) // 2]
        for _ in range(n_draws)
    )
    found = [statistics(rows[half.to(rows.device)]) for half in halves]
    draws = torch.tensor([_numbers(figures) for figures in found], dtype=torch.float64)
    of_all = torch.tensor(_numbers(statistics(rows)), dtype=torch.float64)
    if not (draws.isfinite().all() and of_all.isfinite().all()):
        raise ValueError(
            "A figure of the rows, or of a half of them, is inf or nan: its interval "
            "means nothing. Take more rows, or a figure that halves have as well."
        )
    moved = draws - draws.mean(dim=0) + of_all
    ends = (moved.quantile(q, dim=0) for q in ((1 - level) / 2, (1 + level) / 2))
    low, high = (x.tolist() for x in ends)
    return [*map(Interval, low, of_all.tolist(), high)]


def _numbers(figures: Sequence[Any]) -> list[float]:
    return [float(plain(x, "A figure of the rows")) for x in figures]


@takes(values=floats, level=plain, n_draws=whole)
def refuse_no_interval(
    values: Tensor,
    level: float,
    n_draws: int,
    *,
    least: int = 2,
    a_figure_each: bool = True,
) -> None:
    """Refuse, in words, figures and levels of which no interval can be told.

    Raises:
        ValueError: for fewer than ``least`` rows, numbers that are not finite, a level
            outside (0, 1), too few draws, or, where clips have ``a_figure_each``,
            anything but one axis.
    """
    if a_figure_each:
        refuse_table(values)
    if not values.ndim or len(values) < least or not values.isfinite().all():
        raise ValueError(
            f"An interval needs finite figures of {least} clips or more; got shape "
            f"{tuple(values.shape)}. One clip says nothing of how clips differ."
        )
    if not 0 < level < 1 or n_draws < round(2 / (1 - level)):
        raise ValueError(
            "A level lies between 0 and 1, and a draw or more must lie beyond each "
            f"end; got level {level} and {n_draws} draws."
        )
