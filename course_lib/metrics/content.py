"""Ask whether the thing stays itself: how far its colour wanders from frame to frame.

A pixel belongs to the shape where max(red, green, blue) > 25 on the scale 0..255; the
rest is background. The rule decides the figure, so it is fixed.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor

from course_lib.metrics.clip_sets import refuse_odd_clips
from course_lib.metrics.given import VIDEOS, detached, floats, pixels, shaped, takes
from course_lib.shapes import PerClip, Videos

SEEN = 25  # of 255: brighter pixels are shape

Mask = Bool[Tensor, "batch time height width"]
Seen = Bool[Tensor, "_ _"]  # (batch, time); others are refused in words


class ContentDistance(NamedTuple):
    """What stays and what moves, in one triple that is only read together.

    ``distance``: mean over clips of the mean distance between the mean colours of the
    shape in two frames, on 0..255; a black or frozen clip has 0. ``empty_share``: the
    share of frames without a shape. ``step``: mean over clips of the median way of the
    shape's centre between neighbouring frames, in pixels.
    """

    distance: float
    empty_share: float
    step: float


@takes(videos=detached(shaped(*VIDEOS, rule=pixels)))
def average_content_distance(videos: Videos) -> ContentDistance:
    """The content distance of coloured clips in [-1, 1], with what keeps it honest.

    Frames without a shape are left out of distance and step; a clip in which fewer than
    two frames are left has distance 0.

    Raises:
        ValueError: unless there is a clip of two frames or more in three colours,
            finite and in [-1, 1].

    Source: Tulyakov et al. 2018, section 4.2; the mask is the course's own.
    """
    if videos.shape[2] != 3 or videos.shape[1] < 2 or not len(videos):
        raise ValueError(
            "Content is compared between the frames of coloured clips: (batch, time of "
            f"2 or more, 3, height, width); got {tuple(videos.shape)}."
        )
    refuse_odd_clips(videos)
    pixels = (videos.double() + 1) * 127.5
    mask = pixels.amax(dim=2) > SEEN  # (batch, time, height, width)
    seen = mask.flatten(2).any(dim=2)  # (batch, time)
    inside = mask.unsqueeze(2)
    area = inside.sum(dim=(3, 4)).clamp(min=1)
    colours = (pixels * inside).sum(dim=(3, 4)) / area  # (batch, time, 3)
    apart = torch.cdist(colours, colours)  # (batch, time, time)
    pairs = (seen[:, :, None] & seen[:, None, :]).triu(diagonal=1)
    wander = (apart * pairs).sum(dim=(1, 2)) / pairs.sum(dim=(1, 2)).clamp(min=1)
    return ContentDistance(
        distance=wander.mean().item(),
        empty_share=(~seen).double().mean().item(),
        step=median_steps(mask, seen).mean().item(),
    )


def _marked(x: Any, name: str) -> Tensor:
    """Booleans: true where there is a number other than 0."""
    return floats(x, name) != 0


@takes(
    mask=shaped("batch", "time", "height", "width", rule=_marked),
    seen=shaped("batch", "time", rule=_marked),
)
def median_steps(mask: Mask, seen: Seen) -> PerClip:
    """How far the middle of the shape goes in a frame: each clip's median, in pixels.

    Steps to and from a frame without a shape are left out; 0 where none is left.

    Raises:
        ValueError: unless ``mask`` is (batch, time of 2 or more, height, width) and
            ``seen`` the first two of these.
    """
    if mask.shape[:2] != seen.shape or mask.shape[1] < 2:
        raise ValueError(
            "Steps lie between 2 frames or more, each seen or not; got masks of "
            f"{tuple(mask.shape)} and frames of {tuple(seen.shape)}."
        )
    area = mask.sum(dim=(2, 3)).clamp(min=1)
    x = torch.arange(mask.shape[3], device=mask.device).double()
    y = torch.arange(mask.shape[2], device=mask.device).double()
    across = (mask.sum(dim=2) * x).sum(dim=2) / area
    down = (mask.sum(dim=3) * y).sum(dim=2) / area
    steps = torch.stack((across, down), dim=2).diff(dim=1).norm(dim=2)
    both = seen[:, 1:] & seen[:, :-1]
    return steps.where(both, torch.nan).nanmedian(dim=1).values.nan_to_num(0.0)
