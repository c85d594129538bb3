"""The table of all shipped models under one evaluation protocol."""

from collections.abc import Callable, Collection, Mapping
from math import isfinite

from course_lib.plotting import (
    DATA,
    INK,
    MODEL,
    Axes,
    Figure,
    Layout,
    Number,
    course_style,
    describe,
    figure,
    format_number,
    title,
)

Interval = tuple[Number, Number, Number]
Cell = Interval | Number | None
Rows = Mapping[str, Mapping[str, Cell]]

BETTER: Mapping[str, Callable] = {"lower": min, "higher": max}


@course_style
def league_table(
    rows: Rows, *, better: Mapping[str, str], outside: Collection[str] = ()
) -> Figure:
    """One row a model, one column a figure; the best of a column is bold, with a star.

    A cell is (low, value, high), a plain number, or None where a model has none.
    ``better`` says of a column whether "lower" or "higher" is better; columns that it
    does not name, such as costs, have no best. All that meets the best one's interval
    has the star as well: the table cannot part them. Rows ``outside`` do not compete.

    Raises:
        ValueError: if the rows differ in their columns, or a word of ``better`` is
            neither.
    """
    _refuse(rows, better)
    columns = [*next(iter(rows.values()))]
    rivals = {name: row for name, row in rows.items() if name not in outside}
    stars = {c: _best(rivals, c, better[c]) for c in columns if c in better}
    left = 0.25 + 0.075 * max(map(len, rows))
    layout = Layout(left, 0.1, 0.1, 0.9)
    drawing, (axes,) = figure(7, 1.1 + 0.28 * len(rows), layout)
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    for i, (_, row) in enumerate(rows.items()):
        for j, column in enumerate(columns):
            best = [*rows][i] in stars.get(column, ())
            _write(axes, (j, i), row[column], best, 8 if len(columns) < 6 else 7)
    units = {c: c.replace(", ", ",\n") for c in columns}
    heads = [f"{units[c]}\n{_arrow(better.get(c))}".strip() for c in columns]
    axes.set_xticks(range(len(columns)), heads)
    axes.set_yticks(range(len(rows)), [*rows])
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    for y in (-0.5, len(rows) - 0.5):
        axes.axhline(y, color=INK, linewidth=0.9, clip_on=False)
    title(axes, "Star: best, or its interval meets the best one's", above=46)
    return describe(
        drawing,
        "; ".join(
            f"{name}: " + ", ".join(f"{c} {_told(row[c])}" for c in columns)
            for name, row in rows.items()
        )
        + ".",
    )


@course_style
def league_plot(
    rows: Mapping[str, tuple[Interval, Number]], *, score: str, cost: str
) -> Figure:
    """A score with its interval, and what it cost, one row a model, the best on top.

    Lower scores are better. An orange diamond is a model that no cheaper one beats.
    Costs are written at bars of logarithmic length.

    Raises:
        ValueError: if there is no model, a cost is not positive, or a value lies
            outside its interval.
    """
    wrong = [
        name
        for name, ((low, value, high), price) in rows.items()
        if not (low <= value <= high and isfinite(high - low) and 0 < price)
    ]
    if wrong or not rows:
        raise ValueError(
            "Each model needs low <= value <= high and a cost above 0, and there must "
            f"be one; wrong are {wrong} among {[*rows]}."
        )
    ranked = dict(sorted(rows.items(), key=lambda row: row[1][0][1]))
    left = 0.25 + 0.075 * max(map(len, rows))
    layout = Layout(left, 0.3, 0.5, 0.35, wspace=0.25, width_ratios=(1.6, 1))
    drawing, (scores, costs) = figure(7, 1.0 + 0.28 * len(rows), layout)
    prices = [price for _, price in rows.values()]
    cheapest, least, most = float("inf"), min(prices), max(prices)
    for at, ((low, value, high), price) in enumerate(ranked.values()):
        beaten = price >= cheapest
        cheapest = min(price, cheapest)
        colour, mark = (DATA, "o") if beaten else (MODEL, "D")
        ends = {"color": colour, "linestyle": "-", "marker": "|", "markersize": 8}
        scores.plot([low, high], [at, at], **ends)
        scores.plot(value, at, mark, color=colour, markersize=6)
        costs.barh(at, price - least / 2, left=least / 2, height=0.5, color=colour)
        costs.text(1.15 * price, at, f"{price:,.3g}", va="center", fontsize=8)
    for axes, label in ((scores, f"{score}: lower is better"), (costs, cost)):
        axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel=label)
    scores.set_yticks(range(len(rows)), [*ranked])
    costs.set_yticks(range(len(rows)), [])
    costs.set(xscale="log", xlim=(least / 2, 3 * most), xticks=[])
    costs.set_xticks([], minor=True)
    title(scores, "Diamond: no cheaper model is better")
    told = (f"{name} {_told(x)} at {price:g}" for name, (x, price) in ranked.items())
    return describe(drawing, f"{score}, and {cost}: {'; '.join(told)}.")


def _refuse(rows: Rows, better: Mapping[str, str]) -> None:
    columns = {name: [*row] for name, row in rows.items()}
    if not rows or any(c != next(iter(columns.values())) for c in columns.values()):
        raise ValueError(
            f"All rows need the same columns, and one at least: {columns}."
        )
    if unknown := [word for word in better.values() if word not in BETTER]:
        raise ValueError(f'"lower" or "higher" is better; got {unknown}.')


def _best(rows: Rows, column: str, word: str) -> list[str]:
    cells = {
        n: _interval(row[column]) for n, row in rows.items() if row[column] is not None
    }
    if not cells:
        return []
    top = BETTER[word](cells.values(), key=lambda x: x[1])
    return [
        n for n, (low, _, high) in cells.items() if low <= top[2] and top[0] <= high
    ]


def _interval(cell: Interval | Number) -> Interval:
    return cell if isinstance(cell, tuple) else (cell, cell, cell)


def _told(cell: Cell) -> str:
    if cell is None:
        return "\N{EN DASH}"
    low, value, high = _interval(cell)
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    half = f" ± {format_number((high - low) / 2, digits)}" if high > low else ""
    return format_number(value, digits) + half


def _arrow(word: str | None) -> str:
    return {"lower": "(lower)", "higher": "(higher)"}.get(word or "", "")


def _write(axes: Axes, at: tuple[int, int], cell: Cell, best: bool, size: int) -> None:
    star = " *" if best else ""
    look = {"color": DATA if best else INK, "weight": "bold" if best else "normal"}
    place = {"ha": "center", "va": "center_baseline", "fontsize": size}
    axes.text(*at, _told(cell) + star, **look, **place)
