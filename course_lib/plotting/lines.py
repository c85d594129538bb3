"""Draw numbers: curves over the band where they ran before, points, tables."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from course_lib.plotting.style import DATA, FAINT, INK, Axes, Number, styled

Numbers = Tensor | NDArray | Sequence[Number]
Table = Numbers | Sequence[Sequence[Number]]
LINE = 12.0  # points from one line of text to the next


class Band(NamedTuple):
    """Where a curve ran before: the low, middle and high of it at each step.

    ``name`` is written at the end of the middle; "_" for none.
    """

    steps: Numbers
    low: Numbers
    median: Numbers
    high: Numbers
    name: str = "_"


def array(numbers: Table) -> NDArray:
    """Numbers from wherever they live, as float64, which matplotlib can draw."""
    if isinstance(numbers, Tensor):
        numbers = numbers.detach().cpu()
    return np.asarray(numbers, dtype=float)


@styled
def curves(
    axes: Axes,
    steps: Numbers,
    series: Mapping[str, Numbers],
    *,
    band: Band | None = None,
    bar: Number | None = None,
) -> None:
    """One line per series, named at its end; ``band`` lies behind, ``bar`` across.

    Values that are not finite leave a gap. A name that starts with "_" stays unwritten.

    Raises:
        ValueError: if a series, or a part of the band, does not fit its steps.
    """
    x = array(steps)
    if band is not None:
        before = array(band.steps)
        low, median, high = (
            _fitting(before, part, f"The band's {name}")
            for name, part in zip(band._fields[1:4], band[1:4], strict=True)
        )
        axes.fill_between(before, low, high, color=FAINT, alpha=0.25, linewidth=0)
        axes.plot(before, median, color=FAINT, linewidth=1, ls="-", label=band.name)
    if bar is not None:
        axes.axhline(bar, color=INK, linewidth=0.9, ls=(0, (4, 3)), label="_bar")
    for name, values in series.items():
        axes.plot(x, _fitting(x, values, f'The curve "{name}"'), label=name)
    if len(x) > 1:
        axes.set_xlim(x[0], x[-1])
    name_lines(axes)


def name_lines(axes: Axes) -> None:
    """Write each line's label at its right end, in its colour, none over another.

    Call it last: it reads the axes' limits. Labels that start with "_" are none.
    """
    axes.get_ylim()  # settles the limits, on which the places below depend
    points_high = axes.bbox.height * 72 / axes.figure.dpi
    lines, places = [], []
    for line in axes.lines:
        ends = array(line.get_ydata())
        ends = ends[np.isfinite(ends)]
        if len(ends) and not str(line.get_label()).startswith("_"):
            place = axes.transAxes.inverted().transform(
                axes.transData.transform((0, ends[-1]))
            )
            lines.append(line)
            places.append(float(np.clip(place[1], 0, 1)) * points_high)
    for line, place in zip(lines, spread(places, LINE), strict=True):
        axes.annotate(
            str(line.get_label()),
            (1, place / points_high),
            (5, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            color=line.get_color(),
            va="center",
        )


def spread(places: Sequence[Number], gap: Number) -> list[float]:
    """Move places apart until all gaps are at least ``gap``, as little as possible.

    Least squares: neighbours that are too close form a block around their mean. None
    falls below half a gap, where the ticks of the axis stand.

    >>> spread([0.0, 1.0, 9.0], 3.0)
    [1.5, 4.5, 9.0]
    """
    order = np.argsort(places, kind="stable")
    blocks: list[list[float]] = []  # where each place would like block starts to be
    for rank, position in enumerate(order):
        blocks.append([places[position] - rank * gap])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    starts = [max(gap / 2, float(np.mean(b))) for b in blocks for _ in b]
    moved = [0.0] * len(places)
    for rank, position in enumerate(order):
        moved[position] = starts[rank] + rank * gap
    return moved


@styled
def scatter(
    axes: Axes,
    points: Numbers,
    *,
    colour: str = DATA,
    marker: str = "o",
    size: Number = 6,
) -> None:
    """Points of the plane, (n, 2), as small marks; ``size`` in points squared.

    Raises:
        ValueError: if the points do not lie in a plane.
    """
    at = array(points)
    if at.ndim != 2 or at.shape[1] != 2:
        raise ValueError(
            f"scatter needs points of the plane, shape (n, 2), got {at.shape}; "
            "choose two columns of them."
        )
    axes.scatter(*at.T, s=size, c=colour, marker=marker, alpha=0.6, linewidths=0)
    axes.set_aspect("equal")


@styled
def heat_map(
    axes: Axes, values: Table, *, rows: Sequence[str], columns: Sequence[str]
) -> None:
    """A table as colours, its numbers written in; rows run down.

    Raises:
        ValueError: if the names do not fit the table.
    """
    import seaborn  # a second to import, and few pages draw a table

    table = array(values)
    if table.shape != (len(rows), len(columns)):
        raise ValueError(
            f"A table of shape {table.shape} does not fit {len(rows)} row and "
            f"{len(columns)} column names; one name is needed for each."
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


def _fitting(steps: NDArray, values: Numbers, what: str) -> NDArray:
    heights = array(values)
    if heights.shape != steps.shape or steps.ndim != 1:
        raise ValueError(
            f"{what} has shape {heights.shape}, its steps {steps.shape}; both must be "
            "vectors of one length."
        )
    return heights
