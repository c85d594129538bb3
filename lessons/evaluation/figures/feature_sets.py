"""Two feature sets in the plane, and four metrics that compare them."""

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

N_SAMPLES, N_NEIGHBOURS = 200, 3
MODE_DISTANCE = 3.0  # of the two modes of the real distribution
LIMITS = {"xlim": (-6.0, 10.0), "ylim": (-5.0, 5.0)}
ANGLES = torch.linspace(0, 2 * pi, 61, dtype=torch.float64)


@cache
def _random_numbers() -> tuple[Tensor, Tensor]:
    """Two sets of normal samples, and uniform numbers that choose their modes."""
    rng = torch.Generator().manual_seed(0)
    points = torch.randn(2, N_SAMPLES, 2, generator=rng, dtype=torch.float64)
    return points, torch.rand(2, N_SAMPLES, generator=rng, dtype=torch.float64)


@course_style
def two_feature_sets(
    shift: Number = 1.0, std: Number = 1.0, right_fraction: Number = 0.5
) -> Figure:
    """Real features with two modes, and fake features with other parameters.

    ``shift`` moves all fake samples to the right, ``std`` is the standard deviation of
    their modes (1 for real samples), and ``right_fraction`` is the fraction of them in
    the right mode (one half for real samples). Ellipses show the Gaussians that the
    Frechet distance compares, at two standard deviations.

    Raises:
        ValueError: if ``std`` is not positive or the fraction is not in [0, 1].
    """
    if not std > 0 or not 0 <= right_fraction <= 1:
        raise ValueError(
            "Fake samples need a std above 0 and a right_fraction in [0, 1]; got "
            f"{std} and {right_fraction}."
        )
    (real_noise, fake_noise), (real_choice, fake_choice) = _random_numbers()
    real = _two_modes(real_noise, real_choice, 0.5)
    fake = _two_modes(fake_noise * float(std), fake_choice, float(right_fraction))
    fake = fake + torch.tensor([float(shift), 0.0], dtype=torch.float64)
    frechet = format_number(frechet_distance(real, fake))
    kid = kernel_distance(real, fake)
    kernel = format_number(kid, 0 if kid >= 100 else 2)
    manifold = precision_recall(real, fake, k=N_NEIGHBOURS)
    precision, recall = map(format_number, manifold)
    drawing, (axes,) = figure(7, 4.6, Layout(0.45, 0.15, 0.5, 0.55))
    _draw_set(axes, real, DATA, "o", "real")
    _draw_set(axes, fake, MODEL, "x", "fake")
    axes.set(**LIMITS, xlabel="feature 1", ylabel="feature 2")
    axes.legend(loc="lower left", markerscale=1.6)
    text = f"Fréchet {frechet}, kernel {kernel}; precision {precision}, recall {recall}"
    title(axes, text)
    return describe(
        drawing,
        f"{N_SAMPLES} real samples with two modes and as many fake samples, shifted by "
        f"{shift:g}, with standard deviation {std:g}, {100 * right_fraction:.0f} % in "
        f"the right mode. {text}.",
    )


def _two_modes(noise: Tensor, choice: Tensor, right_fraction: float) -> Tensor:
    right = (choice < right_fraction).double()
    return noise + torch.stack((MODE_DISTANCE * right, 0 * right), dim=1)


def _draw_set(axes: Axes, points: Tensor, colour: str, marker: str, name: str) -> None:
    scatter(axes, points, colour=colour, marker=marker, size=14)
    axes.collections[-1].set_label(name)
    if marker == "x":
        axes.collections[-1].set_linewidths(0.9)
    values, axes_of_ellipse = torch.linalg.eigh(torch.cov(points.T))
    circle = torch.stack((ANGLES.cos(), ANGLES.sin()))
    deviations = axes_of_ellipse @ (values.sqrt()[:, None] * circle)
    ellipse = points.mean(dim=0)[:, None] + 2 * deviations
    linestyle = "-" if marker == "o" else "--"
    axes.plot(
        *ellipse, color=colour, linestyle=linestyle, linewidth=1.6, label="its Gaussian"
    )
