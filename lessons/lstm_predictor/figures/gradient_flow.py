"""Compare how far back memories reach: in their slopes, and in their answers."""

from collections.abc import Mapping

import torch

from course_lib.plotting import (
    ACCENT,
    DASHES,
    DATA,
    INK,
    MODEL,
    MORE_COLOURS,
    Figure,
    Layout,
    Number,
    course_style,
    curves,
    describe,
    figure,
    title,
)
from course_lib.predictor.gradient_flow import PerLag
from course_lib.predictor.recall import SYMBOLS

DECADES = 8  # that the axis shows below the largest slope
MARKERS = "osD^vP"


@course_style
def gradient_norm_by_lag(norms: Mapping[str, PerLag]) -> Figure:
    """Gradient norms over the lag from 0 on, one line each, on a logarithmic axis.

    A cross ends a line behind which the gradient is exactly 0: no logarithm shows that.
    Lines leave the axis eight decades below the largest value.
    """
    lags = range(max(map(len, norms.values())))
    drawn = {name: norm.where(norm > 0, torch.nan) for name, norm in norms.items()}
    drawing, (axes,) = figure(7, 3.1, Layout(left=0.75, right=1.3, top=0.35))
    top = max(float(norm.max()) for norm in norms.values())
    axes.set_yscale("log")
    axes.set_ylim(top * 10**-DECADES, 3 * top)
    colours = (DATA, MODEL, ACCENT, INK, MORE_COLOURS[0])
    axes.set_prop_cycle(color=colours, linestyle=(*DASHES, "-"))
    curves(axes, lags, drawn)
    said = []
    for line, (name, norm) in zip(axes.lines[:], norms.items(), strict=True):
        reach = int(norm.nonzero().max())
        if reach < lags[-1]:
            axes.plot(reach, norm[reach], "X", color=line.get_color(), markersize=8)
            below = {"xytext": (0, -8), "textcoords": "offset points", "va": "top"}
            axes.annotate(
                "then 0", (reach, norm[reach]), ha="right", fontsize=8, **below
            )
        said.append(
            f"{name} {float(norm[0]):.2g} at lag 0, {float(norm[reach]):.2g} at lag "
            f"{reach}" + ", 0 behind it" * (reach < lags[-1])
        )
    axes.set(xlabel="lag: steps before the last", ylabel="gradient norm")
    title(axes, "How much an old input still moves the last state")
    return describe(drawing, f"Gradient norm over the lag: {'; '.join(said)}.")


@course_style
def recall_accuracy_by_lag(accuracy: Mapping[str, Mapping[int, Number]]) -> Figure:
    """The share of first symbols named right at each lag; dashed is pure chance.

    Lags stand at equal distances, whatever lies between them.

    Raises:
        ValueError: unless all were asked at the same lags.
    """
    lags = sorted(next(iter(accuracy.values())))
    if any(sorted(shares) != lags for shares in accuracy.values()):
        raise ValueError(
            "Memories are compared at the same lags, got "
            f"{[sorted(shares) for shares in accuracy.values()]}; ask all at each."
        )
    drawing, (axes,) = figure(7, 2.8, Layout(right=1.3, top=0.35))
    axes.set_ylim(0, 1.04)
    axes.axhline(
        1 / SYMBOLS, color=INK, linewidth=0.9, ls=(0, (4, 3)), label="chance, 1/8"
    )
    rows = {name: [shares[lag] for lag in lags] for name, shares in accuracy.items()}
    curves(axes, range(len(lags)), rows)
    for line, marker in zip(axes.lines[1:], MARKERS, strict=False):
        line.set(marker=marker, markersize=5, clip_on=False)
    axes.set_xticks(range(len(lags)), [*map(str, lags)])
    axes.set(xlabel="lag: steps since the first symbol", ylabel="share right")
    title(axes, "Who still knows the first symbol?")
    ends = [f"{name} {row[0]:.2f} and {row[-1]:.2f}" for name, row in rows.items()]
    return describe(
        drawing,
        f"Share of right answers at lag {lags[0]} and at lag {lags[-1]}: "
        f"{', '.join(ends)}; chance is {1 / SYMBOLS:.3f}.",
    )
