"""Compare structure: do two pictures vary alike around every pixel?"""

from collections.abc import Callable
from functools import cache, wraps
from math import inf

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from course_lib.metrics.given import VIDEOS, plain, shaped, takes, whole
from course_lib.metrics.pixel import (
    Clips,
    PerFrame,
    refuse_bytes_beyond,
    refuse_narrow,
    refuse_range,
    refuse_unlike,
)
from course_lib.shapes import Images

SIDE, SIGMA = 11, 1.5  # of the window, in pixels
K1, K2 = 0.01, 0.03
AT_ONCE = 32  # frames: what lies between pictures and values stays in the cache

Window = Float[Tensor, "side"]


def _a_window(window: Callable[[int, float], Window]) -> Callable[..., Window]:
    """A decorator: refuse a window without pixels or without a width."""

    @wraps(window)
    def checked(side: int, sigma: float | int) -> Window:
        if side < 1 or not 0 < sigma < inf:
            raise ValueError(
                f"A window has a side of 1 pixel or more and a width above 0; got "
                f"{side} and {sigma}."
            )
        return window(side, float(sigma))

    return checked


@takes(side=whole, sigma=plain)
@_a_window
def gaussian_window(side: int, sigma: float) -> Window:
    """Weights of a Gaussian around the middle of ``side`` pixels; they sum to 1."""
    away = torch.arange(side, dtype=torch.float64) - (side - 1) / 2
    weights = torch.exp(-(away**2) / (2 * sigma**2))
    return weights / weights.sum()


@refuse_bytes_beyond
@takes(predicted=shaped(*VIDEOS), target=shaped(*VIDEOS), one_scale=True)
def ssim(predicted: Clips, target: Clips, *, data_range: float | int) -> PerFrame:
    """Structural similarity of every frame, (batch, time), -1 to 1; 1 if equal.

    Means, variances and the covariance are taken in a Gaussian window of 11 x 11 pixels
    with sigma 1.5; only windows that lie wholly inside count, so no padding is judged.
    Mean over windows and channels. ``data_range`` as in ``psnr``: 2 in [-1, 1], 1 in
    [0, 1], 255 for bytes. Single precision, or double if a clip has it or holds whole
    numbers.

    Raises:
        ValueError: if frames are smaller than a window, or as ``psnr`` does.

    Source: Wang et al. 2004, equation 13.
    """
    refuse_range(data_range)
    refuse_unlike(predicted, target)
    refuse_narrow(predicted, target, data_range)
    if min(predicted.shape[3:]) < SIDE:
        raise ValueError(
            f"SSIM looks through a window of {SIDE} x {SIDE} pixels; frames of "
            f"{predicted.shape[3]} x {predicted.shape[4]} are smaller."
        )
    parts = (videos.flatten(0, 1).split(AT_ONCE) for videos in (predicted, target))
    values = [_similarity(*pair, data_range) for pair in zip(*parts, strict=True)]
    return torch.cat(values).view(predicted.shape[:2])


def _similarity(x: Images, y: Images, data_range: float | int) -> Tensor:
    down, across = (_windows(side).to(x) for side in x.shape[2:])

    def mean(pixels: Tensor) -> Tensor:
        return down @ pixels @ across.T

    mean_x, mean_y = mean(x), mean(y)
    product, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    like = (2 * product + c1) * (2 * (mean(x * y) - product) + c2)
    apart = (squares + c1) * (mean(x * x + y * y) - squares + c2)
    return (like / apart).mean(dim=(1, 2, 3))


@cache
def _windows(n: int) -> Float[Tensor, "window pixel"]:
    """All places of the window on a row of n pixels: a product is a sliding mean.

    For pictures of this size it is several times faster than a convolution.
    """
    window = gaussian_window(SIDE, SIGMA)
    return torch.stack([pad(window, (i, n - SIDE - i)) for i in range(n - SIDE + 1)])
