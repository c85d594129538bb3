"""One training step of a predictor of frames."""

from collections.abc import Callable

from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from course_lib.predictor.squared_error import squared_error
from course_lib.shapes import Videos

MAX_GRADIENT_NORM = 100.0  # clips the rare steep gradients of long recurrences


def train_step(
    predict: Callable[[Tensor], Tensor], optimizer: Optimizer, videos: Videos
) -> float:
    """One optimizer step on the squared error of ``predict(videos)``.

    The gradient is clipped to a norm of ``MAX_GRADIENT_NORM``. The optimizer updates
    the weights in place.

    Args:
        predict: maps clips to predictions of ``videos[:, 1:]``; one of the functions of
            ``rollout`` with the model filled in, such as teacher forcing.
        optimizer: holds the parameters of the model.
        videos: clips of at least two frames.

    Returns:
        The loss before the step.
    """
    loss = squared_error(predict(videos), videos[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    weights = [w for group in optimizer.param_groups for w in group["params"]]
    clip_grad_norm_(weights, MAX_GRADIENT_NORM)
    optimizer.step()
    return loss.item()
