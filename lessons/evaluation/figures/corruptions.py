"""Lay every corruption beside every score: which one notices?"""

from collections.abc import Mapping
from math import isfinite, log10

from course_lib.plotting import (
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
Scores = Mapping[str, Mapping[str, Interval]]

FARTHEST = 100.0  # half widths of the clean interval, where the colours end


@course_style
def corruption_map(scores: Scores, *, clean: str = "clean") -> Figure:
    """One row a corruption, one column a score: its value, and half its interval.

    ``scores[corruption][metric]`` is (low, value, high), and ``clean`` names the row
    that the others are held against. The colour says how far a value lies from the
    clean one, in half widths of the wider of both intervals; a dot says that the two
    intervals do not meet: the score has noticed.

    Raises:
        ValueError: if rows have other columns than the clean one, if that is missing,
            or if a value lies outside its interval.
    """
    _refuse(scores, clean)
    rows, columns = [*scores], [*scores[clean]]
    far = [[_distance(scores[r][c], scores[clean][c]) for c in columns] for r in rows]
    left = 0.25 + 0.075 * max(map(len, rows))
    drawing, (axes,) = figure(7, 0.9 + 0.36 * len(rows), Layout(left, 0.1, 0.1, 0.75))
    shade = [[min(log10(1 + x), log10(1 + FARTHEST)) for x in row] for row in far]
    axes.imshow(shade, cmap="cividis", aspect="auto", vmin=0, vmax=log10(1 + FARTHEST))
    size = 8 if len(columns) <= 6 else 6.5
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            ink = "white" if shade[i][j] < 0.6 * log10(1 + FARTHEST) else "black"
            noticed = _parted(scores[row][column], scores[clean][column])
            text = _cell(scores[row][column]) + (" \N{BULLET}" if noticed else "")
            axes.text(j, i, text, color=ink, ha="center", va="center", fontsize=size)
    axes.set_xticks(range(len(columns)), [c.replace(", ", ",\n") for c in columns])
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    words = "Light: many interval widths from clean. Dot: the intervals do not meet."
    title(axes, words, above=36)
    return describe(drawing, f"What each score says of damaged clips. {_told(scores)}")


def _refuse(scores: Scores, clean: str) -> None:
    if clean not in scores or not scores[clean]:
        raise ValueError(f'The row "{clean}" is needed, to hold the others against.')
    for name, row in scores.items():
        if [*row] != [*scores[clean]]:
            raise ValueError(
                f'Each row needs the scores of "{clean}", {[*scores[clean]]}; "{name}" '
                f"has {[*row]}."
            )
        for metric, (low, value, high) in row.items():
            if not low <= value <= high or not isfinite(high - low):
                raise ValueError(
                    f'"{name}", {metric}: a value lies in its interval, both finite; '
                    f"got {low:g}, {value:g}, {high:g}."
                )


def _distance(one: Interval, other: Interval) -> float:
    width = max(one[2] - one[0], other[2] - other[0]) / 2
    gap = abs(one[1] - other[1])
    return gap / width if width else FARTHEST * bool(gap)


def _parted(one: Interval, other: Interval) -> bool:
    return one[2] < other[0] or other[2] < one[0]


def _cell(interval: Interval) -> str:
    low, value, high = interval
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{format_number(value, digits)} ± {format_number((high - low) / 2, digits)}"


def _told(scores: Scores) -> str:
    return (
        "; ".join(
            f"{name}: " + ", ".join(f"{metric} {_cell(x)}" for metric, x in row.items())
            for name, row in scores.items()
        )
        + "."
    )
