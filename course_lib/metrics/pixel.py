"""Compare pixel with pixel: how far a picture lies from the one that was to come.

Clips are (batch, time, channel, height, width), as tensors, arrays or nested lists:
``course_lib.metrics.given`` says what becomes of them. Bytes are compared with
bytes, in a ``data_range`` of 255; half precision is computed, and answered, in single.
"""

from collections.abc import Callable
from functools import wraps
from math import inf
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.given import VIDEOS, floats, plain, reach, shaped, takes

Clips = Float[Tensor, "_ _ _ _ _"]  # as Videos; unlike shapes are refused in words
PerFrame = Float[Tensor, "batch time"]

ROUNDING = 1e-3  # of a range: further beyond it, the range is another


@takes(predicted=shaped(*VIDEOS), target=shaped(*VIDEOS), one_scale=True)
def mse_per_frame(predicted: Clips, target: Clips) -> PerFrame:
    """Mean squared error of every frame, (batch, time), over its channels and pixels.

    In the units of the clips, squared. No mean over frames: an error that grows with
    time is not hidden. Single precision, or double if a clip has it or holds whole
    numbers.

    Raises:
        ValueError: if the clips differ in shape, hold a value that is not finite, or
            are no clips of numbers; if one holds whole numbers and the other floats.
    """
    refuse_unlike(predicted, target)
    return (predicted - target).square().mean(dim=(2, 3, 4))


def refuse_bytes_beyond(measure: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator of ``measure(predicted, target, *, data_range)``, for whole numbers.

    Bytes that lie close together differ by less than any range: what gives a wrong
    range away is how far apart the darkest and the brightest of them are, and that no
    two bytes are further apart than 255.
    """

    @wraps(measure)
    def checked(predicted: Any, target: Any, *, data_range: Any) -> Any:
        most = plain(data_range, "data_range")
        far = reach(predicted), reach(target)
        if None not in far:
            clips = [floats(x, "A clip") for x in (predicted, target)]
            ends = [end for x in clips if x.numel() for end in x.aminmax()]
            spread = max(map(float, ends)) - min(map(float, ends)) if ends else 0
            if 0 < most < spread or most > max(far):
                raise ValueError(
                    f"These clips hold whole numbers that lie up to {spread:g} apart, "
                    f"and can lie {max(far)} apart, so not in a data_range of {most}: "
                    "it is 255 for bytes. For another range, convert both to floats."
                )
        return measure(predicted, target, data_range=most)

    return checked


@refuse_bytes_beyond
@takes(predicted=shaped(*VIDEOS), target=shaped(*VIDEOS), one_scale=True)
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


@takes(predicted=floats, target=floats, one_scale=True)
def refuse_unlike(predicted: Tensor, target: Tensor) -> None:
    """Refuse clips that cannot be compared pixel by pixel, in words.

    Raises:
        ValueError: if they differ in shape, have no pixel, hold inf or nan, or are no
            clips of numbers.
    """
    if predicted.shape != target.shape or not predicted.numel():
        raise ValueError(
            f"Clips are compared pixel by pixel, so they need one shape and at least "
            f"one pixel; got {tuple(predicted.shape)} and {tuple(target.shape)}."
        )
    if not (predicted.isfinite().all() and target.isfinite().all()):
        raise ValueError("A clip holds inf or nan; no distance to it means anything.")


@takes(data_range=plain)
def refuse_range(data_range: float | int) -> None:
    """Refuse a range that is none.

    Raises:
        ValueError: unless it is one finite number above 0.
    """
    if not 0 < data_range < inf:
        raise ValueError(
            f"data_range is the distance from the darkest to the brightest pixel there "
            f"can be, so above 0 and finite; got {data_range}."
        )


@takes(predicted=floats, target=floats, data_range=plain, one_scale=True)
def refuse_narrow(predicted: Tensor, target: Tensor, data_range: float | int) -> None:
    """Refuse a range in which a difference that is there cannot be.

    Raises:
        ValueError: if two pixels at one place are further apart than ``data_range``.
    """
    most = (predicted - target).abs().max().item()
    if most > data_range * (1 + ROUNDING):
        raise ValueError(
            f"Two pixels are {most:g} apart, in a data_range of {data_range}: it is 2 "
            "for pixels in [-1, 1], 1 in [0, 1], 255 for bytes."
        )
