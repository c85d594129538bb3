"""The tables of the lab, drawn like tables of a paper."""

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

CAPTION_WIDTH = 50  # characters of a line
ROW_HEIGHT = 0.2  # inches


@course_style
def fault_tables(tables: Mapping[str, Table]) -> Figure:
    """All tables, two in a row, each with its name above it.

    Integers are written as such, other numbers with two decimals, or with three in a
    column with a value below 0.1.

    Raises:
        ValueError: if there is no table, or a row does not fit its columns.
    """
    for name, table in tables.items():
        if any(len(row) != len(table.columns) for row in table.rows.values()):
            raise ValueError(f'"{name}" has a row that does not fit its columns.')
    if not tables:
        raise ValueError("There is no table to draw; give at least one.")
    n_rows = -(-len(tables) // 2)
    height = 0.95 + ROW_HEIGHT * max(len(table.rows) for table in tables.values())
    layout = Layout(0.1, 0.1, 0.05, 0.3, 0.3, 0.35, (1, 1), height_ratios=(1,) * n_rows)
    drawing, panels = figure(7, n_rows * height + 0.35 * n_rows, layout)
    for axes in panels:
        axes.set(xticks=[], yticks=[])
        axes.set_axis_off()
    for axes, (name, table) in zip(panels, tables.items(), strict=False):
        title(axes, name)
        _draw_table(axes, table, height)
    texts = (f"{name}: {_in_words(table)}" for name, table in tables.items())
    return describe(drawing, f"{'; '.join(texts)}.")


def _draw_table(axes: Axes, table: Table, height: float) -> None:
    axes.set(xlim=(0, 1), ylim=(height, 0))
    axes.text(0, 0, fill(table.caption, CAPTION_WIDTH), color=INK, va="top", fontsize=8)
    positions = [1 - 0.33 * i for i in reversed(range(len(table.columns)))]
    top = 0.62
    style = {"ha": "right", "va": "center", "fontsize": 8.5}
    for x, column in zip(positions, table.columns, strict=True):
        axes.text(x, top, column, **style)
    for y in (top - 0.13, top + 0.13, top + 0.17 + ROW_HEIGHT * len(table.rows)):
        axes.plot([0, 1], [y, y], color=INK, linewidth=0.8, linestyle="-")
    for i, (name, row) in enumerate(table.rows.items()):
        y = top + 0.07 + ROW_HEIGHT * (i + 1)
        axes.text(0, y, name, va="center", fontsize=8.5, color=INK)
        for x, value, digits in zip(positions, row, _digits(table), strict=True):
            axes.text(x, y, _format(value, digits), **style)


def _digits(table: Table) -> list[int]:
    columns = zip(*table.rows.values(), strict=True)
    return [3 if min(column) < 0.1 else 2 for column in columns]


def _format(value: float | int, digits: int) -> str:
    return f"{value:,}" if isinstance(value, int) else format_number(value, digits)


def _in_words(table: Table) -> str:
    rows = (
        f"{name} "
        + " and ".join(
            f"{column} {_format(value, digits)}"
            for column, value, digits in zip(
                table.columns, row, _digits(table), strict=True
            )
        )
        for name, row in table.rows.items()
    )
    return f"{table.caption} " + ", ".join(rows)
