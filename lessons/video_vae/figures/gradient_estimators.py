"""Reparameterization and score-function estimates of one gradient, as histograms."""

from collections.abc import Callable
from math import cos, exp, log
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.plotting import (
    DASHED_RULE,
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
from course_lib.vae.estimators import (
    reparameterization_gradients,
    score_function_gradients,
)
from course_lib.vae.gaussian import reparameterize


class Curve(NamedTuple):
    """A function f of z.

    Attributes:
        formula: The function as text.
        value: f itself.
        ylim: Limits of the vertical axis.
        gradient: d E[f(z)] / d mu in closed form, a function of mu and sigma of q.
    """

    formula: str
    value: Callable[[Tensor], Tensor]
    ylim: tuple[Number, Number]
    gradient: Callable[[Number, Number], Number]


FUNCTIONS = {
    "z squared": Curve("z²", torch.square, (-1.0, 8.0), lambda mu, sigma: 2 * mu),
    "z cubed minus z": Curve(
        "z³ \N{MINUS SIGN} z",
        lambda z: z**3 - z,
        (-8.0, 8.0),
        lambda mu, sigma: 3 * (mu**2 + sigma**2) - 1,
    ),
    "fast sine": Curve(
        "sin 6z",
        lambda z: (6 * z).sin(),
        (-2.0, 2.0),
        lambda mu, sigma: 6 * cos(6 * mu) * exp(-18 * sigma**2),
    ),
}
N_SAMPLES, N_MARKED = 1000, 7  # samples, and how many are marked on the curve
N_BINS = 41
AXIS_QUANTILE = 0.98  # of all estimates lie within the horizontal axis
GRID = torch.linspace(-3.5, 3.5, 561)
TANGENT_INCHES = 0.3  # from a sample to either end of its tangent


@course_style
def two_estimators(
    mu: Number = 0.75, sigma: Number = 0.5, function: str = "z squared"
) -> Figure:
    """1,000 estimates of d E[f(z)] / d mu by each method, from the same samples of z.

    Above: f, the density of q = N(mu, sigma^2), not to scale, and seven samples. The
    tangent at a sample, blue, is its reparameterization gradient; its value f(z),
    orange, is what the score function is multiplied with. Below: histograms of the
    estimates. The dashed line is the gradient in closed form, the bar spans one
    standard deviation to each side of the mean. 98 % of all estimates lie within the
    axis; the number of the others is written.

    Raises:
        ValueError: if there is no such function, or sigma is not positive.
    """
    if function not in FUNCTIONS or not sigma > 0:
        raise ValueError(
            f"two_estimators needs a sigma above 0 and one of the functions "
            f'{", ".join(FUNCTIONS)}; got sigma {sigma} and "{function}".'
        )
    curve, gradient = FUNCTIONS[function], FUNCTIONS[function].gradient(mu, sigma)
    q = torch.tensor([[mu], [2 * log(sigma)]]).expand(2, N_SAMPLES).unsqueeze(2)
    z = reparameterize(*q, _generator())[:N_MARKED, 0]
    pathwise, score_function = (
        estimator(lambda z: curve.value(z[:, 0]), *q, _generator())[:, 0]
        for estimator in (reparameterization_gradients, score_function_gradients)
    )
    distances = (torch.cat((pathwise, score_function)) - gradient).abs()
    half_width = float(distances.quantile(AXIS_QUANTILE))
    layout = Layout(
        left=0.65, bottom=0.45, top=0.35, hspace=0.6, height_ratios=(1.6, 1, 1)
    )
    drawing, (above, *below) = figure(7, 5.1, layout)
    _plot_function(above, curve, mu, sigma)
    _plot_samples(above, curve, z, pathwise[:N_MARKED])
    summaries = [
        f"{name}: {_plot_histogram(axes, estimates, colour, gradient, half_width)}"
        for axes, name, estimates, colour in (
            (below[0], "Reparameterization", pathwise, DATA),
            (below[1], "Score function", score_function, MODEL),
        )
    ]
    for axes, summary in zip(below, summaries, strict=True):
        title(axes, summary, above=4)
    below[1].set_xlabel("gradient estimate of one sample")
    q_text = f"q = N({format_number(mu)}, {sigma:g}²)"
    gradient_text = format_number(gradient)
    title(above, f"f(z) = {curve.formula}, {q_text}: the gradient is {gradient_text}")
    return describe(
        drawing,
        f"The gradient of E[f(z)] in the mean of q is {gradient_text} for f(z) = "
        f"{curve.formula} and {q_text}. {N_SAMPLES} estimates from one sample each, as "
        f"two histograms. {'. '.join(summaries)}.",
    )


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _plot_function(axes: Axes, curve: Curve, mu: Number, sigma: Number) -> None:
    low, high = curve.ylim
    density = (-((GRID - mu) / sigma).square() / 2).exp()  # with maximum 1
    area = {"color": FAINT, "alpha": 0.25, "linewidth": 0}
    axes.fill_between(GRID, low, low + (high - low) / 3 * density, **area)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.plot(GRID, curve.value(GRID), color=INK, linestyle="-", linewidth=1.2)
    axes.set(xlim=GRID[[0, -1]].tolist(), ylim=(low, high), xlabel="z", ylabel="f(z)")
    axes.xaxis.labelpad = 0


def _plot_samples(axes: Axes, curve: Curve, z: Tensor, gradients: Tensor) -> None:
    """Each sample on the curve, with its value and a tangent of fixed length."""
    box, (low, high) = axes.bbox, curve.ylim
    x_inches = box.width / axes.figure.dpi / float(GRID[-1] - GRID[0])  # per unit
    y_inches = box.height / axes.figure.dpi / (high - low)
    run = TANGENT_INCHES / torch.hypot(
        torch.full_like(gradients, x_inches), y_inches * gradients
    )
    value = curve.value(z)
    axes.vlines(z, 0, value, color=MODEL, linewidth=1.2)
    ends = torch.tensor([[-1.0], [1.0]]) * run
    tangent = {"color": DATA, "linestyle": "-", "linewidth": 2.2}
    axes.plot(z + ends, value + ends * gradients, **tangent)
    axes.plot(z, value, "o", color=INK, markersize=4)


def _plot_histogram(
    axes: Axes, estimates: Tensor, colour: str, gradient: Number, half_width: Number
) -> str:
    """Plot a histogram of estimates around the gradient, and return a summary.

    The bar spans one standard deviation to each side of the mean. The summary holds the
    mean with its standard error, the standard deviation, and the number of estimates
    outside of the axis.
    """
    left, right = gradient - half_width, gradient + half_width
    counts = torch.histc(estimates, N_BINS, left, right)
    edges = torch.linspace(left, right, N_BINS + 1)
    axes.stairs(counts, edges, fill=True, color=colour, alpha=0.6)
    axes.axvline(gradient, color=INK, linewidth=1, linestyle=DASHED_RULE)
    axes.set(xlim=(left, right), ylabel="samples")
    mean, std, top = (
        estimates.mean().item(),
        estimates.std().item(),
        float(counts.max()),
    )
    axes.set_ylim(0, 1.4 * top)
    axes.plot([mean - std, mean + std], [1.2 * top] * 2, "-", color=INK)
    axes.plot(mean, 1.2 * top, "D", color=INK, markersize=5)
    standard_error = std / N_SAMPLES**0.5
    return (
        f"mean {format_number(mean)} ± {format_number(standard_error)}, std "
        f"{format_number(std)}, {N_SAMPLES - int(counts.sum())} outside"
    )
