"""Heat map of metrics under known corruptions."""

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

MAX_DISTANCE = 100.0  # half widths of an interval, where the colours end


@course_style
def corruption_map(scores: Scores, *, clean: str = "clean") -> Figure:
    """One row for each corruption, one column for each metric: value ± half interval.

    ``scores[corruption][metric]`` is (low, value, high), and ``clean`` is the name of
    the row of clips without corruption. The colour is the distance of a value from the
    clean one, in half widths of the wider of both intervals. A dot marks disjoint
    intervals: the metric detects the corruption.

    Raises:
        ValueError: if the clean row is missing, rows have other columns than it, or a
            value lies outside its interval.
    """
    _check_scores(scores, clean)
    rows, columns = [*scores], [*scores[clean]]
    distances = [
        [_distance(scores[r][c], scores[clean][c]) for c in columns] for r in rows
    ]
    left = 0.25 + 0.075 * max(map(len, rows))
    drawing, (axes,) = figure(7, 0.9 + 0.36 * len(rows), Layout(left, 0.1, 0.1, 0.75))
    max_shade = log10(1 + MAX_DISTANCE)
    shade = [[min(log10(1 + x), max_shade) for x in row] for row in distances]
    axes.imshow(shade, cmap="cividis", aspect="auto", vmin=0, vmax=max_shade)
    size = 8 if len(columns) <= 6 else 6.5
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            colour = "white" if shade[i][j] < 0.6 * max_shade else "black"
            is_detected = _disjoint(scores[row][column], scores[clean][column])
            text = _cell(scores[row][column]) + (" \N{BULLET}" if is_detected else "")
            axes.text(j, i, text, color=colour, ha="center", va="center", fontsize=size)
    axes.set_xticks(range(len(columns)), [c.replace(", ", ",\n") for c in columns])
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    text = "Light: many interval widths from clean. Dot: the intervals are disjoint."
    title(axes, text, above=36)
    return describe(drawing, f"Metrics of corrupted clips. {_in_words(scores)}")


def _check_scores(scores: Scores, clean: str) -> None:
    if clean not in scores or not scores[clean]:
        raise ValueError(
            f'The row "{clean}" is needed, with which the others are compared.'
        )
    for name, row in scores.items():
        if [*row] != [*scores[clean]]:
            raise ValueError(
                f'Each row needs the metrics of "{clean}", {[*scores[clean]]}, but '
                f'"{name}" has {[*row]}.'
            )
        for metric, (low, value, high) in row.items():
            if not low <= value <= high or not isfinite(high - low):
                raise ValueError(
                    f"Each value must lie in its interval, both finite, but {metric} "
                    f'of "{name}" is {low:g}, {value:g}, {high:g}.'
                )


def _distance(one: Interval, other: Interval) -> float:
    width = max(one[2] - one[0], other[2] - other[0]) / 2
    gap = abs(one[1] - other[1])
    return gap / width if width else MAX_DISTANCE * bool(gap)


def _disjoint(one: Interval, other: Interval) -> bool:
    return one[2] < other[0] or other[2] < one[0]


def _cell(interval: Interval) -> str:
    low, value, high = interval
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{format_number(value, digits)} ± {format_number((high - low) / 2, digits)}"


def _in_words(scores: Scores) -> str:
    return (
        "; ".join(
            f"{name}: " + ", ".join(f"{metric} {_cell(x)}" for metric, x in row.items())
            for name, row in scores.items()
        )
        + "."
    )
