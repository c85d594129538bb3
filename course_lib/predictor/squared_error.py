"""Ask for the mean of all futures: that is what squared error is smallest at.

Home: 2.7 Why it blurs.
"""

from jaxtyping import Float, Shaped
from torch import Tensor

from course_lib.shapes import Scalar

PerFrame = Float[Tensor, "batch time"]
Clips = Shaped[Tensor, "_ _ _ _ _"]  # as Videos; others are refused in words


def frame_errors(predicted: Clips, target: Clips) -> PerFrame:
    """Squared error of every frame, *summed* over its pixels and channels.

    Clips come in [-1, 1], but the error is that of pixels in [0, 1], the range in which
    results on moving digits are published: a wholly wrong pixel costs 1, not 4.

    Raises:
        ValueError: if the clips differ in shape, or hold whole numbers: bytes lie in
            another range, and their differences go around below 0.
    """
    if predicted.shape != target.shape:
        raise ValueError(
            f"Clips are compared pixel by pixel, so they need one shape; got "
            f"{tuple(predicted.shape)} and {tuple(target.shape)}."
        )
    if not (predicted.is_floating_point() and target.is_floating_point()):
        raise ValueError(
            f"Clips are floats in [-1, 1]; got {predicted.dtype} and {target.dtype}. "
            "Bytes become x / 127.5 - 1."
        )
    return ((predicted - target) / 2).square().sum(dim=(2, 3, 4))


def squared_error(predicted: Clips, target: Clips) -> Scalar:
    """What a predictor descends: ``frame_errors``, mean over frames and clips."""
    return frame_errors(predicted, target).mean()
