"""Distortion over rate of small VAEs, and the KL of each latent axis."""

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
from course_lib.vae.rate_distortion import CodeStatistics, RatePoint

N_COLUMNS = 4  # images in a row
TANGENT_INCHES = 0.7  # from the chosen point to either end of its tangent


@course_style
def rate_distortion(
    points: Sequence[RatePoint], originals: Images, sigma: Number
) -> Figure:
    """Distortion over rate, one point for each sigma, and images of the chosen one.

    The tangent has the gradient -2 sigma^2, that of the curve at the optimum of the
    ELBO: there one more nat lowers the squared error by 2 sigma^2. Right: originals,
    each above its reconstruction, and at the bottom decoded samples of the prior.

    Raises:
        ValueError: unless exactly one of the points has this sigma.
    """
    chosen = [point for point in points if isclose(point.sigma, sigma, rel_tol=1e-6)]
    if len(chosen) != 1:
        raise ValueError(
            f"rate_distortion needs exactly one point with sigma {sigma:g}, got "
            f"{len(chosen)}; choose from "
            f"{', '.join(f'{point.sigma:g}' for point in points)}."
        )
    (point,) = chosen
    layout = Layout(
        left=0.6, right=0.1, bottom=0.45, wspace=0.95, width_ratios=(3.15, 2.2)
    )
    drawing, (curve, images) = figure(7, 3.75, layout)
    _plot_curve(curve, points)
    _plot_tangent(curve, point)
    _draw_images(images, originals, point)
    units = f"{point.active} active unit{'' if point.active == 1 else 's'}"
    title(curve, f"$\\sigma$ = {sigma:g}: {point.rate:.1f} nats in {units}")
    title(images, f"Squared error {point.distortion:.1f}")
    return describe(
        drawing,
        f"Squared error of an image over its rate, for {len(points)} sigmas. Sigma "
        f"{sigma:g} has {point.rate:.1f} nats in {units}, and an error of "
        f"{point.distortion:.1f}; one more nat lowers it by {2 * sigma**2:.2g} there. "
        "Beside it, originals, reconstructions and samples.",
    )


@course_style
def kl_by_unit(codes: Mapping[str, CodeStatistics]) -> Figure:
    """KL of each latent axis, mean over images, in descending order.

    One panel for each model. Filled bars are active units, whose mean varies between
    images; hatched bars are inactive units.

    Raises:
        ValueError: if there are no codes.
    """
    if not codes:
        raise ValueError("kl_by_unit needs the codes of at least one model; got none.")
    layout = Layout(
        left=0.7, right=0.15, top=0.55, wspace=0.3, width_ratios=(1,) * len(codes)
    )
    drawing, panels = figure(7, 2.7, layout)
    top = max(0.1, *(1.06 * float(code.kl.max()) for code in codes.values()))
    summaries = []
    for axes, (name, code) in zip(panels, codes.items(), strict=True):
        _plot_bars(axes, code)
        axes.set(ylim=(0, top), xlabel="unit, by its KL")
        axes.tick_params(labelleft=axes is panels[0])
        n, total = active_units(code.mu), float(code.kl.sum())
        summaries.append(f"{name}: {total:.1f} nats\n{n} of {len(code.kl)} active")
        title(axes, summaries[-1])
    panels[0].set_ylabel("KL, nats an image")
    text = "; ".join(summaries).replace("\n", ", ")
    return describe(drawing, f"The KL of each latent axis. {text}.")


def _plot_curve(axes: Axes, points: Sequence[RatePoint]) -> None:
    ordered = sorted(points, key=lambda point: (point.rate, -point.distortion))
    rates = [point.rate for point in ordered]
    errors = [point.distortion for point in ordered]
    axes.plot(rates, errors, color=DATA, marker="o", markersize=4)
    axes.set(xlim=(0, 1.05 * max(rates[-1], 1)), ylim=(0, 1.15 * max(errors)))
    axes.set(xlabel="rate: nats an image", ylabel="distortion: squared error")


def _plot_tangent(axes: Axes, point: RatePoint) -> None:
    error_per_nat = 2 * point.sigma**2
    inches = axes.bbox.size / axes.figure.dpi
    x_inches, y_inches = inches[0] / axes.get_xlim()[1], inches[1] / axes.get_ylim()[1]
    run = TANGENT_INCHES / hypot(x_inches, error_per_nat * y_inches)
    axes.plot(
        [point.rate - run, point.rate + run],
        [
            point.distortion + error_per_nat * run,
            point.distortion - error_per_nat * run,
        ],
        color=MODEL,
        linestyle="-",
    )
    axes.plot(point.rate, point.distortion, "D", color=MODEL, clip_on=False)
    text = f"tangent: error falls by\n$2\\sigma^2$ = {error_per_nat:.2g} a nat"
    corner = {"ha": "right", "va": "top", "transform": axes.transAxes}
    axes.text(0.99, 0.97, text, color=MODEL, **corner)


def _draw_images(axes: Axes, originals: Images, point: RatePoint) -> None:
    """Rows of originals above their reconstructions; samples in the last rows."""
    rows = [
        row
        for pair in zip(
            originals.split(N_COLUMNS),
            point.reconstructions.split(N_COLUMNS),
            strict=True,
        )
        for row in pair
    ]
    draw_mosaic(axes, mosaic(torch.cat((*rows, point.samples)), N_COLUMNS)[..., 0])
    n_sample_rows = len(point.samples) // N_COLUMNS
    names = ["original", "decoded"] * (len(rows) // 2) + ["sample"] * n_sample_rows
    row_height = originals.shape[-2] + 1
    axes.set_yticks([(i + 0.5) * row_height - 1 for i in range(len(names))], names)
    axes.tick_params(length=0)


def _plot_bars(axes: Axes, code: CodeStatistics) -> None:
    for rank, unit in enumerate(code.kl.argsort(descending=True).tolist(), start=1):
        active = active_units(code.mu[:, [unit]])
        look = {"color": DATA} if active else {"fc": "white", "ec": FAINT}
        hatch = None if active else "////"
        axes.bar(rank, float(code.kl[unit]), hatch=hatch, **look)
    axes.set_xticks([1, len(code.kl)])
    axes.grid(False, axis="x")
