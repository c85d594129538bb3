"""Compare structure: do two pictures vary alike around every pixel?

Home: 2.9 The table, 5.1 Pixel against pixel.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d

from course_lib.evaluation.pixel import (
    Clips,
    PerFrame,
    refuse_narrow,
    refuse_range,
    refuse_unlike,
)

SIDE, SIGMA = 11, 1.5  # of the window, in pixels
K1, K2 = 0.01, 0.03

Window = Float[Tensor, "side"]


def gaussian_window(side: int, sigma: float) -> Window:
    """Weights of a Gaussian around the middle of ``side`` pixels; they sum to 1."""
    away = torch.arange(side, dtype=torch.float64) - (side - 1) / 2
    weights = torch.exp(-(away**2) / (2 * sigma**2))
    return weights / weights.sum()


def ssim(predicted: Clips, target: Clips, *, data_range: float | int) -> PerFrame:
    """Structural similarity of every frame, -1 to 1; 1 for equal frames.

    Means, variances and the covariance are taken in a Gaussian window of 11 x 11 pixels
    with sigma 1.5; only windows that lie wholly inside count, so no padding is judged.
    Mean over windows and channels. ``data_range`` as in ``psnr``.

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
    x, y = (clip.double().flatten(0, 2).unsqueeze(1) for clip in (predicted, target))
    moments = _blurred(torch.stack((x, y, x * x, y * y, x * y)).flatten(0, 1))
    mean_x, mean_y, square_x, square_y, product = moments.chunk(5)
    var_x, var_y = square_x - mean_x**2, square_y - mean_y**2
    covariance = product - mean_x * mean_y
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    like = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    apart = (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    frames = (like / apart).mean(dim=(1, 2, 3)).view(predicted.shape[:3])
    return frames.mean(dim=2).to(predicted.dtype)


def _blurred(pictures: Tensor) -> Tensor:
    window = gaussian_window(SIDE, SIGMA).to(pictures)
    rows = conv2d(pictures, window.view(1, 1, SIDE, 1))
    return conv2d(rows, window.view(1, 1, 1, SIDE))
