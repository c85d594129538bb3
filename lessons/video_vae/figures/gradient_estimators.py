"""Lay two estimates of one slope side by side: one mean, two spreads."""

from collections.abc import Callable
from math import cos, exp, log
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.plotting import (
    DATA,
    FAINT,
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
from course_lib.vae.estimators import reparameterised_slopes, score_function_slopes
from course_lib.vae.gaussian import reparameterize


class Curve(NamedTuple):
    """A function f of z, how it is written, the heights drawn, d E[f(z)] / d mu."""

    formula: str
    value: Callable[[Tensor], Tensor]
    heights: tuple[Number, Number]
    slope: Callable[[Number, Number], Number]  # of mu and the width of q


FUNCTIONS = {
    "z squared": Curve("z²", torch.square, (-1.0, 8.0), lambda mu, width: 2 * mu),
    "z cubed minus z": Curve(
        "z³ \N{MINUS SIGN} z",
        lambda z: z**3 - z,
        (-8.0, 8.0),
        lambda mu, width: 3 * (mu**2 + width**2) - 1,
    ),
    "fast ripple": Curve(
        "sin 6z",
        lambda z: (6 * z).sin(),
        (-2.0, 2.0),
        lambda mu, width: 6 * cos(6 * mu) * exp(-18 * width**2),
    ),
}
DRAWS, SHOWN = 1000, 7  # samples, and how many of them are drawn on the curve
BINS = 41
SHARE_SEEN = 0.98  # of all estimates; the others lie outside of the axis
PLACES = torch.linspace(-3.5, 3.5, 561)
TANGENT = 0.3  # inches from a draw to either end of its tangent


@course_style
def two_estimators(
    mu: Number = 0.75, width: Number = 0.5, function: str = "z squared"
) -> Figure:
    """1,000 estimates of d E[f(z)] / d mu in each way, from the same draws of z.

    Above: f, the density of q = N(mu, width^2), not to scale, and seven draws. The
    tangent at a draw, blue, is what moving it tells; its height over 0, orange, is what
    weighing it has to tell. Below: what single draws answer. The dashed line is the
    slope in closed form, the bar spans one standard deviation to each side of the
    mean. The axis is wide enough for 98 % of all estimates; the others are counted.

    Raises:
        ValueError: if there is no such function, or the width is not positive.
    """
    if function not in FUNCTIONS or not width > 0:
        raise ValueError(
            f'No slopes of "{function}" for the width {width}; choose from '
            f"{', '.join(FUNCTIONS)} and a width above 0."
        )
    curve, slope = FUNCTIONS[function], FUNCTIONS[function].slope(mu, width)
    q = torch.tensor([[mu], [2 * log(width)]]).expand(2, DRAWS).unsqueeze(2)
    z = reparameterize(*q, _same_draws())[:SHOWN, 0]
    moved, weighed = (
        estimator(lambda z: curve.value(z[:, 0]), *q, _same_draws())[:, 0]
        for estimator in (reparameterised_slopes, score_function_slopes)
    )
    off = torch.cat((moved, weighed)) - slope
    reach = float(off.abs().quantile(SHARE_SEEN))
    layout = Layout(
        left=0.65, bottom=0.45, top=0.35, hspace=0.6, height_ratios=(1.6, 1, 1)
    )
    drawing, (above, *below) = figure(7, 5.1, layout)
    _law(above, curve, mu, width)
    _draws(above, curve, z, moved[:SHOWN])
    said = [
        f"Reparameterised: {_histogram(below[0], moved, DATA, slope, reach)}",
        f"Score function: {_histogram(below[1], weighed, MODEL, slope, reach)}",
    ]
    for axes, words in zip(below, said, strict=True):
        title(axes, words, above=4)
    below[1].set_xlabel("slope that one draw estimates")
    law = f"q = N({format_number(mu)}, {width:g}²)"
    title(above, f"f(z) = {curve.formula}, {law}: the slope is {format_number(slope)}")
    return describe(
        drawing,
        f"The slope of E[f(z)] in the mean of q is {format_number(slope)} for f(z) = "
        f"{curve.formula} and {law}. {DRAWS} estimates from one draw each, as two "
        f"histograms. {'. '.join(said)}.",
    )


def _same_draws() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _law(axes: Axes, curve: Curve, mu: Number, width: Number) -> None:
    low, high = curve.heights
    bump = (-((PLACES - mu) / width).square() / 2).exp()
    hill = {"color": FAINT, "alpha": 0.25, "linewidth": 0}
    axes.fill_between(PLACES, low, low + (high - low) / 3 * bump, **hill)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.plot(PLACES, curve.value(PLACES), color=INK, linestyle="-", linewidth=1.2)
    axes.set(xlim=PLACES[[0, -1]].tolist(), ylim=(low, high), xlabel="z", ylabel="f(z)")
    axes.xaxis.labelpad = 0


def _draws(axes: Axes, curve: Curve, z: Tensor, slopes: Tensor) -> None:
    """Each draw on the curve: its height over 0, and a tangent of one length."""
    box, (low, high) = axes.bbox, curve.heights
    wide = box.width / axes.figure.dpi / float(PLACES[-1] - PLACES[0])  # inches of 1
    tall = box.height / axes.figure.dpi / (high - low)
    run = TANGENT / torch.hypot(torch.full_like(slopes, wide), tall * slopes)
    value = curve.value(z)
    axes.vlines(z, 0, value, color=MODEL, linewidth=1.2)
    ends = torch.tensor([[-1.0], [1.0]]) * run
    axes.plot(z + ends, value + ends * slopes, color=DATA, linestyle="-", linewidth=2.2)
    axes.plot(z, value, "o", color=INK, markersize=4)


def _histogram(
    axes: Axes, found: Tensor, colour: str, slope: Number, reach: Number
) -> str:
    """Estimates around the slope; the bar spans a deviation to each side of the mean.

    In words, the mean and its standard error, the deviation, and how many lie outside.
    """
    left, right = slope - reach, slope + reach
    counts = torch.histc(found, BINS, left, right)
    edges = torch.linspace(left, right, BINS + 1)
    axes.stairs(counts, edges, fill=True, color=colour, alpha=0.6)
    axes.axvline(slope, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.set(xlim=(left, right), ylabel="draws")
    mean, deviation, top = found.mean().item(), found.std().item(), float(counts.max())
    axes.set_ylim(0, 1.4 * top)
    axes.plot([mean - deviation, mean + deviation], [1.2 * top] * 2, "-", color=INK)
    axes.plot(mean, 1.2 * top, "D", color=INK, markersize=5)
    return (
        f"mean {format_number(mean)} ± {format_number(deviation / DRAWS**0.5)}, standard deviation "
        f"{format_number(deviation)}, {DRAWS - int(counts.sum())} outside"
    )
