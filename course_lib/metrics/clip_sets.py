"""Take a set of clips for what it is: enough of them, as long, finite, in [-1, 1]."""

from torch import Tensor

ROUNDING = 1e-3  # beyond -1 and 1: rounding, not another range


def refuse_odd_clips(videos: Tensor, *, clips: int = 1, frames: int = 1) -> None:
    """Refuse, in words, what a measure of whole clips would answer with nonsense.

    A set without a number below 0 counts as one in [0, 1]: a single clip may be that
    bright, several are not.

    Raises:
        ValueError: unless there are ``clips`` or more of ``frames`` or more, with
            pixels, finite, in [-1, 1].
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
    if low < -1 - ROUNDING or high > 1 + ROUNDING or (low >= 0 and len(videos) > 1):
        raise ValueError(
            f"Clips lie in [-1, 1]; these go from {low:g} to {high:g}. Bytes become "
            "x / 127.5 - 1, pixels in [0, 1] become 2 * x - 1."
        )
