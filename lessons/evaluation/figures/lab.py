"""Print the lab's tables as a paper would: a caption, a rule, figures."""

from collections.abc import Mapping
from textwrap import fill

from course_lib.plotting import (
    INK,
    Axes,
    Figure,
    Layout,
    course_style,
    describe,
    figure,
    format_number,
    title,
)
from lessons.evaluation.lab import Table

WIDE = 50  # letters of a line of a caption
LINE = 0.2  # of a row, in inches


@course_style
def fault_tables(tables: Mapping[str, Table]) -> Figure:
    """Two tables beside each other, with their names above them.

    Whole numbers are printed as such, others with two digits after the point; with
    three in a column that has one below 0.1.

    Raises:
        ValueError: if there is no table, or a row does not fit its columns.
    """
    for name, table in tables.items():
        if any(len(row) != len(table.columns) for row in table.rows.values()):
            raise ValueError(f'"{name}" has a row that does not fit its columns.')
    if not tables:
        raise ValueError("There is no table to print.")
    lines = -(-len(tables) // 2)
    tall = 0.95 + LINE * max(len(table.rows) for table in tables.values())
    layout = Layout(0.1, 0.1, 0.05, 0.3, 0.3, 0.35, (1, 1), height_ratios=(1,) * lines)
    drawing, panels = figure(7, lines * tall + 0.35 * lines, layout)
    for axes in panels:
        axes.set(xticks=[], yticks=[])
        axes.set_axis_off()
    for axes, (name, table) in zip(panels, tables.items(), strict=False):
        title(axes, name)
        _print(axes, table, tall)
    told = "; ".join(f"{name}: {_told(table)}" for name, table in tables.items())
    return describe(drawing, f"{told}.")


def _print(axes: Axes, table: Table, tall: float) -> None:
    axes.set(xlim=(0, 1), ylim=(tall, 0))
    axes.text(0, 0, fill(table.caption, WIDE), color=INK, va="top", fontsize=8)
    places = [1 - 0.33 * i for i in reversed(range(len(table.columns)))]
    top = 0.62
    look = {"ha": "right", "va": "center", "fontsize": 8.5}
    for x, column in zip(places, table.columns, strict=True):
        axes.text(x, top, column, **look)
    for y in (top - 0.13, top + 0.13, top + 0.17 + LINE * len(table.rows)):
        axes.plot([0, 1], [y, y], color=INK, linewidth=0.8, linestyle="-")
    for i, (name, row) in enumerate(table.rows.items()):
        y = top + 0.07 + LINE * (i + 1)
        axes.text(0, y, name, va="center", fontsize=8.5, color=INK)
        for x, value, digits in zip(places, row, _digits(table), strict=True):
            axes.text(x, y, _figure(value, digits), **look)


def _digits(table: Table) -> list[int]:
    columns = zip(*table.rows.values(), strict=True)
    return [3 if min(column) < 0.1 else 2 for column in columns]


def _figure(value: float | int, digits: int) -> str:
    return f"{value:,}" if isinstance(value, int) else format_number(value, digits)


def _told(table: Table) -> str:
    rows = (
        f"{name} "
        + " and ".join(
            f"{column} {_figure(value, digits)}"
            for column, value, digits in zip(
                table.columns, row, _digits(table), strict=True
            )
        )
        for name, row in table.rows.items()
    )
    return f"{table.caption} " + ", ".join(rows)
