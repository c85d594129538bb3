"""Take a set of clips for what it is: enough of them, as long, finite, in [-1, 1].

A bright film in [-1, 1] and a film in [0, 1] may hold the same numbers: both have none
below 0. What tells them apart is how bytes become numbers. In [-1, 1] a byte b is
b / 127.5 - 1, an odd number of 255ths; in [0, 1] it is b / 255, any number of 255ths.
So a set on whole 255ths, some of them even, lies in [0, 1]; one on odd 255ths alone
lies in [-1, 1]. Where numbers lie between the 255ths, a set that fills [0, 1] from end
to end is taken for one in [0, 1]; of any other, nobody can be sure.
"""

import sys
import warnings
from types import FrameType

import torch
from torch import Tensor

from course_lib.metrics.given import takes, tensor

ROUNDING = 1e-3  # beyond -1 and 1: rounding, not another range
END = 1 / 510  # half a byte: no byte in [-1, 1] is as close to 0
ON_A_STEP = 0.1  # of a 255th: what half precision leaves of a byte
INSIDE = ("course_lib.", "torch.", "jaxtyping")  # no line of these is to be mended
LEVELS = 8  # so many steps are bytes; fewer may be a drawing in a few greys


@takes(videos=tensor)
def refuse_odd_clips(videos: Tensor, *, clips: int = 1, frames: int = 1) -> None:
    """Refuse, in words, what a measure of whole clips would answer with nonsense.

    Of clips without a number below 0, those that are bytes in [0, 1] for sure are
    refused, and so is a set of several that reaches from 0 to 1. Any others pass; a
    warning says that they may lie in [0, 1], unless they are bytes in [-1, 1] for sure
    or a single clip.

    Raises:
        ValueError: unless there are ``clips`` or more of ``frames`` or more, with
            pixels, finite, floats, in [-1, 1].

    Warns:
        UserWarning: if nobody can say whether they lie in [0, 1] or are bright.
    """
    if videos.ndim != 5 or not videos.numel() or len(videos) < clips:
        raise ValueError(
            f"A set of {clips} clips or more is needed, (batch, time, channel, height, "
            f"width); got {tuple(videos.shape)}. Draw more clips."
        )
    if videos.shape[1] < frames:
        raise ValueError(
            f"Clips of {frames} frames or more are needed; these have "
            f"{videos.shape[1]}. Cut longer ones: what lasts shorter tells no motion."
        )
    if not videos.isfinite().all():
        raise ValueError(
            "A clip holds inf or nan; no figure of the set means anything."
        )
    low, high = (end.item() for end in videos.aminmax())
    where = (
        f"Clips are floats that lie in [-1, 1]; these ({videos.dtype}) go from {low:g} "
        f"to {high:g}. Bytes become x / 127.5 - 1, pixels in [0, 1] become 2 * x - 1."
    )
    if not videos.is_floating_point() or low < -1 - ROUNDING or high > 1 + ROUNDING:
        raise ValueError(where)
    if low < 0:
        return
    even, odd = _steps(videos)
    if even and even + odd >= LEVELS:
        raise ValueError(where)
    if (odd and not even) or len(videos) == 1:
        return
    if low < END and high > 1 - END:
        raise ValueError(where)
    warnings.warn(
        f"No number of these clips is below 0: they go from {low:g} to {high:g}. They "
        "are taken for bright clips in [-1, 1]. If they lie in [0, 1], every figure of "
        "them is wrong: give 2 * x - 1.",
        stacklevel=_depth(sys._getframe()),
    )


def _depth(frame: FrameType) -> int:
    """How many calls lie between this one and somebody outside of the library."""
    depth = 1
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(INSIDE):
        frame, depth = frame.f_back, depth + 1
    return depth


def _steps(videos: Tensor) -> tuple[int, int]:
    """How many even and odd numbers of 255ths there are; none if some lie between."""
    steps = videos.float() * 255
    nearest = steps.round()
    if (steps - nearest).abs().max() > ON_A_STEP:
        return 0, 0
    counts = torch.bincount(
        nearest.clamp(0, 255).to(torch.uint8).flatten(), minlength=256
    )
    return int(counts[::2].count_nonzero()), int(counts[1::2].count_nonzero())
