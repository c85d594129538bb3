"""Tables of lesson 03 as figures: best of n samples, bits per dimension."""

from collections.abc import Mapping
from itertools import cycle

from jaxtyping import Float
from torch import Tensor

from course_lib.plotting import (
    ACCENT,
    DASHES,
    DATA,
    FAINT,
    INK,
    MODEL,
    MORE_COLOURS,
    Figure,
    Interval,
    Layout,
    Number,
    check_intervals,
    course_style,
    describe,
    figure,
    format_number,
    interval_rows,
    label_lines,
    title,
)

BestErrors = Float[Tensor, "_"]

TOLERANCE = 1e-5  # of rounding, relative, in means over many clips
LEVEL_DASHES = (*DASHES, (0, (1, 4)))  # one for each horizontal line
LOOKS = tuple(zip((MODEL, DATA, ACCENT, *MORE_COLOURS), "osD^vP", strict=True))


@course_style
def best_of_n(
    curves: Mapping[str, BestErrors], baseline: Number, trivial: Mapping[str, Number]
) -> Figure:
    """The smallest squared error among the first n samples, over n from 1.

    Curves are means over clips. ``baseline`` is the error of a deterministic predictor,
    and ``trivial`` holds those of baselines that are not trained. Both are horizontal
    lines, because they have one prediction only. The best sample is chosen with the
    truth, so even the curve of pure noise falls.

    Raises:
        ValueError: if there is no curve, or if one rises.
    """
    rises = [
        name
        for name, curve in curves.items()
        if (curve.diff() > TOLERANCE * curve[0]).any()
    ]
    if rises or not curves:
        raise ValueError(
            "best_of_n needs at least one curve, and the best of more samples is never "
            f"worse; got {[*curves]}, of which {rises} rise. Take the smallest error "
            "so far, errors.cummin(dim=1).values.mean(dim=0)."
        )
    drawing, (axes,) = figure(7, 3.2, Layout(left=0.65, right=1.55, top=0.35))
    levels = {"deterministic": baseline, **trivial}
    for (name, level), dash in zip(levels.items(), cycle(LEVEL_DASHES), strict=False):
        colour = FAINT if name in trivial else INK
        axes.axhline(level, color=colour, linewidth=1.2, linestyle=dash, label=name)
    summaries = []
    with_looks = zip(curves.items(), cycle(LOOKS), strict=False)
    for (name, curve), (colour, marker) in with_looks:
        look = {"color": colour, "marker": marker, "markersize": 4, "linestyle": "-"}
        axes.plot(range(1, len(curve) + 1), curve.detach().cpu(), **look, label=name)
        one, best = float(curve[0]), float(curve[-1])
        summaries.append(
            f"{name}: one sample has error {one:.0f}, the best of {len(curve)} has "
            f"{best:.0f}"
        )
    largest_n = max(map(len, curves.values()))
    highest = max(*(float(c.max()) for c in curves.values()), *levels.values())
    axes.set(xlim=(0.5, largest_n + 0.5), ylim=(0, 1.06 * highest))
    axes.set_xticks([1, *range(5, largest_n + 1, 5)])
    axes.set(xlabel="number of samples", ylabel="squared error of the best")
    label_lines(axes)
    title(axes, summaries[0])
    return describe(
        drawing,
        f"Squared error over the number of samples. {'; '.join(summaries)}. Horizontal "
        f"lines: {', '.join(f'{name} {level:.0f}' for name, level in levels.items())}.",
    )


@course_style
def bits_intervals(rows: Mapping[str, Interval]) -> Figure:
    """Bits per dimension with intervals, one row for each model. Lower is better.

    The row with the lowest mean is an orange diamond. Densities may exceed 1, so bits
    may be negative.

    Raises:
        ValueError: if there is no row, a number is not finite, or a mean lies outside
            its interval.
    """
    check_intervals(rows)
    best = min(rows, key=lambda name: rows[name][1])
    layout = Layout(0.2 + 0.075 * max(map(len, rows)), 0.65, 0.5, 0.35)
    drawing, (axes,) = figure(7, 0.9 + 0.3 * len(rows), layout)
    interval_rows(axes, rows, highlighted=[best])
    axes.set_xlabel("bits per dimension: lower is better")
    title(axes, f"The lowest: {format_number(rows[best][1])} bits per dimension")
    texts = (
        f"{name} {format_number(mean)} ({format_number(low)} to {format_number(high)})"
        for name, (low, mean, high) in rows.items()
    )
    return describe(
        drawing, f"Bits per dimension, mean and interval: {'; '.join(texts)}."
    )
