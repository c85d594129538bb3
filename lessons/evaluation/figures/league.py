"""The league: a table of all shipped models, and their scores against their costs."""

from collections.abc import Callable, Collection, Mapping
from math import inf

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
    interval_rows,
    title,
)

Interval = tuple[Number, Number, Number]
Cell = Interval | Number | None
Rows = Mapping[str, Mapping[str, Cell]]

BEST: Mapping[str, Callable] = {"lower": min, "higher": max}


@course_style
def league_table(
    rows: Rows, *, better: Mapping[str, str], unranked: Collection[str] = ()
) -> Figure:
    """One row for each model, one column for each metric; best values are bold.

    A cell is (low, value, high), a number, or None. ``better`` states for each ranked
    column whether "lower" or "higher" values are better. The best value of a column has
    a star, and so has every value whose interval overlaps that of the best one. Rows in
    ``unranked`` get no stars.

    Raises:
        ValueError: if the rows differ in their columns, or a value of ``better`` is
            neither "lower" nor "higher".
    """
    _check_table(rows, better)
    columns = [*next(iter(rows.values()))]
    ranked = {name: row for name, row in rows.items() if name not in unranked}
    stars = {c: _best(ranked, c, better[c]) for c in columns if c in better}
    left = 0.25 + 0.075 * max(map(len, rows))
    layout = Layout(left, 0.1, 0.1, 0.9)
    drawing, (axes,) = figure(7, 1.1 + 0.28 * len(rows), layout)
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    for i, (name, row) in enumerate(rows.items()):
        for j, column in enumerate(columns):
            best = name in stars.get(column, ())
            _write_cell(axes, (j, i), row[column], best, 8 if len(columns) < 6 else 7)
    titles = {c: c.replace(", ", ",\n") for c in columns}
    heads = [f"{titles[c]}\n{_direction(better.get(c))}".strip() for c in columns]
    axes.set_xticks(range(len(columns)), heads)
    axes.set_yticks(range(len(rows)), [*rows])
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    for y in (-0.5, len(rows) - 0.5):
        axes.axhline(y, color=INK, linewidth=0.9, clip_on=False)
    title(axes, "Star: best, or its interval overlaps that of the best", above=46)
    return describe(
        drawing,
        "; ".join(
            f"{name}: " + ", ".join(f"{c} {_format_cell(row[c])}" for c in columns)
            for name, row in rows.items()
        )
        + ".",
    )


@course_style
def league_plot(
    rows: Mapping[str, tuple[Interval, Number]], *, score: str, cost: str
) -> Figure:
    """Scores with intervals and costs, one row for each model, the best on top.

    Lower scores are better. Orange diamonds are models that no cheaper model beats.
    Costs are bars on a logarithmic axis.

    Raises:
        ValueError: if there is no model, a cost is not positive, or a value lies
            outside its interval.
    """
    free = [name for name, (_, model_cost) in rows.items() if not model_cost > 0]
    if free or not rows:
        raise ValueError(
            "Each model needs a cost above 0, and there must be at least one; wrong "
            f"are {free} among {[*rows]}."
        )
    ranked = dict(sorted(rows.items(), key=lambda row: row[1][0][1]))
    intervals = {name: interval for name, (interval, _) in ranked.items()}
    model_costs = {name: model_cost for name, (_, model_cost) in ranked.items()}
    not_beaten = [
        name
        for i, (name, model_cost) in enumerate(model_costs.items())
        if model_cost < min([*model_costs.values()][:i], default=inf)
    ]
    left = 0.25 + 0.075 * max(map(len, rows))
    layout = Layout(left, 0.3, 0.5, 0.35, wspace=0.25, width_ratios=(1.6, 1))
    drawing, (scores, costs) = figure(7, 1.0 + 0.28 * len(rows), layout)
    interval_rows(scores, intervals, highlighted=not_beaten, write_means=False)
    least, most = min(model_costs.values()), max(model_costs.values())
    for y, (name, model_cost) in enumerate(model_costs.items()):
        colour = MODEL if name in not_beaten else DATA
        costs.barh(y, model_cost - least / 2, left=least / 2, height=0.5, color=colour)
        costs.text(1.15 * model_cost, y, f"{model_cost:,.3g}", va="center", fontsize=8)
    scores.set_xlabel(f"{score}: lower is better")
    costs.set(ylim=scores.get_ylim(), xlabel=cost)
    costs.set_yticks(range(len(rows)), [])
    costs.set(xscale="log", xlim=(least / 2, 3 * most), xticks=[])
    costs.set_xticks([], minor=True)
    title(scores, "Diamond: no cheaper model is better")
    texts = (
        f"{name} {_format_cell(interval)} at {model_costs[name]:g}"
        for name, interval in intervals.items()
    )
    return describe(drawing, f"{score}, and {cost}: {'; '.join(texts)}.")


def _check_table(rows: Rows, better: Mapping[str, str]) -> None:
    columns = {name: [*row] for name, row in rows.items()}
    if not rows or any(c != next(iter(columns.values())) for c in columns.values()):
        raise ValueError(
            f"All rows need the same columns, and one at least: {columns}."
        )
    if unknown := [word for word in better.values() if word not in BEST]:
        raise ValueError(f'"lower" or "higher" is better; got {unknown}.')


def _best(rows: Rows, column: str, better: str) -> list[str]:
    cells = {
        n: _as_interval(row[column])
        for n, row in rows.items()
        if row[column] is not None
    }
    if not cells:
        return []
    best = BEST[better](cells.values(), key=lambda x: x[1])
    return [
        n for n, (low, _, high) in cells.items() if low <= best[2] and best[0] <= high
    ]


def _as_interval(cell: Interval | Number) -> Interval:
    return cell if isinstance(cell, tuple) else (cell, cell, cell)


def _format_cell(cell: Cell) -> str:
    if cell is None:
        return "\N{EN DASH}"
    low, value, high = _as_interval(cell)
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    half = f" ± {format_number((high - low) / 2, digits)}" if high > low else ""
    return format_number(value, digits) + half


def _direction(better: str | None) -> str:
    return {"lower": "(lower)", "higher": "(higher)"}.get(better or "", "")


def _write_cell(
    axes: Axes, position: tuple[int, int], cell: Cell, best: bool, size: int
) -> None:
    star = " *" if best else ""
    style = {"color": DATA if best else INK, "weight": "bold" if best else "normal"}
    layout = {"ha": "center", "va": "center_baseline", "fontsize": size}
    axes.text(*position, _format_cell(cell) + star, **style, **layout)
