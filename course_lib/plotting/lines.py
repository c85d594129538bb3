"""Plots of numbers: curves with reference bands, points, intervals, tables."""

from collections.abc import Collection, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from course_lib.plotting.style import (
    DATA,
    FAINT,
    INK,
    MODEL,
    Axes,
    Number,
    course_style,
    format_number,
)

Numbers = Tensor | NDArray | Sequence[Number]
Table = Numbers | Sequence[Sequence[Number]]
Interval = tuple[Number, Number, Number]  # low, mean, high
LINE_HEIGHT = 12.0  # points from one line of text to the next


class Band(NamedTuple):
    """The low, median and high value of reference curves at each step.

    ``name`` is written at the end of the median; "_" leaves it unlabelled.
    """

    steps: Numbers
    low: Numbers
    median: Numbers
    high: Numbers
    name: str = "_"


def array(numbers: Table) -> NDArray:
    """Numbers of any supported type as a float64 array on the CPU."""
    if isinstance(numbers, Tensor):
        numbers = numbers.detach().cpu()
    return np.asarray(numbers, dtype=float)


@course_style
def curves(
    axes: Axes,
    steps: Numbers,
    series: Mapping[str, Numbers],
    *,
    band: Band | None = None,
    bar: Number | None = None,
) -> None:
    """Plot one line for each series, labelled at its right end.

    ``band`` is drawn behind the lines; ``bar`` is a horizontal dashed line at a target
    value. Values that are not finite leave a gap. Names that start with "_" are not
    written.

    Raises:
        ValueError: if a series, or a part of the band, does not fit its steps.
    """
    x = array(steps)
    if band is not None:
        band_x = array(band.steps)
        low, median, high = (
            _check_length(band_x, part, f"The band's {name}")
            for name, part in zip(band._fields[1:4], band[1:4], strict=True)
        )
        axes.fill_between(band_x, low, high, color=FAINT, alpha=0.25, linewidth=0)
        axes.plot(band_x, median, color=FAINT, linewidth=1, ls="-", label=band.name)
    if bar is not None:
        axes.axhline(bar, color=INK, linewidth=0.9, ls=(0, (4, 3)), label="_bar")
    for name, values in series.items():
        axes.plot(x, _check_length(x, values, f'The curve "{name}"'), label=name)
    if len(x) > 1:
        axes.set_xlim(x[0], x[-1])
    label_lines(axes)


def label_lines(axes: Axes) -> None:
    """Write the label of each line at its right end, in its colour, without overlaps.

    Call this last, because it depends on the limits of the axes. Labels that start with
    "_" are not written.
    """
    axes.get_ylim()  # autoscaling is lazy: this fixes the limits used below
    points_high = axes.bbox.height * 72 / axes.figure.dpi
    lines, heights = [], []
    for line in axes.lines:
        finite = array(line.get_ydata())
        finite = finite[np.isfinite(finite)]
        if len(finite) and not str(line.get_label()).startswith("_"):
            end = axes.transAxes.inverted().transform(
                axes.transData.transform((0, finite[-1]))
            )
            lines.append(line)
            heights.append(float(np.clip(end[1], 0, 1)) * points_high)
    for line, height in zip(lines, spread(heights, LINE_HEIGHT), strict=True):
        axes.annotate(
            str(line.get_label()),
            (1, height / points_high),
            (5, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            color=line.get_color(),
            va="center",
        )


def spread(positions: Sequence[Number], gap: Number) -> list[float]:
    """Positions moved apart until neighbours are at least ``gap`` apart.

    The sum of squared moves is minimal: neighbours that are too close form a block
    around their mean (isotonic regression by pooling adjacent violators). No position
    falls below half a gap, where the ticks of the axis stand.

    >>> spread([0.0, 1.0, 9.0], 3.0)
    [1.5, 4.5, 9.0]
    """
    order = np.argsort(positions, kind="stable")
    blocks: list[list[float]] = []  # the wanted starts of the blocks
    for rank, index in enumerate(order):
        blocks.append([positions[index] - rank * gap])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    starts = [max(gap / 2, float(np.mean(b))) for b in blocks for _ in b]
    moved = [0.0] * len(positions)
    for rank, index in enumerate(order):
        moved[index] = starts[rank] + rank * gap
    return moved


@course_style
def scatter(
    axes: Axes,
    points: Numbers,
    *,
    colour: str = DATA,
    marker: str = "o",
    size: Number = 6,
) -> None:
    """Plot points of the plane, shape (n, 2); ``size`` is an area in points squared.

    Raises:
        ValueError: if the points are not of shape (n, 2).
    """
    xy = array(points)
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ValueError(
            f"scatter needs points of shape (n, 2), but got shape {xy.shape}; choose "
            "two columns of them."
        )
    axes.scatter(*xy.T, s=size, c=colour, marker=marker, alpha=0.6, linewidths=0)
    axes.set_aspect("equal")


@course_style
def interval_rows(
    axes: Axes,
    rows: Mapping[str, Interval],
    *,
    highlighted: Collection[str] = (),
    write_means: bool = True,
) -> None:
    """Plot one row for each name: its mean and its interval, from top to bottom.

    Rows in ``highlighted``, for example the best ones, are orange diamonds, all others
    blue circles. ``write_means`` writes each mean at the right edge.

    Raises:
        ValueError: if there is no row, a number is not finite, or a mean lies outside
            its interval.
    """
    check_intervals(rows)
    for y, (name, (low, mean, high)) in enumerate(rows.items()):
        colour, marker = (MODEL, "D") if name in highlighted else (DATA, "o")
        ends = {"color": colour, "linestyle": "-", "marker": "|", "markersize": 8}
        axes.plot([low, high], [y, y], **ends)
        axes.plot(mean, y, marker, color=colour, markersize=6)
        if write_means:
            axes.annotate(
                format_number(mean),
                (1, y),
                (5, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                color=colour,
                va="center",
            )
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [*rows])


def check_intervals(rows: Mapping[str, Interval]) -> None:
    """Raise an error unless there are rows with low <= mean <= high, all finite.

    Raises:
        ValueError: naming the rows that are wrong.
    """
    wrong = [
        name
        for name, row in rows.items()
        if not (row[0] <= row[1] <= row[2] and all(map(isfinite, row)))
    ]
    if wrong or not rows:
        raise ValueError(
            "Each row needs low <= mean <= high, all finite, and there must be at "
            f"least one row; {wrong} are wrong among {[*rows]}."
        )


@course_style
def heatmap(
    axes: Axes, values: Table, *, rows: Sequence[str], columns: Sequence[str]
) -> None:
    """Plot a table as colours with its numbers written in; the first row is on top.

    Raises:
        ValueError: if the numbers of names do not fit the table.
    """
    import seaborn  # imported here because it takes a second and few figures need it

    table = array(values)
    if table.shape != (len(rows), len(columns)):
        raise ValueError(
            f"A table of shape {table.shape} needs one name for each row and column, "
            f"but got {len(rows)} row names and {len(columns)} column names."
        )
    seaborn.heatmap(
        table,
        ax=axes,
        annot=True,
        fmt=".2f",
        cmap="cividis",
        cbar=False,
        xticklabels=list(columns),
        yticklabels=list(rows),
    )
    axes.tick_params(length=0, labelrotation=0)


def _check_length(steps: NDArray, values: Numbers, what: str) -> NDArray:
    heights = array(values)
    if heights.shape != steps.shape or steps.ndim != 1:
        raise ValueError(
            f"{what} has shape {heights.shape} and its steps have shape {steps.shape}; "
            "both must be vectors of equal length."
        )
    return heights
