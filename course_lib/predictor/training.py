"""Move the weights once: predict, compare with the frames shifted by one, descend."""

from collections.abc import Callable

from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from course_lib.predictor.squared_error import squared_error
from course_lib.shapes import Videos

LONGEST_STEP = 100.0  # of the gradient's norm: a rare cliff must not undo an hour


def train_step(
    predict: Callable[[Tensor], Tensor], optimizer: Optimizer, videos: Videos
) -> float:
    """One step down the squared error of ``predict(videos)`` to ``videos[:, 1:]``.

    ``predict`` is one of the ways to unroll a model, the model filled in. As everywhere
    in PyTorch, the optimizer moves its weights in place. Returns the loss before it.
    """
    loss = squared_error(predict(videos), videos[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    weights = [w for group in optimizer.param_groups for w in group["params"]]
    clip_grad_norm_(weights, LONGEST_STEP)
    optimizer.step()
    return loss.item()
