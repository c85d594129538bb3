"""Gradient norms and recall accuracy of sequence models by lag."""

from collections.abc import Mapping

import torch

from course_lib.plotting import (
    ACCENT,
    DASHED_RULE,
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

DECADES = 8  # of the logarithmic axis, below the largest norm
MARKERS = "osD^vP"


@course_style
def gradient_norm_by_lag(norms: Mapping[str, PerLag]) -> Figure:
    """Gradient norms over the lag from 0 on, one line each, on a logarithmic axis.

    A cross marks the largest lag with a gradient that is not exactly 0, if there is a
    larger one. Values more than eight decades below the largest are not shown.
    """
    lags = range(max(map(len, norms.values())))
    positive = {name: norm.where(norm > 0, torch.nan) for name, norm in norms.items()}
    drawing, (axes,) = figure(7, 3.1, Layout(left=0.75, right=1.3, top=0.35))
    top = max(float(norm.max()) for norm in norms.values())
    axes.set_yscale("log")
    axes.set_ylim(top * 10**-DECADES, 3 * top)
    colours = (DATA, MODEL, ACCENT, INK, MORE_COLOURS[0])
    axes.set_prop_cycle(color=colours, linestyle=(*DASHES, "-"))
    curves(axes, lags, positive)
    descriptions = []
    for line, (name, norm) in zip(axes.lines[:], norms.items(), strict=True):
        last = int(norm.nonzero().max())
        if last < lags[-1]:
            axes.plot(last, norm[last], "X", color=line.get_color(), markersize=8)
            below = {"xytext": (0, -8), "textcoords": "offset points", "va": "top"}
            axes.annotate("then 0", (last, norm[last]), ha="right", fontsize=8, **below)
        descriptions.append(
            f"{name} {float(norm[0]):.2g} at lag 0, {float(norm[last]):.2g} at lag "
            f"{last}" + ", then 0" * (last < lags[-1])
        )
    axes.set(xlabel="lag: steps before the last", ylabel="gradient norm")
    title(axes, "Derivative of the last output by an earlier input")
    return describe(drawing, f"Gradient norm over the lag: {'; '.join(descriptions)}.")


@course_style
def recall_accuracy_by_lag(accuracy: Mapping[str, Mapping[int, Number]]) -> Figure:
    """Accuracy of the first symbol by lag, with chance as a dashed line.

    The lags are equally spaced on the axis, whatever their values.

    Raises:
        ValueError: if the models were evaluated at different lags.
    """
    lags = sorted(next(iter(accuracy.values())))
    if any(sorted(by_lag) != lags for by_lag in accuracy.values()):
        raise ValueError(
            "recall_accuracy_by_lag needs the same lags for all models, but got "
            f"{[sorted(by_lag) for by_lag in accuracy.values()]}."
        )
    drawing, (axes,) = figure(7, 2.8, Layout(right=1.3, top=0.35))
    axes.set_ylim(0, 1.04)
    axes.axhline(
        1 / SYMBOLS, color=INK, linewidth=0.9, ls=DASHED_RULE, label="chance, 1/8"
    )
    rows = {name: [by_lag[lag] for lag in lags] for name, by_lag in accuracy.items()}
    curves(axes, range(len(lags)), rows)
    for line, marker in zip(axes.lines[1:], MARKERS, strict=False):
        line.set(marker=marker, markersize=5, clip_on=False)
    axes.set_xticks(range(len(lags)), [*map(str, lags)])
    axes.set(xlabel="lag: steps since the first symbol", ylabel="accuracy")
    title(axes, "Recall of the first symbol")
    ends = [f"{name} {row[0]:.2f} and {row[-1]:.2f}" for name, row in rows.items()]
    return describe(
        drawing,
        f"Accuracy at lag {lags[0]} and at lag {lags[-1]}: "
        f"{', '.join(ends)}; chance is {1 / SYMBOLS:.3f}.",
    )
