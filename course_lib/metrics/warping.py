"""Bring the next frame back along its motion: what flickers does not fit.

A pixel counts where it can be followed: its way and the way back cancel, up to
|way + back|^2 < 0.01 (|way|^2 + |back|^2) + 0.5, and its way ends inside the frame.
The others are hidden or unsure.

Source: Lai et al. 2018, section 4.2; the rule is that of Sundaram et al. 2010.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor

from course_lib.metrics.clip_sets import refuse_odd_clips
from course_lib.metrics.given import VIDEOS, floats, pixels, shaped, takes
from course_lib.metrics.optical_flow import Flow, Other, a_flow, fetch, pyramidal_flow
from course_lib.shapes import PerClip, Videos

WINDOW, DAMPING = 5, 1e-3  # of the flow
AT_ONCE = 16  # clips whose flows are held in memory

Mask = Bool[Tensor, "batch height width"]


class WarpingErrors(NamedTuple):
    """A number for each clip, in one triple that is only read together.

    ``error``: mean squared difference between a frame and the next one brought back,
    over the pixels that count, for pixels in [-1, 1]; a frozen clip has 0. ``hidden``:
    share of the pixels that do not count. ``way``: mean length of the flow over those
    that count, in pixels a frame.
    """

    error: PerClip
    hidden: PerClip
    way: PerClip


def _in_single(x: Any, name: str) -> Tensor:
    """Clips in [-1, 1], in single precision or double."""
    return floats(pixels(x, name), name)


@takes(videos=shaped(*VIDEOS, rule=_in_single))
@torch.no_grad()
def warping_errors(videos: Videos) -> WarpingErrors:
    """How badly each frame of a clip explains the one before it, motion taken out.

    Means over pairs of neighbouring frames. A pair of which no pixel can be followed
    has error 0 and is hidden altogether.

    Raises:
        ValueError: unless there is a clip of two frames or more, finite, in [-1, 1].
    """
    refuse_odd_clips(videos, frames=2)
    parts = [_of_part(part) for part in videos.split(AT_ONCE)]
    return WarpingErrors(*map(torch.cat, zip(*parts, strict=True)))


def _of_part(videos: Videos) -> WarpingErrors:
    before, after = videos[:, :-1].flatten(0, 1), videos[:, 1:].flatten(0, 1)
    way = pyramidal_flow(before, after, window=WINDOW, damping=DAMPING)
    back = pyramidal_flow(after, before, window=WINDOW, damping=DAMPING)
    seen = followed(way, back)
    apart = (fetch(after, way) - before).square().mean(dim=1)
    counted = seen.sum(dim=(1, 2)).clamp(min=1)
    pairs = (
        (apart * seen).sum(dim=(1, 2)) / counted,
        1 - seen.double().mean(dim=(1, 2)),
        (way.norm(dim=1) * seen).sum(dim=(1, 2)) / counted,
    )
    clips = (pair.unflatten(0, (len(videos), -1)).mean(dim=1) for pair in pairs)
    return WarpingErrors(*(clip.double() for clip in clips))


@takes(way=a_flow, back=a_flow)
def followed(way: Flow, back: Other) -> Mask:
    """Where a pixel's way and the way back cancel, and end inside the frame.

    Raises:
        ValueError: unless both are flows of one size, (batch, 2, height, width).
    """
    if way.shape != back.shape:
        raise ValueError(
            f"The way and the way back are flows of one size; got {tuple(way.shape)} "
            f"and {tuple(back.shape)}."
        )
    home = fetch(back, way)
    longest = way.square().sum(dim=1) + home.square().sum(dim=1)
    height, width = way.shape[2:]
    x = torch.arange(width, device=way.device) + way[:, 0]
    y = torch.arange(height, device=way.device)[:, None] + way[:, 1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return inside & ((way + home).square().sum(dim=1) < 0.01 * longest + 0.5)
