"""Squared error of predicted frames, in the units of published Moving MNIST results."""

from jaxtyping import Float, Shaped
from torch import Tensor

from course_lib.shapes import Scalar

PerFrame = Float[Tensor, "batch time"]
Clips = Shaped[
    Tensor, "_ _ _ _ _"
]  # looser than Videos, so that the function's own error is raised


def frame_errors(predicted: Clips, target: Clips) -> PerFrame:
    """Squared error of every frame, summed over its pixels and channels.

    Clips are in [-1, 1], but the error is that of pixels in [0, 1], the range of
    published results on Moving MNIST: a white pixel predicted as black costs 1, not 4.

    Raises:
        ValueError: if the clips differ in shape, or hold integers: bytes have another
            range, and their differences wrap around below 0.
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
    """The training loss: mean of ``frame_errors`` over frames and clips.

    Its minimum over predictions is at the conditional mean of the target.
    """
    return frame_errors(predicted, target).mean()
