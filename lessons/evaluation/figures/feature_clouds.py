"""Move one cloud of features beside another, and see what four scores notice."""

from functools import cache
from math import pi

import torch
from torch import Tensor

from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.kernel_distance import kernel_distance
from course_lib.metrics.manifold import precision_recall
from course_lib.plotting import (
    DATA,
    MODEL,
    Axes,
    Figure,
    Layout,
    Number,
    course_style,
    describe,
    figure,
    format_number,
    scatter,
    title,
)

SAMPLES, NEAR = 200, 3
APART = 3.0  # between the two hills of the real cloud
LIMITS = {"xlim": (-6.0, 10.0), "ylim": (-5.0, 5.0)}
TURN = torch.linspace(0, 2 * pi, 61, dtype=torch.float64)


@cache
def _dice() -> tuple[Tensor, Tensor]:
    """Two clouds around 0, and on which hill each sample would stand: 0 to 1."""
    rng = torch.Generator().manual_seed(0)
    points = torch.randn(2, SAMPLES, 2, generator=rng, dtype=torch.float64)
    return points, torch.rand(2, SAMPLES, generator=rng, dtype=torch.float64)


@course_style
def two_clouds(shift: Number = 1.0, width: Number = 1.0, share: Number = 0.5) -> Figure:
    """Real features in two hills, and fakes that are moved, spread, or of one hill.

    ``shift`` moves all fakes to the right, ``width`` is the spread of a hill, 1 for the
    real ones, and ``share`` of the fakes stand on the right one, half of the real ones.
    Ellipses are the Gaussians that the Frechet distance compares, at two widths.

    Raises:
        ValueError: if the width is not positive or the share no share.
    """
    if not width > 0 or not 0 <= share <= 1:
        raise ValueError(
            f"A hill has a width above 0 and a share from 0 to 1; got {width=}, "
            f"{share=}."
        )
    (points, others), (heights, other_heights) = _dice()
    real = _hills(points, heights, 0.5)
    fake = _hills(others * float(width), other_heights, float(share))
    fake = fake + torch.tensor([float(shift), 0.0], dtype=torch.float64)
    frechet = format_number(frechet_distance(real, fake))
    apart = kernel_distance(real, fake)
    kernel = format_number(apart, 0 if apart >= 100 else 2)
    found = precision_recall(real, fake, k=NEAR)
    precision, recall = map(format_number, found)
    drawing, (axes,) = figure(7, 4.6, Layout(0.45, 0.15, 0.5, 0.55))
    _cloud(axes, real, DATA, "o", "real")
    _cloud(axes, fake, MODEL, "x", "fake")
    axes.set(**LIMITS, xlabel="feature 1", ylabel="feature 2")
    axes.legend(loc="lower left", markerscale=1.6)
    words = (
        f"Fréchet {frechet}, kernel {kernel}; precision {precision}, recall {recall}"
    )
    title(axes, words)
    return describe(
        drawing,
        f"{SAMPLES} real features in two hills and as many fakes, shifted by "
        f"{shift:g}, {width:g} wide, {100 * share:.0f} % on the right hill. {words}.",
    )


def _hills(points: Tensor, heights: Tensor, share: float) -> Tensor:
    right = (heights < share).double()
    return points + torch.stack((APART * right, 0 * right), dim=1)


def _cloud(axes: Axes, points: Tensor, colour: str, marker: str, name: str) -> None:
    scatter(axes, points, colour=colour, marker=marker, size=14)
    axes.collections[-1].set_label(name)
    if marker == "x":
        axes.collections[-1].set_linewidths(0.9)
    values, ways = torch.linalg.eigh(torch.cov(points.T))
    circle = torch.stack((TURN.cos(), TURN.sin()))
    ellipse = points.mean(dim=0)[:, None] + 2 * ways @ (values.sqrt()[:, None] * circle)
    dash = "-" if marker == "o" else "--"
    axes.plot(
        *ellipse, color=colour, linestyle=dash, linewidth=1.6, label="its Gaussian"
    )
