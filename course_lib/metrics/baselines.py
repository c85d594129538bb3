"""Predict without learning anything: what every table of predictors must show.

Each takes the frames seen, in [-1, 1], and how many to predict.
"""

from collections.abc import Callable, Mapping
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Videos

Future = Float[Tensor, "batch horizon channel height width"]
Frame = Float[Tensor, "channel height width"]
Baseline = Callable[[Videos, int], Tensor]


def black(context: Videos, horizon: int) -> Future:
    """Nothing at all: the plateau on which predictors get stuck."""
    return torch.full_like(_repeated(context[:, -1], horizon), -1.0)


def mean_frame(context: Videos, horizon: int, frame: Frame) -> Future:
    """The mean of all frames of the data, whatever was seen."""
    return _repeated(frame.to(context).expand_as(context[:, 0]), horizon)


def mean_of_inputs(context: Videos, horizon: int) -> Future:
    """The mean of the frames seen."""
    return _repeated(context.mean(dim=1), horizon)


def copy_last(context: Videos, horizon: int) -> Future:
    """The last frame, standing still."""
    return _repeated(context[:, -1], horizon)


def linear_extrapolation(context: Videos, horizon: int) -> Future:
    """Each pixel goes on as it changed between the last two frames, cut off at +-1.

    Raises:
        ValueError: if fewer than two frames were seen.
    """
    if context.shape[1] < 2:
        raise ValueError("A change needs two frames; the context has fewer.")
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
