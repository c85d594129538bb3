"""Warping error: how well each frame is predicted by warping the next one back to it.

A pixel is used if its motion is reliable: forward and backward flow cancel, up to
|forward + backward|^2 < 0.01 (|forward|^2 + |backward|^2) + 0.5, and the forward flow
ends inside the frame. All other pixels count as occluded.

Source: Lai et al. 2018, section 4.2; the criterion is that of Sundaram et al. 2010.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor

from course_lib.metrics.clip_sets import check_clips
from course_lib.metrics.inputs import (
    VIDEOS,
    as_clips,
    as_floats,
    convert_arguments,
    with_axes,
)
from course_lib.metrics.optical_flow import (
    Flow,
    OtherFlow,
    as_flow,
    pyramidal_flow,
    warp_backward,
)
from course_lib.shapes import PerClip, Videos

WINDOW, DAMPING = 5, 1e-3  # of the optical flow
CHUNK_SIZE = 16  # clips whose flows are held in memory

Mask = Bool[Tensor, "batch height width"]


class WarpingErrors(NamedTuple):
    """The warping error of each clip, with two figures that reveal degenerate clips.

    Attributes:
        error: Mean squared difference between a frame and the next one warped back to
            it, over the pixels that are not occluded, for pixels in [-1, 1]. Frozen
            clips have 0.
        occluded_fraction: Fraction of occluded pixels, in [0, 1].
        flow_length: Mean length of the forward flow of the other pixels, in pixels a
            frame.
    """

    error: PerClip
    occluded_fraction: PerClip
    flow_length: PerClip


def _as_long_floats(x: Any, name: str) -> Tensor:
    """Clips in [-1, 1] in float32 or float64."""
    return as_floats(as_clips(x, name), name)


@convert_arguments(videos=with_axes(*VIDEOS, converter=_as_long_floats))
@torch.no_grad()
def warping_errors(videos: Videos) -> WarpingErrors:
    """The warping error of each clip: means over pairs of neighbouring frames.

    A pair whose pixels are all occluded has error 0.

    Raises:
        ValueError: unless there is at least one clip, with two or more frames, finite
            and in [-1, 1].
    """
    check_clips(videos, min_frames=2)
    chunks = [_chunk_errors(chunk) for chunk in videos.split(CHUNK_SIZE)]
    return WarpingErrors(*map(torch.cat, zip(*chunks, strict=True)))


def _chunk_errors(videos: Videos) -> WarpingErrors:
    before, after = videos[:, :-1].flatten(0, 1), videos[:, 1:].flatten(0, 1)
    forward = pyramidal_flow(before, after, window=WINDOW, damping=DAMPING)
    backward = pyramidal_flow(after, before, window=WINDOW, damping=DAMPING)
    mask = consistent_pixels(forward, backward)
    squared_error = (warp_backward(after, forward) - before).square().mean(dim=1)
    n_pixels = mask.sum(dim=(1, 2)).clamp(min=1)
    per_pair = (
        (squared_error * mask).sum(dim=(1, 2)) / n_pixels,
        1 - mask.double().mean(dim=(1, 2)),
        (forward.norm(dim=1) * mask).sum(dim=(1, 2)) / n_pixels,
    )
    per_clip = (pair.unflatten(0, (len(videos), -1)).mean(dim=1) for pair in per_pair)
    return WarpingErrors(*(values.double() for values in per_clip))


@convert_arguments(forward=as_flow, backward=as_flow)
def consistent_pixels(forward: Flow, backward: OtherFlow) -> Mask:
    """Pixels whose forward and backward flow cancel and whose motion stays inside.

    Raises:
        ValueError: unless both are flow fields of one size, (batch, 2, height, width).
    """
    if forward.shape != backward.shape:
        raise ValueError(
            "Forward and backward flow must have one size; got "
            f"{tuple(forward.shape)} and {tuple(backward.shape)}."
        )
    returned = warp_backward(backward, forward)
    squared_lengths = forward.square().sum(dim=1) + returned.square().sum(dim=1)
    height, width = forward.shape[2:]
    x = torch.arange(width, device=forward.device) + forward[:, 0]
    y = torch.arange(height, device=forward.device)[:, None] + forward[:, 1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    gap = (forward + returned).square().sum(dim=1)
    return inside & (gap < 0.01 * squared_lengths + 0.5)
