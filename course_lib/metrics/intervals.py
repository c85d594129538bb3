"""Confidence intervals of metrics by resampling the clips of one evaluation.

An interval of level 0.9 covers the true value for 9 of 10 sets of clips that could have
been sampled. It does not account for another training, other real clips, or another
feature network.

Clips are resampled, never frames, because the frames of one clip are correlated. A
table (clip, frame), which ``psnr`` and ``ssim`` return, has one interval for each
question::

    bootstrap_interval(table.mean(dim=1), rng)  # of the mean over clips and frames
    bootstrap_interval(table[:, 9], rng)  # of the mean over clips of the tenth frame
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.inputs import (
    as_floats,
    as_generator,
    as_integer,
    as_number,
    convert_arguments,
)
from course_lib.shapes import PerClip

Rows = Float[Tensor, "row *row_shape"]


class Interval(NamedTuple):
    """The value of a metric and the ends of its confidence interval."""

    low: float
    value: float
    high: float


def check_one_value_per_clip(values: Tensor) -> None:
    """Raise a ValueError unless ``values`` has one axis, with one value for each clip.

    The message says what to do with a table (clip, frame).
    """
    if values.ndim != 1:
        raise ValueError(
            "The interval of a mean over clips needs one value for each clip, shape "
            f"(clip,), but got shape {tuple(values.shape)}. For a table (clip, frame) "
            "use the mean over the frames of each clip, table.mean(dim=1), or one "
            "frame, table[:, 0]."
        )


def _as_values(x: Any, name: str) -> PerClip:
    values = as_floats(x, name).detach()
    check_one_value_per_clip(values)
    return values


def _as_rows(x: Any, name: str) -> Rows:
    rows = as_floats(x, name).detach()
    if not rows.ndim:
        raise ValueError(
            f"{name} has to consist of rows that can be resampled; got one number."
        )
    return rows


_options = {"level": as_number, "n_draws": as_integer}


@convert_arguments(values=_as_values, rng=as_generator, **_options)
def bootstrap_interval(
    values: PerClip,
    rng: torch.Generator,
    *,
    level: float = 0.9,
    n_draws: int = 2000,
) -> Interval:
    """The bootstrap percentile interval of a mean over clips, from one value a clip.

    Each draw resamples as many clips as there are, with replacement. The interval
    contains the central fraction ``level`` of the means of the draws. All indices are
    drawn at once, as integers of shape (n_draws, clips).

    Raises:
        ValueError: for a table (clip, frame), fewer than 2 clips, values that are not
            finite, a level outside (0, 1), or too few draws to leave one beyond each
            end.

    Source: Efron 1979; Efron and Tibshirani 1993, section 13.3 (percentile interval).

    >>> bootstrap_interval(torch.full((9,), 0.25), torch.Generator())
    Interval(low=0.25, value=0.25, high=0.25)
    """
    check_interval_arguments(values, level, n_draws)
    n, values = len(values), values.double()
    indices = torch.randint(n, (n_draws, n), generator=rng, device=rng.device)
    means = values[indices.to(values.device)].mean(dim=1)
    low, high = (means.quantile(q).item() for q in ((1 - level) / 2, (1 + level) / 2))
    return Interval(low, values.mean().item(), high)


@convert_arguments(rows=_as_rows, rng=as_generator)
def subsampling_interval(
    statistic: Callable[[Rows], float], rows: Rows, rng: torch.Generator, **options: Any
) -> Interval:
    """The interval of one statistic of a set, as ``subsampling_intervals`` returns it.

    ``statistic`` maps any number of rows to one number. Rows are clips: a table (clip,
    frame) is resampled by clips, with all their frames.
    """
    return subsampling_intervals(lambda x: [statistic(x)], rows, rng, **options)[0]


@convert_arguments(rows=_as_rows, rng=as_generator, **_options)
def subsampling_intervals(
    statistics: Callable[[Rows], Sequence[float]],
    rows: Rows,
    rng: torch.Generator,
    *,
    level: float = 0.9,
    n_draws: int = 200,
) -> list[Interval]:
    """Intervals of several statistics of a set, such as distances to a reference set.

    Each draw takes half of the rows without replacement. A half that is
    drawn without replacement differs from the full set with the same variance as the
    full set from the distribution. Rows
    are not repeated, because a copy would be its own nearest neighbour. Statistics of
    small sets are biased (the Frechet distance by a term in 1 / n), so the draws are
    shifted until their mean equals the statistic of the full set. The interval is
    therefore that of the statistic at this n, including its bias.

    ``rows`` has any shape (row, ...) and is resampled along its first axis.

    Raises:
        ValueError: for fewer than 4 rows, values that are not finite, a level or a
            number of draws as in ``bootstrap_interval``, statistics that are not finite
            or not one number each, or if ``statistics`` fails for half of the rows.

    Source: Politis, Romano and Wolf 1999, chapter 2 (subsampling), with half of the
    rows.
    """
    check_interval_arguments(rows, level, n_draws, min_rows=4, one_value_per_clip=False)
    halves = (
        torch.randperm(len(rows), generator=rng, device=rng.device)[: len(rows) // 2]
        for _ in range(n_draws)
    )
    results = [statistics(rows[half.to(rows.device)]) for half in halves]
    draws = torch.tensor([_numbers(result) for result in results], dtype=torch.float64)
    full = torch.tensor(_numbers(statistics(rows)), dtype=torch.float64)
    if not (draws.isfinite().all() and full.isfinite().all()):
        raise ValueError(
            "A statistic of the rows, or of half of them, is inf or nan, so it has no "
            "interval. Use more rows, or a statistic that is finite for half of them."
        )
    shifted = draws - draws.mean(dim=0) + full
    ends = (shifted.quantile(q, dim=0) for q in ((1 - level) / 2, (1 + level) / 2))
    low, high = (x.tolist() for x in ends)
    return [*map(Interval, low, full.tolist(), high)]


def _numbers(statistics: Sequence[Any]) -> list[float]:
    return [float(as_number(x, "A statistic of the rows")) for x in statistics]


@convert_arguments(values=as_floats, level=as_number, n_draws=as_integer)
def check_interval_arguments(
    values: Tensor,
    level: float,
    n_draws: int,
    *,
    min_rows: int = 2,
    one_value_per_clip: bool = True,
) -> None:
    """Raise a ValueError if no interval can be computed from these arguments.

    Raises:
        ValueError: for fewer than ``min_rows`` rows, values that are not finite, a
            level outside (0, 1), too few draws, or, with ``one_value_per_clip``, any
            number of axes other than one.
    """
    if one_value_per_clip:
        check_one_value_per_clip(values)
    if not values.ndim or len(values) < min_rows or not values.isfinite().all():
        raise ValueError(
            f"An interval needs finite values of {min_rows} clips or more, because it "
            f"measures how much clips differ; got shape {tuple(values.shape)}."
        )
    if not 0 < level < 1 or n_draws < round(2 / (1 - level)):
        raise ValueError(
            "A level lies between 0 and 1, and at least one draw must lie beyond each "
            f"end of the interval; got level {level} and {n_draws} draws."
        )
