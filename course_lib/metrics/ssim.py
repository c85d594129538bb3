"""Structural similarity (SSIM) of predicted clips, frame by frame."""

from collections.abc import Callable
from functools import cache, wraps
from math import inf

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from course_lib.metrics.inputs import (
    VIDEOS,
    as_integer,
    as_number,
    convert_arguments,
    with_axes,
)
from course_lib.metrics.pixel import (
    Clips,
    PerFrame,
    check_data_range,
    check_integer_range,
    check_same_shape,
    check_within_range,
)
from course_lib.shapes import Images

SIDE, SIGMA = 11, 1.5  # of the Gaussian window, in pixels
K1, K2 = 0.01, 0.03
CHUNK_SIZE = 32  # frames computed at once, so that intermediate results fit the cache

Window = Float[Tensor, "side"]


def _check_window(window: Callable[[int, float], Window]) -> Callable[..., Window]:
    """A decorator that raises a ValueError for side < 1 or sigma <= 0."""

    @wraps(window)
    def checking(side: int, sigma: float | int) -> Window:
        if side < 1 or not 0 < sigma < inf:
            raise ValueError(
                f"A Gaussian window needs a side of 1 pixel or more and a sigma above "
                f"0; got side {side} and sigma {sigma}."
            )
        return window(side, float(sigma))

    return checking


@convert_arguments(side=as_integer, sigma=as_number)
@_check_window
def gaussian_window(side: int, sigma: float) -> Window:
    """Weights of a centred Gaussian on ``side`` pixels, float64, with sum 1."""
    offsets = torch.arange(side, dtype=torch.float64) - (side - 1) / 2
    weights = torch.exp(-(offsets**2) / (2 * sigma**2))
    return weights / weights.sum()


@check_integer_range
@convert_arguments(
    predicted=with_axes(*VIDEOS), target=with_axes(*VIDEOS), same_scale=True
)
def ssim(predicted: Clips, target: Clips, *, data_range: float | int) -> PerFrame:
    """Structural similarity of each frame, (batch, time), in [-1, 1]; 1 if equal.

    Means, variances and the covariance are computed in a Gaussian window of 11 x 11
    pixels with sigma 1.5. Only windows that lie wholly inside the frame are used, so
    that padding has no influence. The result is the mean over windows and channels.
    ``data_range`` is that of ``psnr``: 2 for pixels in [-1, 1], 1 for [0, 1], 255 for
    bytes. The result is float32, or float64 if a clip has that precision or holds
    integers.

    Raises:
        ValueError: if frames are smaller than the window, or as ``psnr``.

    Source: Wang et al. 2004, equation 13.
    """
    check_data_range(data_range)
    check_same_shape(predicted, target)
    check_within_range(predicted, target, data_range)
    if min(predicted.shape[3:]) < SIDE:
        raise ValueError(
            f"SSIM needs frames of at least {SIDE} x {SIDE} pixels, the size of its "
            f"window; frames of {predicted.shape[3]} x {predicted.shape[4]} are "
            "smaller."
        )
    chunks = (videos.flatten(0, 1).split(CHUNK_SIZE) for videos in (predicted, target))
    values = [_frame_ssim(*pair, data_range) for pair in zip(*chunks, strict=True)]
    return torch.cat(values).view(predicted.shape[:2])


def _frame_ssim(x: Images, y: Images, data_range: float | int) -> Tensor:
    rows, columns = (_sliding_windows(side).to(x) for side in x.shape[2:])

    def window_mean(pixels: Tensor) -> Tensor:
        return rows @ pixels @ columns.T

    mean_x, mean_y = window_mean(x), window_mean(y)
    product, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    numerator = (2 * product + c1) * (2 * (window_mean(x * y) - product) + c2)
    denominator = (squares + c1) * (window_mean(x * x + y * y) - squares + c2)
    return (numerator / denominator).mean(dim=(1, 2, 3))


@cache
def _sliding_windows(n: int) -> Float[Tensor, "window pixel"]:
    """All positions of the window on a row of n pixels, one a row of the matrix.

    A product with this matrix is a sliding mean. For frames of this size it is several
    times faster than a convolution.
    """
    window = gaussian_window(SIDE, SIGMA)
    return torch.stack([pad(window, (i, n - SIDE - i)) for i in range(n - SIDE + 1)])
