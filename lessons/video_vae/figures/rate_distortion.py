"""See what a nat buys: less error for more rate, and codes that nobody pays for."""

from collections.abc import Mapping, Sequence
from math import hypot, isclose

import torch

from course_lib.plotting import (
    DATA,
    FAINT,
    MODEL,
    Axes,
    Figure,
    Layout,
    Number,
    course_style,
    describe,
    draw_mosaic,
    figure,
    mosaic,
    title,
)
from course_lib.shapes import Images
from course_lib.vae.elbo import active_units
from course_lib.vae.rate_distortion import CodePrices, RatePoint

COLUMNS = 4  # images in a row
TANGENT = 0.7  # inches from the chosen point to either end of its tangent


@course_style
def rate_distortion(
    points: Sequence[RatePoint], originals: Images, sigma: Number
) -> Figure:
    """Error over rate, a point for every sigma; and what the chosen one draws.

    The tangent has the slope that the bound's optimum has: -2 sigma^2, for there one
    more nat saves as much squared error. Right: originals, each with what was rebuilt
    of it below, and at the bottom images decoded from draws of the prior.

    Raises:
        ValueError: unless one of the points has this sigma.
    """
    chosen = [point for point in points if isclose(point.sigma, sigma, rel_tol=1e-6)]
    if len(chosen) != 1:
        raise ValueError(
            f"One point is needed of sigma {sigma:g}, got {len(chosen)}; choose from "
            f"{', '.join(f'{point.sigma:g}' for point in points)}."
        )
    (here,) = chosen
    layout = Layout(
        left=0.6, right=0.1, bottom=0.45, wspace=0.95, width_ratios=(3.15, 2.2)
    )
    drawing, (curve, pictures) = figure(7, 3.75, layout)
    _curve(curve, points)
    _tangent(curve, here)
    _images(pictures, originals, here)
    units = f"{here.active} active unit{'' if here.active == 1 else 's'}"
    title(curve, f"$\\sigma$ = {sigma:g}: {here.rate:.1f} nats in {units}")
    title(pictures, f"Squared error {here.distortion:.1f}")
    return describe(
        drawing,
        f"Squared error of an image over its rate, for {len(points)} sigmas. Sigma "
        f"{sigma:g} has {here.rate:.1f} nats in {units}, and an error of "
        f"{here.distortion:.1f}; one more nat saves {2 * sigma**2:.2g} there. Beside "
        "it, originals, reconstructions and samples.",
    )


@course_style
def kl_by_unit(codes: Mapping[str, CodePrices]) -> Figure:
    """What every axis of a code costs in the mean over images, dearest first.

    One panel for each recipe of training. Filled bars are active units, whose mean
    varies from image to image; hatched ones are paid for, but tell nothing.

    Raises:
        ValueError: if there are no codes.
    """
    if not codes:
        raise ValueError("Codes of at least one model are needed, got none.")
    layout = Layout(
        left=0.7, right=0.15, top=0.55, wspace=0.3, width_ratios=(1,) * len(codes)
    )
    drawing, panels = figure(7, 2.7, layout)
    top = max(0.1, *(1.06 * float(code.kl.max()) for code in codes.values()))
    said = []
    for axes, (name, code) in zip(panels, codes.items(), strict=True):
        _bars(axes, code)
        axes.set(ylim=(0, top), xlabel="unit, dearest first")
        axes.tick_params(labelleft=axes is panels[0])
        n, total = active_units(code.mu), float(code.kl.sum())
        said.append(f"{name}: {total:.1f} nats\n{n} of {len(code.kl)} active")
        title(axes, said[-1])
    panels[0].set_ylabel("KL, nats an image")
    in_words = "; ".join(said).replace("\n", ", ")
    return describe(drawing, f"The price of every unit of a code. {in_words}.")


def _curve(axes: Axes, points: Sequence[RatePoint]) -> None:
    ordered = sorted(points, key=lambda point: (point.rate, -point.distortion))
    rates = [point.rate for point in ordered]
    errors = [point.distortion for point in ordered]
    axes.plot(rates, errors, color=DATA, marker="o", markersize=4)
    axes.set(xlim=(0, 1.05 * max(rates[-1], 1)), ylim=(0, 1.15 * max(errors)))
    axes.set(xlabel="rate: nats an image", ylabel="distortion: squared error")


def _tangent(axes: Axes, here: RatePoint) -> None:
    saved = 2 * here.sigma**2  # by one more nat
    inches = axes.bbox.size / axes.figure.dpi
    wide, tall = inches[0] / axes.get_xlim()[1], inches[1] / axes.get_ylim()[1]
    run = TANGENT / hypot(wide, saved * tall)
    line = {"color": MODEL, "linestyle": "-"}
    axes.plot(
        [here.rate - run, here.rate + run],
        [here.distortion + saved * run, here.distortion - saved * run],
        **line,
    )
    axes.plot(here.rate, here.distortion, "D", color=MODEL, clip_on=False)
    words = f"one more nat\nsaves $2\\sigma^2$ = {saved:.2g}"
    place = {"ha": "right", "va": "top", "transform": axes.transAxes}
    axes.text(0.99, 0.97, words, color=MODEL, **place)


def _images(axes: Axes, originals: Images, here: RatePoint) -> None:
    """Rows in turn: originals, then each rebuilt below; sampled ones at the end."""
    rows = [
        row
        for pair in zip(
            originals.split(COLUMNS), here.rebuilt.split(COLUMNS), strict=True
        )
        for row in pair
    ]
    draw_mosaic(axes, mosaic(torch.cat((*rows, here.sampled)), COLUMNS)[..., 0])
    n = len(here.sampled) // COLUMNS
    names = ["original", "rebuilt"] * (len(rows) // 2) + ["sampled"] * n
    tall = originals.shape[-2] + 1
    axes.set_yticks([(i + 0.5) * tall - 1 for i in range(len(names))], names)
    axes.tick_params(length=0)


def _bars(axes: Axes, code: CodePrices) -> None:
    for rank, unit in enumerate(code.kl.argsort(descending=True).tolist(), start=1):
        telling = active_units(code.mu[:, [unit]])
        look = {"color": DATA} if telling else {"fc": "white", "ec": FAINT}
        hatch = None if telling else "////"
        axes.bar(rank, float(code.kl[unit]), hatch=hatch, **look)
    axes.set_xticks([1, len(code.kl)])
    axes.grid(False, axis="x")
