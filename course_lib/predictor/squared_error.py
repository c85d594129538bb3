"""Squared error of predicted frames, in the units of published Moving MNIST results."""

from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Scalar, Videos

PerFrame = Float[Tensor, "batch time"]


def frame_errors(predicted: Videos, target: Videos) -> PerFrame:
    """Squared error of every frame, summed over its pixels and channels.

    Clips are in [-1, 1], but the error is that of pixels in [0, 1], the range of
    published results on Moving MNIST: a white pixel predicted as black costs 1, not 4.
    """
    return ((predicted - target) / 2).square().sum(dim=(2, 3, 4))


def squared_error(predicted: Videos, target: Videos) -> Scalar:
    """The training loss: mean of ``frame_errors`` over frames and clips.

    Its minimum over predictions is at the conditional mean of the target.
    """
    return frame_errors(predicted, target).mean()
