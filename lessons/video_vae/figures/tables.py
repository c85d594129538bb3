"""Tables of lesson 03: best of many samples, bits with their intervals."""

from collections.abc import Mapping
from itertools import cycle
from math import isfinite

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
    Layout,
    Number,
    course_style,
    describe,
    figure,
    format_number,
    label_lines,
    title,
)

PerTry = Float[Tensor, "_"]
Interval = tuple[Number, Number, Number]

SLACK = 1e-5  # of rounding, when means of many clips are compared
ACROSS = (*DASHES, (0, (1, 4)))  # a level each
MODELS = tuple(zip((MODEL, DATA, ACCENT, *MORE_COLOURS), "osD^vP", strict=True))


@course_style
def best_of_many(
    curves: Mapping[str, PerTry], rival: Number, trivial: Mapping[str, Number]
) -> Figure:
    """The smallest squared error among the first k tries, over k from 1: who dreams.

    Curves are means over clips. ``rival`` is the error of a predictor with one answer,
    and ``trivial`` holds those of what costs no training, both drawn across: they have
    one try. A curve falls by looking at the truth, and so does that of pure noise.

    Raises:
        ValueError: if there is no curve, or if one rises.
    """
    if not curves or any((c.diff() > SLACK * c[0]).any() for c in curves.values()):
        raise ValueError(
            "The best of k tries never gets worse with more of them, got curves "
            f"{[*curves]} of which one rises, or none; take the smallest error so far, "
            "errors.cummin(dim=1).values.mean(dim=0)."
        )
    drawing, (axes,) = figure(7, 3.2, Layout(left=0.65, right=1.55, top=0.35))
    levels = {"predictor": rival, **trivial}
    for (name, level), dash in zip(levels.items(), cycle(ACROSS), strict=False):
        colour = FAINT if name in trivial else INK
        axes.axhline(level, color=colour, linewidth=1.2, linestyle=dash, label=name)
    said = []
    looks = zip(curves.items(), cycle(MODELS), strict=False)
    for (name, curve), (colour, marker) in looks:
        look = {"color": colour, "marker": marker, "markersize": 4, "linestyle": "-"}
        axes.plot(range(1, len(curve) + 1), curve.detach().cpu(), **look, label=name)
        one, best = float(curve[0]), float(curve[-1])
        many = f"the best of {len(curve)} costs {best:.0f}"
        said.append(f"{name}: one try costs {one:.0f}, {many}")
    most = max(map(len, curves.values()))
    highest = max(*(float(c.max()) for c in curves.values()), *levels.values())
    axes.set(xlim=(0.5, most + 0.5), ylim=(0, 1.06 * highest))
    axes.set_xticks([1, *range(5, most + 1, 5)])
    axes.set(xlabel="tries, of which the best counts", ylabel="squared error")
    label_lines(axes)
    title(axes, said[0])
    return describe(
        drawing,
        f"Squared error over the number of tries. {'; '.join(said)}. Across: "
        f"{', '.join(f'{name} {level:.0f}' for name, level in levels.items())}.",
    )


@course_style
def bits_bars(rows: Mapping[str, Interval]) -> Figure:
    """Bits per dimension, one row each: low, mean and high. Fewer are better.

    The row with the fewest in the mean is an orange diamond. Densities may be above 1,
    so bits may be negative.

    Raises:
        ValueError: if there is no row, or if a mean lies outside its interval.
    """
    wrong = [
        name for name, (low, mean, high) in rows.items() if not low <= mean <= high
    ]
    if wrong or not rows or not all(isfinite(x) for row in rows.values() for x in row):
        raise ValueError(
            "Each row needs low <= mean <= high, all finite, and there must be one; "
            f"wrong are {wrong} among {[*rows]}."
        )
    left = 0.2 + 0.075 * max(map(len, rows))
    layout = Layout(left, 0.65, 0.5, 0.35)
    drawing, (axes,) = figure(7, 0.9 + 0.3 * len(rows), layout)
    best = min(rows, key=lambda name: rows[name][1])
    for at, (name, (low, mean, high)) in enumerate(rows.items()):
        colour, marker = (MODEL, "D") if name == best else (DATA, "o")
        ends = {"color": colour, "linestyle": "-", "marker": "|"}
        axes.plot([low, high], [at, at], **ends, markersize=8)
        axes.plot(mean, at, marker, color=colour, markersize=6)
        axes.annotate(
            format_number(mean),
            (1, at),
            (5, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            color=colour,
            va="center",
        )
    axes.set(
        ylim=(len(rows) - 0.5, -0.5), xlabel="bits per dimension: fewer are better"
    )
    axes.set_yticks(range(len(rows)), [*rows])
    title(axes, f"The fewest: {format_number(rows[best][1])} bits per dimension")
    return describe(
        drawing,
        "Bits per dimension, mean and interval: "
        + "; ".join(
            f"{name} {format_number(mean)} ({format_number(low)} to {format_number(high)})"
            for name, (low, mean, high) in rows.items()
        )
        + ".",
    )
