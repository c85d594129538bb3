"""Pixel-wise metrics of predicted clips: mean squared error and PSNR, frame by frame.

Clips are (batch, time, channel, height, width), as tensors, arrays or nested lists, as
described in ``course_lib.metrics.inputs``. Bytes are compared with bytes, with a
``data_range`` of 255. Half-precision inputs are computed and returned in float32.
"""

from collections.abc import Callable
from functools import wraps
from math import inf
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.inputs import (
    VIDEOS,
    as_floats,
    as_number,
    convert_arguments,
    integer_range,
    with_axes,
)

Clips = Float[Tensor, "_ _ _ _ _"]  # like Videos; sizes are checked with messages
PerFrame = Float[Tensor, "batch time"]

ROUNDING = 1e-3  # of the data range: larger excesses mean that the range is wrong


@convert_arguments(
    predicted=with_axes(*VIDEOS), target=with_axes(*VIDEOS), same_scale=True
)
def mse_per_frame(predicted: Clips, target: Clips) -> PerFrame:
    """Mean squared error of each frame over channels and pixels, shape (batch, time).

    In squared units of the clips. Frames are not averaged, so that an error that grows
    with time stays visible. The result is float32, or float64 if a clip has that
    precision or holds integers.

    Raises:
        ValueError: if the clips differ in shape, contain a value that is not finite, or
            are not clips of numbers; or if one holds integers and the other floats.
    """
    check_same_shape(predicted, target)
    return (predicted - target).square().mean(dim=(2, 3, 4))


def check_integer_range(metric: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator of ``metric(predicted, target, *, data_range)`` for integer inputs.

    Similar byte clips differ by less than any data range, so that a wrong range would
    go unnoticed. It is recognized by the difference between the smallest and the
    largest byte, and by the fact that no two bytes differ by more than 255.
    """

    @wraps(metric)
    def checking(predicted: Any, target: Any, *, data_range: Any) -> Any:
        value = as_number(data_range, "data_range")
        ranges = integer_range(predicted), integer_range(target)
        if None not in ranges:
            clips = [as_floats(x, "A clip") for x in (predicted, target)]
            bounds = [bound for x in clips if x.numel() for bound in x.aminmax()]
            span = max(map(float, bounds)) - min(map(float, bounds)) if bounds else 0
            if 0 < value < span or value > max(ranges):
                raise ValueError(
                    f"These clips hold integers that differ by up to {span:g}, and "
                    f"their type allows differences of {max(ranges)}, so data_range "
                    f"cannot be {value}. It is 255 for bytes. For another range, "
                    "convert both clips to floats."
                )
        return metric(predicted, target, data_range=value)

    return checking


@check_integer_range
@convert_arguments(
    predicted=with_axes(*VIDEOS), target=with_axes(*VIDEOS), same_scale=True
)
def psnr(predicted: Clips, target: Clips, *, data_range: float | int) -> PerFrame:
    """Peak signal-to-noise ratio of each frame, in decibels; higher is better.

    10 log10(data_range^2 / MSE), shape (batch, time). ``data_range`` is the largest
    possible difference of two pixels: 2 for pixels in [-1, 1], 1 for [0, 1], 255 for
    bytes; half the correct range lowers the result by 6.02 dB. Equal frames have an
    infinite ratio. The mean of the ratios differs from the ratio of the mean error.

    Raises:
        ValueError: if the range is not positive, if two pixels differ by more than it,
            or as ``mse_per_frame``. A range that is too wide cannot be detected.
    """
    check_data_range(data_range)
    errors = mse_per_frame(predicted, target)
    check_within_range(predicted, target, data_range)
    return 10 * torch.log10(data_range**2 / errors)


@convert_arguments(predicted=as_floats, target=as_floats, same_scale=True)
def check_same_shape(predicted: Tensor, target: Tensor) -> None:
    """Raise a ValueError unless two clips can be compared pixel by pixel.

    Raises:
        ValueError: if they differ in shape, have no pixels, contain inf or nan, or are
            not clips of numbers.
    """
    if predicted.shape != target.shape or not predicted.numel():
        raise ValueError(
            f"Clips are compared pixel by pixel, so they need one shape and at least "
            f"one pixel; got {tuple(predicted.shape)} and {tuple(target.shape)}."
        )
    if not (predicted.isfinite().all() and target.isfinite().all()):
        raise ValueError(
            "A clip contains inf or nan, so its error is not defined. Find the step "
            "that produced these values."
        )


@convert_arguments(data_range=as_number)
def check_data_range(data_range: float | int) -> None:
    """Raise a ValueError unless ``data_range`` is one finite number above 0."""
    if not 0 < data_range < inf:
        raise ValueError(
            "data_range is the largest possible difference of two pixels, so it must "
            f"be above 0 and finite; got {data_range}."
        )


@convert_arguments(
    predicted=as_floats, target=as_floats, data_range=as_number, same_scale=True
)
def check_within_range(
    predicted: Tensor, target: Tensor, data_range: float | int
) -> None:
    """Raise a ValueError if the clips differ at a pixel by more than ``data_range``."""
    largest = (predicted - target).abs().max().item()
    if largest > data_range * (1 + ROUNDING):
        raise ValueError(
            f"Two pixels are {largest:g} apart, which is more than the data_range of "
            f"{data_range}. It is 2 for pixels in [-1, 1], 1 in [0, 1] and 255 for "
            "bytes."
        )
