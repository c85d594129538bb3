"""Average content distance: how much the colour of a shape changes within a clip.

A pixel belongs to the shape if max(red, green, blue) > 25 on the scale 0 to 255; all
other pixels are background. The values depend on this mask, so it is fixed.
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
    detach,
    with_axes,
)
from course_lib.shapes import PerClip, Videos

SHAPE_THRESHOLD = 25  # of 255: brighter pixels belong to the shape

Mask = Bool[Tensor, "batch time height width"]
HasShape = Bool[Tensor, "_ _"]  # (batch, time); sizes are checked with messages


class ContentDistance(NamedTuple):
    """The content distance of clips with two figures that reveal degenerate clips.

    Attributes:
        distance: Mean over clips of the mean distance between the mean colours of the
            shape in two frames, on the colour scale 0 to 255. Black and frozen clips
            have 0.
        empty_fraction: Fraction of frames without a shape, in [0, 1].
        step: Mean over clips of the median displacement of the shape's centre between
            neighbouring frames, in pixels.
    """

    distance: float
    empty_fraction: float
    step: float


@convert_arguments(videos=detach(with_axes(*VIDEOS, converter=as_clips)))
def average_content_distance(videos: Videos) -> ContentDistance:
    """The average content distance of colour clips in [-1, 1].

    Frames without a shape are excluded from distance and step. A clip with fewer than
    two frames that show a shape has distance 0.

    Raises:
        ValueError: unless there is at least one clip, with two or more frames and three
            colour channels, finite and in [-1, 1].

    Source: Tulyakov et al. 2018, section 4.2; the mask is the course's own.
    """
    if videos.shape[2] != 3 or videos.shape[1] < 2 or not len(videos):
        raise ValueError(
            "The content distance compares frames of coloured clips, so it needs the "
            "shape (batch, 2 frames or more, 3, height, width); got "
            f"{tuple(videos.shape)}."
        )
    check_clips(videos)
    pixels = (videos.double() + 1) * 127.5
    mask = pixels.amax(dim=2) > SHAPE_THRESHOLD  # (batch, time, height, width)
    has_shape = mask.flatten(2).any(dim=2)  # (batch, time)
    inside = mask.unsqueeze(2)
    area = inside.sum(dim=(3, 4)).clamp(min=1)
    colours = (pixels * inside).sum(dim=(3, 4)) / area  # (batch, time, 3)
    distances = torch.cdist(colours, colours)  # (batch, time, time)
    pairs = (has_shape[:, :, None] & has_shape[:, None, :]).triu(diagonal=1)
    n_pairs = pairs.sum(dim=(1, 2)).clamp(min=1)
    clip_distances = (distances * pairs).sum(dim=(1, 2)) / n_pairs
    return ContentDistance(
        distance=clip_distances.mean().item(),
        empty_fraction=(~has_shape).double().mean().item(),
        step=median_steps(mask, has_shape).mean().item(),
    )


def _as_booleans(x: Any, name: str) -> Tensor:
    """Booleans that are true where the number is not 0."""
    return as_floats(x, name) != 0


@convert_arguments(
    mask=with_axes("batch", "time", "height", "width", converter=_as_booleans),
    has_shape=with_axes("batch", "time", converter=_as_booleans),
)
def median_steps(mask: Mask, has_shape: HasShape) -> PerClip:
    """Median displacement of the shape's centre in each clip, in pixels a frame.

    ``mask`` marks the pixels of the shape, ``has_shape`` the frames that show one.
    Steps from or to a frame without a shape are excluded; 0 if no step remains.

    Raises:
        ValueError: unless ``mask`` is (batch, 2 frames or more, height, width) and
            ``has_shape`` has its first two axes.
    """
    if mask.shape[:2] != has_shape.shape or mask.shape[1] < 2:
        raise ValueError(
            "median_steps needs masks of 2 frames or more, and for each frame whether "
            f"it has a shape; got masks of shape {tuple(mask.shape)} and has_shape of "
            f"shape {tuple(has_shape.shape)}."
        )
    area = mask.sum(dim=(2, 3)).clamp(min=1)
    x = torch.arange(mask.shape[3], device=mask.device).double()
    y = torch.arange(mask.shape[2], device=mask.device).double()
    centre_x = (mask.sum(dim=2) * x).sum(dim=2) / area
    centre_y = (mask.sum(dim=3) * y).sum(dim=2) / area
    steps = torch.stack((centre_x, centre_y), dim=2).diff(dim=1).norm(dim=2)
    both = has_shape[:, 1:] & has_shape[:, :-1]
    return steps.where(both, torch.nan).nanmedian(dim=1).values.nan_to_num(0.0)
