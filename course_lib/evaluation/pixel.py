"""Compare pixel with pixel: how far a picture lies from the one that was to come.

Home: 2.9 The table, 5.1 Pixel against pixel.
"""

import torch
from jaxtyping import Float
from torch import Tensor

Clips = Float[Tensor, "_ _ _ _ _"]  # as Videos; unlike shapes are refused in words
PerFrame = Float[Tensor, "batch time"]


def mse_per_frame(predicted: Clips, target: Clips) -> PerFrame:
    """Mean squared error of every frame, over its channels and pixels.

    In the units of the clips, squared. No mean over frames: an error that grows with
    time is not hidden.

    Raises:
        ValueError: if the clips differ in shape, or hold a value that is not finite.
    """
    refuse_unlike(predicted, target)
    return (predicted - target).square().mean(dim=(2, 3, 4))


def psnr(predicted: Clips, target: Clips, *, data_range: float | int) -> PerFrame:
    """Peak signal-to-noise ratio of every frame, in decibels; higher is better.

    ``data_range`` is the largest difference that pixels can have: 2 in [-1, 1], 1 in
    [0, 1]; half the truth costs 6.02 dB. Equal frames have infinitely many. The mean of
    these is not the ratio of the mean error: the two differ by decibels.

    Raises:
        ValueError: if the range is not positive, or as ``mse_per_frame`` does.
    """
    refuse_range(data_range)
    return 10 * torch.log10(data_range**2 / mse_per_frame(predicted, target))


def refuse_unlike(predicted: Tensor, target: Tensor) -> None:
    """Refuse clips that cannot be compared pixel by pixel, in words."""
    if predicted.shape != target.shape or not predicted.numel():
        raise ValueError(
            f"Clips are compared pixel by pixel, so they need one shape and at least "
            f"one pixel; got {tuple(predicted.shape)} and {tuple(target.shape)}."
        )
    if not (predicted.isfinite().all() and target.isfinite().all()):
        raise ValueError("A clip holds inf or nan; no distance to it means anything.")


def refuse_range(data_range: float | int) -> None:
    """Refuse a range that is none."""
    if not data_range > 0:
        raise ValueError(
            f"data_range is the distance from the darkest to the brightest pixel there "
            f"can be, so above 0; got {data_range}."
        )
