"""Predict without learning anything: what every table of predictors must show.

Each takes the frames seen, in [-1, 1], and how many to predict, 1 or more. Bytes are
refused with a ValueError, as is anything that is no clip of floats.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.clip_sets import ROUNDING
from course_lib.metrics.given import VIDEOS, floats, pixels, shaped, takes, whole
from course_lib.shapes import Videos

Future = Float[Tensor, "batch horizon channel height width"]
Frame = Float[Tensor, "channel height width"]
Baseline = Callable[[Videos, int], Tensor]


def _seen(x: Any, name: str) -> Videos:
    context = shaped(*VIDEOS, rule=pixels)(x, name)
    if not context.shape[1]:
        raise ValueError(f"{name} holds no frame: nothing was seen to go on from.")
    return context


def _horizon(x: Any, name: str) -> int:
    if whole(x, name) < 1:
        raise ValueError(f"{name} is a number of frames, 1 or more; got {x}.")
    return whole(x, name)


_predicts = takes(context=_seen, horizon=_horizon)


@_predicts
def black(context: Videos, horizon: int) -> Future:
    """Nothing at all: the plateau on which predictors get stuck."""
    return torch.full_like(_repeated(context[:, -1], horizon), -1.0)


@takes(context=_seen, horizon=_horizon, frame=floats)
def mean_frame(context: Videos, horizon: int, frame: Frame) -> Future:
    """The mean of all frames of the data, whatever was seen."""
    return _repeated(frame.to(context).expand_as(context[:, 0]), horizon)


@_predicts
def mean_of_inputs(context: Videos, horizon: int) -> Future:
    """The mean of the frames seen."""
    return _repeated(context.mean(dim=1), horizon)


@_predicts
def copy_last(context: Videos, horizon: int) -> Future:
    """The last frame, standing still."""
    return _repeated(context[:, -1], horizon)


@_predicts
def linear_extrapolation(context: Videos, horizon: int) -> Future:
    """Each pixel goes on as it changed between the last two frames, cut off at +-1.

    Raises:
        ValueError: if fewer than two frames were seen, or pixels beyond [-1, 1].
    """
    if context.shape[1] < 2:
        raise ValueError("A change needs two frames; the context has fewer.")
    if context.numel() and context.abs().max() > 1 + ROUNDING:
        raise ValueError(
            "What goes on is cut off at -1 and 1, and the context goes beyond. Bytes "
            "become x / 127.5 - 1."
        )
    change = (context[:, -1] - context[:, -2]).unsqueeze(1)
    steps = torch.arange(1, horizon + 1, device=context.device).view(1, -1, 1, 1, 1)
    return (context[:, -1:] + steps * change).clamp(-1, 1)


def trivial_rows(frame: Frame) -> Mapping[str, Baseline]:
    """The rows of a table that learnt nothing, or no more than this mean frame."""
    return {
        "black": black,
        "mean frame": partial(mean_frame, frame=frame),
        "copy the last": copy_last,
        "linear extrapolation": linear_extrapolation,
    }


def _repeated(frames: Tensor, horizon: int) -> Future:
    return frames.unsqueeze(1).expand(-1, horizon, -1, -1, -1)
