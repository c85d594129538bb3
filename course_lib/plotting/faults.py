"""Training curves of faulty runs beside those of a healthy run: the figure of a lab."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from course_lib.plotting.display import describe
from course_lib.plotting.lines import array, label_lines
from course_lib.plotting.style import (
    FAINT,
    INK,
    Axes,
    Figure,
    Layout,
    Number,
    course_style,
    figure,
    title,
)

DASHED = (0, (3, 2))


class PanelCurve(NamedTuple):
    """One curve of a panel: the attribute of a run that holds it, and how it looks.

    ``label`` is written at the right end of the curve in the last column; a label that
    starts with "_" is not written. ``compared`` draws the same curve of the healthy run
    as well.
    """

    field: str
    colour: str
    label: str = "_"
    linestyle: Any = "-"
    compared: bool = True


class PanelRow(NamedTuple):
    """One row of panels: a quantity, its curves, and its axes.

    ``x`` is the attribute of a run that holds the horizontal coordinates; with None
    they are 1, 2, 3, ... ``ylim`` is fixed, so that all columns can be compared; curves
    outside of it leave the panel.
    """

    ylabel: str
    curves: Sequence[PanelCurve]
    ylim: tuple[Number, Number]
    yscale: str = "linear"
    x: str | None = "step"
    xlabel: str = "step"


@course_style
def fault_panels(
    faulty: Mapping[str, Any],
    healthy: Any,
    rows: Sequence[PanelRow],
    *,
    alt: str,
    height: Number = 4.9,
    layout: Layout = Layout(0.6, 0.75, 0.45, 0.35, 0.16, 0.18),  # noqa: B008
    healthy_in_front: bool = False,
) -> Figure:
    """A grid of panels: one column for each faulty run, one row for each quantity.

    A run is any object whose attributes are curves. Each panel shows the faulty run in
    colour and the healthy run in grey behind it, or dashed in front of it. The keys of
    ``faulty`` are the titles of the columns. Only the outer panels have tick labels.

    Args:
        faulty: runs by the letters of the lab.
        healthy: the run that every faulty one is compared with.
        rows: the quantities, from top to bottom.
        alt: alternative text of the figure.
        height: of the figure, in inches; the width is 7.
        layout: margins and spaces; its ratios are ignored.
        healthy_in_front: draws the healthy run last, in dashed black.

    Raises:
        ValueError: if there is no faulty run or no row.
    """
    if not faulty or not rows:
        raise ValueError(
            f"fault_panels needs at least one faulty run and one row, but got "
            f"{len(faulty)} runs and {len(rows)} rows."
        )
    n = len(faulty)
    layout = layout._replace(width_ratios=(1,) * n, height_ratios=(1,) * len(rows))
    drawing, panels = figure(7, height, layout)
    for i, row in enumerate(rows):
        line = panels[i * n : (i + 1) * n]
        is_lowest_with_its_x = i + 1 == len(rows) or rows[i + 1].x != row.x
        for axes, run in zip(line, faulty.values(), strict=True):
            _draw(axes, row, run, healthy, healthy_in_front=healthy_in_front)
            axes.tick_params(
                labelleft=axes is line[0], labelbottom=is_lowest_with_its_x
            )
        line[0].set_ylabel(row.ylabel)
        if is_lowest_with_its_x:
            line[n // 2].set_xlabel(row.xlabel, labelpad=0)
        if i == 0:
            grey = [x for x in line[-1].lines if x.get_gid() == "healthy"]
            for first in grey[:1]:
                first.set_label("healthy")
        label_lines(line[-1])
    for axes, letter in zip(panels, faulty, strict=False):
        title(axes, letter)
    return describe(drawing, alt)


def _draw(
    axes: Axes, row: PanelRow, run: Any, healthy: Any, *, healthy_in_front: bool
) -> None:
    first, last = _ends(row, healthy)
    for curve in row.curves:
        reference = {"color": FAINT, "linewidth": 1, "linestyle": curve.linestyle}
        if healthy_in_front:
            reference |= {"color": INK, "linestyle": DASHED, "zorder": 3}
        if curve.compared:
            y = array(getattr(healthy, curve.field))
            axes.plot(_x(row, healthy, y), y, label="_", gid="healthy", **reference)
        y = array(getattr(run, curve.field))
        axes.plot(
            _x(row, run, y),
            y,
            color=curve.colour,
            linestyle=curve.linestyle,
            label=curve.label,
        )
    axes.set(yscale=row.yscale, ylim=row.ylim, xlim=(first, last))
    axes.set_xticks([first, last], [f"{first:g}", f"{last:g}"])
    for label, side in zip(axes.get_xticklabels(), ("left", "right"), strict=True):
        label.set_horizontalalignment(side)


def _ends(row: PanelRow, healthy: Any) -> tuple[Number, Number]:
    """The limits of the horizontal axis: from 0 to the last step, or from 1 on."""
    last = _x(row, healthy, array(getattr(healthy, row.curves[0].field)))[-1]
    return (1 if row.x is None else 0), float(last)


def _x(row: PanelRow, run: Any, y: Any) -> Any:
    return range(1, len(y) + 1) if row.x is None else array(getattr(run, row.x))
