"""Ask for the mean of all futures: that is what squared error is smallest at."""

from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Scalar, Videos

PerFrame = Float[Tensor, "batch time"]


def frame_errors(predicted: Videos, target: Videos) -> PerFrame:
    """Squared error of every frame, *summed* over its pixels and channels.

    Clips come in [-1, 1], but the error is that of pixels in [0, 1], the range in which
    results on moving digits are published: a wholly wrong pixel costs 1, not 4.
    """
    return ((predicted - target) / 2).square().sum(dim=(2, 3, 4))


def squared_error(predicted: Videos, target: Videos) -> Scalar:
    """What a predictor descends: ``frame_errors``, mean over frames and clips."""
    return frame_errors(predicted, target).mean()
