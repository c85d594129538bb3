"""Compare pixel with pixel: how far a picture lies from the one that was to come."""

import torch
from jaxtyping import Float
from torch import Tensor

Clips = Float[Tensor, "_ _ _ _ _"]  # as Videos; unlike shapes are refused in words
PerFrame = Float[Tensor, "batch time"]

ROUNDING = 1e-3  # of a range: further beyond it, the range is another


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
        ValueError: if the range is not positive, if two pixels are further apart than
            it allows, or as ``mse_per_frame`` does. One that is too wide shows nowhere.
    """
    refuse_range(data_range)
    errors = mse_per_frame(predicted, target)
    refuse_narrow(predicted, target, data_range)
    return 10 * torch.log10(data_range**2 / errors)


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


def refuse_narrow(predicted: Tensor, target: Tensor, data_range: float | int) -> None:
    """Refuse a range in which a difference that is there cannot be."""
    most = (predicted - target).abs().max().item()
    if most > data_range * (1 + ROUNDING):
        raise ValueError(
            f"Two pixels are {most:g} apart, in a data_range of {data_range}: it is 2 "
            "for pixels in [-1, 1], 1 in [0, 1], 255 for bytes."
        )
