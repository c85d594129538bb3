"""Validation of sets of clips: shape, number, finite values, range [-1, 1].

A bright clip in [-1, 1] and a clip in [0, 1] may hold the same numbers, since neither
has a value below 0. They can be distinguished by how bytes are converted to floats. In
[-1, 1] a byte b is b / 127.5 - 1, an odd multiple of 1/255; in [0, 1] it is b / 255,
any multiple of 1/255. Therefore clips on multiples of 1/255, some of them even, lie in
[0, 1]; clips on odd multiples alone lie in [-1, 1]. If values lie between the
multiples, a set that spans all of [0, 1] is taken to lie in [0, 1]; for any other set
the range is ambiguous.
"""

import sys
import warnings
from types import FrameType

import torch
from torch import Tensor

from course_lib.metrics.inputs import as_tensor, convert_arguments

ROUNDING = 1e-3  # values up to this far beyond -1 and 1 count as rounding errors
EDGE = 1 / 510  # half a byte: no byte in [-1, 1] is as close to 0
MULTIPLE_TOLERANCE = 0.1  # of 1/255: the rounding error of a byte in half precision
LIBRARY_MODULES = ("course_lib.", "torch.", "jaxtyping")  # skipped by the warning
MIN_LEVELS = 8  # fewer levels of brightness may be a drawing in a few grey values


@convert_arguments(videos=as_tensor)
def check_clips(videos: Tensor, *, min_clips: int = 1, min_frames: int = 1) -> None:
    """Raise a ValueError if a metric of clips would be meaningless for these clips.

    Clips without negative values are refused if they are bytes in [0, 1] for certain,
    or if they are a set of several clips that spans [0, 1]. Otherwise they are
    accepted: silently if they are bytes in [-1, 1] for certain or a single clip, and
    with a warning if they may lie in [0, 1].

    Raises:
        ValueError: unless there are at least ``min_clips`` clips of at least
            ``min_frames`` frames with pixels, all of them finite floats in [-1, 1].

    Warns:
        UserWarning: if the range is ambiguous.
    """
    if videos.ndim != 5 or not videos.numel() or len(videos) < min_clips:
        raise ValueError(
            f"A set of {min_clips} clips or more is needed, with the axes (batch, "
            f"time, channel, height, width); got shape {tuple(videos.shape)}."
        )
    if videos.shape[1] < min_frames:
        raise ValueError(
            f"Clips of {min_frames} frames or more are needed, but these have "
            f"{videos.shape[1]}. Cut longer clips."
        )
    if not videos.isfinite().all():
        raise ValueError(
            "The clips contain inf or nan, so no metric of them is defined. Find the "
            "step that produced these values."
        )
    low, high = (bound.item() for bound in videos.aminmax())
    wrong_range = (
        f"Clips must be floats that lie in [-1, 1], but these ({videos.dtype}) range "
        f"from {low:g} to {high:g}. Convert bytes with x / 127.5 - 1, and pixels in "
        "[0, 1] with 2 * x - 1."
    )
    if not videos.is_floating_point() or low < -1 - ROUNDING or high > 1 + ROUNDING:
        raise ValueError(wrong_range)
    if low < 0:
        return
    even, odd = _count_levels(videos)
    if even and even + odd >= MIN_LEVELS:
        raise ValueError(wrong_range)
    if (odd and not even) or len(videos) == 1:
        return
    if low < EDGE and high > 1 - EDGE:
        raise ValueError(wrong_range)
    warnings.warn(
        f"These clips have no value below 0: they range from {low:g} to {high:g}. "
        "They are taken for bright clips in [-1, 1]. If they lie in [0, 1], every "
        "metric of them is wrong: use 2 * x - 1 instead.",
        stacklevel=_caller_depth(sys._getframe()),
    )


def _caller_depth(frame: FrameType) -> int:
    """The number of frames from this one up to the first caller outside the library."""
    depth = 1
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(
        LIBRARY_MODULES
    ):
        frame, depth = frame.f_back, depth + 1
    return depth


def _count_levels(videos: Tensor) -> tuple[int, int]:
    """How many even and odd multiples of 1/255 occur; (0, 0) if other values occur."""
    multiples = videos.float() * 255
    nearest = multiples.round()
    if (multiples - nearest).abs().max() > MULTIPLE_TOLERANCE:
        return 0, 0
    counts = torch.bincount(
        nearest.clamp(0, 255).to(torch.uint8).flatten(), minlength=256
    )
    return int(counts[::2].count_nonzero()), int(counts[1::2].count_nonzero())
