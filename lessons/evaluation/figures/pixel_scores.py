"""MSE, PSNR and SSIM of an image under three distortions."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d, pad

from course_lib.metrics.pixel import mse_per_frame, psnr
from course_lib.metrics.ssim import gaussian_window, ssim
from course_lib.plotting import (
    ACCENT,
    DATA,
    INK,
    MODEL,
    Figure,
    Layout,
    course_style,
    describe,
    draw_mosaic,
    figure,
    format_number,
    label_lines,
    mosaic,
    title,
)

Image = Float[Tensor, "channel height width"]

MAX_STRENGTH = 6
DATA_RANGE = 2  # of pixels in [-1, 1]


def add_noise(image: Image, strength: int) -> Image:
    """Gaussian noise of std 0.06 * ``strength``, the same draw for all strengths."""
    rng = torch.Generator().manual_seed(0)
    noise = torch.randn(image.shape, generator=rng).to(image)
    return (image + 0.06 * strength * noise).clamp(-1, 1)


def blur(image: Image, strength: int) -> Image:
    """A Gaussian blur of sigma ``strength`` / 2 pixels; borders are continued."""
    side = 4 * strength + 3
    window = gaussian_window(side, strength / 2).to(image)
    padded = pad(image[:, None], (side // 2,) * 4, mode="replicate")
    rows = conv2d(padded, window.view(1, 1, side, 1))
    return conv2d(rows, window.view(1, 1, 1, side))[:, 0]


def shift(image: Image, strength: int) -> Image:
    """A cyclic shift to the right by ``strength`` pixels."""
    return image.roll(strength, dims=2)


DISTORTIONS: Mapping[str, Callable[[Tensor, int], Tensor]] = {
    "noise": add_noise,
    "blur": blur,
    "shift": shift,
}
COLOURS = dict(zip(DISTORTIONS, (DATA, MODEL, ACCENT), strict=True))
LINESTYLES = dict(zip(DISTORTIONS, ("-", "--", ":"), strict=True))


class Scores(NamedTuple):
    """MSE of pixels in [-1, 1], PSNR in dB, and SSIM of a distorted image."""

    mse: float
    psnr: float
    ssim: float


TITLES = (("MSE", 3), ("PSNR, dB", 1), ("SSIM", 2))


@course_style
def distortion_scores(
    image: Image, distortion: str = "noise", strength: int = 3
) -> Figure:
    """An image, its distorted version and the error; below, MSE, PSNR and SSIM.

    ``image`` is (channel, height, width) in [-1, 1], with sides of 11 pixels or more.
    The curves show all distortions at strengths from 1 to 6; a step is 0.06 of noise
    std, half a pixel of blur sigma, or one pixel of shift. Dots mark the chosen one.

    Raises:
        ValueError: for an unknown distortion, or a strength outside 1 to 6.
    """
    if distortion not in DISTORTIONS or not 1 <= strength <= MAX_STRENGTH:
        raise ValueError(
            f'There is no distortion "{distortion}" of strength {strength}. Choose '
            f"from {', '.join(DISTORTIONS)} and from 1 to {MAX_STRENGTH}."
        )
    distorted = DISTORTIONS[distortion](image, strength)
    steps = range(1, MAX_STRENGTH + 1)
    curves = {
        name: [_scores(distort(image, step), image) for step in steps]
        for name, distort in DISTORTIONS.items()
    }
    layout = Layout(
        0.5, 0.55, 0.45, 0.35, 0.55, 0.5, (1, 1, 1), height_ratios=(1.35, 1)
    )
    drawing, panels = figure(7, 4.6, layout)
    error = (distorted - image) / 2
    chosen = curves[distortion][strength - 1]
    heads = ("original", f"{distortion}, strength {strength}", "error: grey is 0")
    images = (image, distorted, error)
    for axes, one, head in zip(panels, images, heads, strict=False):
        draw_mosaic(axes, mosaic(one[None], 1))
        title(axes, head)
    for i, (axes, (name, digits)) in enumerate(zip(panels[3:], TITLES, strict=True)):
        for kind, scores in curves.items():
            style = {"color": COLOURS[kind], "linestyle": LINESTYLES[kind]}
            axes.plot(steps, [score[i] for score in scores], label=kind, **style)
        dot = {"color": INK, "marker": "o", "markersize": 5, "linestyle": "none"}
        axes.plot([strength], [chosen[i]], label="_chosen", **dot)
        axes.set(xlim=(1, MAX_STRENGTH), xticks=steps)
        title(axes, f"{name}: {format_number(chosen[i], digits)}")
    panels[4].set_xlabel("strength")
    label_lines(panels[5])
    return describe(
        drawing,
        f"An image, the same with {distortion} of strength {strength}, and the error. "
        f"MSE {format_number(chosen.mse, 3)}, PSNR {format_number(chosen.psnr, 1)} dB, "
        f"SSIM {format_number(chosen.ssim)}; below, all three over the strength of "
        "each distortion.",
    )


def _scores(distorted: Image, image: Image) -> Scores:
    one, other = distorted[None, None], image[None, None]
    return Scores(
        mse_per_frame(one, other).item(),
        psnr(one, other, data_range=DATA_RANGE).item(),
        ssim(one, other, data_range=DATA_RANGE).item(),
    )
