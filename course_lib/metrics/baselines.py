"""Baselines of video prediction that need no training.

Each takes context frames in [-1, 1], (batch, time, channel, height, width), and the
number of frames to predict, at least 1. Bytes, and all other inputs that are not clips
of floats, raise a ValueError.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.clip_sets import ROUNDING
from course_lib.metrics.inputs import (
    VIDEOS,
    as_clips,
    as_floats,
    as_integer,
    convert_arguments,
    with_axes,
)
from course_lib.shapes import Videos

Future = Float[Tensor, "batch horizon channel height width"]
Frame = Float[Tensor, "channel height width"]
Baseline = Callable[[Videos, int], Tensor]


def _as_context(x: Any, name: str) -> Videos:
    context = with_axes(*VIDEOS, converter=as_clips)(x, name)
    if not context.shape[1]:
        raise ValueError(f"{name} has no frame to predict from; use one or more.")
    return context


def _as_horizon(x: Any, name: str) -> int:
    if as_integer(x, name) < 1:
        raise ValueError(f"{name} is a number of frames, 1 or more; got {x}.")
    return as_integer(x, name)


_convert_inputs = convert_arguments(context=_as_context, horizon=_as_horizon)


@_convert_inputs
def black(context: Videos, horizon: int) -> Future:
    """Black frames: the local minimum at which predictors often get stuck."""
    return torch.full_like(_repeat(context[:, -1], horizon), -1.0)


@convert_arguments(context=_as_context, horizon=_as_horizon, frame=as_floats)
def mean_frame(context: Videos, horizon: int, frame: Frame) -> Future:
    """``frame``, the mean frame of the training data, whatever the context is."""
    return _repeat(frame.to(context).expand_as(context[:, 0]), horizon)


@_convert_inputs
def mean_of_inputs(context: Videos, horizon: int) -> Future:
    """The mean of the context frames, repeated."""
    return _repeat(context.mean(dim=1), horizon)


@_convert_inputs
def copy_last(context: Videos, horizon: int) -> Future:
    """The last context frame, repeated."""
    return _repeat(context[:, -1], horizon)


@_convert_inputs
def linear_extrapolation(context: Videos, horizon: int) -> Future:
    """Each pixel continues its change between the last two frames, clipped to [-1, 1].

    Raises:
        ValueError: if there are fewer than two context frames, or pixels beyond
            [-1, 1].
    """
    if context.shape[1] < 2:
        raise ValueError(
            f"Linear extrapolation needs two frames of context; got {context.shape[1]}."
        )
    if context.numel() and context.abs().max() > 1 + ROUNDING:
        raise ValueError(
            "The prediction is clipped to [-1, 1], but the context has pixels beyond "
            "that range. Convert bytes with x / 127.5 - 1."
        )
    change = (context[:, -1] - context[:, -2]).unsqueeze(1)
    steps = torch.arange(1, horizon + 1, device=context.device).view(1, -1, 1, 1, 1)
    return (context[:, -1:] + steps * change).clamp(-1, 1)


def trivial_rows(frame: Frame) -> Mapping[str, Baseline]:
    """The baselines of every table of predictors, by the names of their rows.

    ``frame`` is the mean frame of the training data, (channel, height, width).
    """
    return {
        "black": black,
        "mean frame": partial(mean_frame, frame=frame),
        "copy the last": copy_last,
        "linear extrapolation": linear_extrapolation,
    }


def _repeat(frames: Tensor, horizon: int) -> Future:
    return frames.unsqueeze(1).expand(-1, horizon, -1, -1, -1)
