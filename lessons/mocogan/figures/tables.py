"""Lay models side by side under several measures, each with its interval."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from course_lib.plotting import (
    DATA,
    FAINT,
    MODEL,
    Axes,
    Figure,
    Number,
    Page,
    describe,
    figure,
    styled,
    title,
    written,
)
from lessons.mocogan.experiments.many_runs import by_measure
from lessons.mocogan.experiments.moving_bars import Truth

Row = tuple[Number, Number, Number]  # low, mean, high


class Measure(NamedTuple):
    """One column: its rows by the models' names, and which end is good.

    ``real`` is what real clips score, drawn across in grey. ``best`` says which is
    better: "low", "high", or "real" for as near to it as possible.
    """

    rows: Mapping[str, Row]
    real: Number
    best: str


@styled
def side_by_side(measures: Mapping[str, Measure]) -> Figure:
    """One panel a measure, one row a model: mean and interval; orange is best.

    The grey line is what real clips score.

    Raises:
        ValueError: if measures have other models, a mean lies outside its interval, or
            it is not said what is best.
    """
    _refuse(measures)
    names = [*next(iter(measures.values())).rows]
    left = 0.25 + 0.075 * max(map(len, names))
    page = Page(left, 0.5, 0.3, 0.35, 0.6, widths=(1,) * len(measures))
    drawing, panels = figure(7, 0.75 + 0.34 * len(names), page)
    for axes, (name, measure) in zip(panels, measures.items(), strict=True):
        _panel(axes, measure)
        axes.set_yticks(range(len(names)), names if axes is panels[0] else [])
        title(axes, name)
    said = (
        f"{name} (real {written(m.real)}): "
        + ", ".join(
            f"{n} {written(x[1])} ({written(x[0])} to {written(x[2])})"
            for n, x in m.rows.items()
        )
        for name, m in measures.items()
    )
    return describe(drawing, f"Means and intervals. {'; '.join(said)}.")


def truth_of_games(played: Iterable[tuple[str, Truth]]) -> Figure:
    """What games of moving bars came to, by name: least, mean and most over seeds.

    Raises:
        ValueError: if there is none.
    """
    ends = {"error": (0.0, "low"), "kept": (1.0, "high"), "as_asked": (1.0, "high")}
    rows = by_measure(played)
    return side_by_side({name: Measure(rows[name], *ends[name]) for name in ends})


def _panel(axes: Axes, measure: Measure) -> None:
    axes.axvline(measure.real, color=FAINT, linewidth=1.2)
    best = _best(measure)
    for at, (name, (low, mean, high)) in enumerate(measure.rows.items()):
        colour, marker = (MODEL, "D") if name == best else (DATA, "o")
        axes.plot([low, high], [at, at], color=colour, linestyle="-", marker="|")
        axes.plot(mean, at, marker, color=colour, markersize=6)
        axes.annotate(
            written(mean),
            (1, at),
            (4, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            color=colour,
            va="center",
        )
    axes.set_ylim(len(measure.rows) - 0.5, -0.5)


def _best(measure: Measure) -> str:
    price = {
        "low": lambda mean: mean,
        "high": lambda mean: -mean,
        "real": lambda mean: abs(mean - measure.real),
    }[measure.best]
    return min(measure.rows, key=lambda name: price(measure.rows[name][1]))


def _refuse(measures: Mapping[str, Measure]) -> None:
    rows = [measure.rows for measure in measures.values()]
    alike = bool(rows) and all([*x] == [*rows[0]] and x for x in rows)
    inside = all(low <= mean <= high for x in rows for low, mean, high in x.values())
    known = all(m.best in ("low", "high", "real") for m in measures.values())
    if not (alike and inside and known):
        raise ValueError(
            "Every measure needs the same models, low <= mean <= high for each, and "
            f"best as low, high or real; got {dict(measures)}."
        )
