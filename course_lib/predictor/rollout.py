"""Feed a predictor its own output: the difference between training and use."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.predictor.model import FramePredictor
from course_lib.shapes import Videos

Future = Float[Tensor, "batch horizon channel height width"]
Next = Float[Tensor, "batch next channel height width"]


def teacher_forced(model: FramePredictor, videos: Videos) -> Next:
    """The next frame after each true one: predictions of ``videos[:, 1:]``.

    Source: Williams and Zipser 1989.
    """
    known = videos[:, :-1]
    return model.read(model.start(known), known).frames


def free_run(model: FramePredictor, context: Videos, horizon: int) -> Future:
    """The ``horizon`` frames after ``context``, with no look at any truth behind it.

    ``model.start(context)`` is the state before the first frame. ``model.step(state,
    frame)`` reads one frame and returns a new state and the next frame expected;
    ``model.read(state, videos)`` does so for many known frames and returns the last
    state and the frame expected after each.

    Raises:
        ValueError: if there is no frame of context, or no frame is asked for.
    """
    if context.shape[1] < 1 or horizon < 1:
        raise ValueError(
            f"free_run needs at least 1 frame of context and 1 to predict, got "
            f"{context.shape[1]} and {horizon}."
        )
    state, expected = model.read(model.start(context), context)
    future = [expected[:, -1]]
    for _ in range(horizon - 1):
        state, frame = model.step(state, future[-1])
        future.append(frame)
    return torch.stack(future, dim=1)


def scheduled_sampling(
    model: FramePredictor,
    videos: Videos,
    rng: torch.Generator,
    *,
    n_context: int,
    truth_share: float,
) -> Next:
    """Predictions of ``videos[:, 1:]`` where a coin picks the input behind the context.

    With probability ``truth_share``, for every clip and frame anew, the model reads the
    true frame, else the one it predicted. 1 is teacher forcing, 0 is free running.
    Gradients also flow through the frames that are fed back.

    Raises:
        ValueError: if the share is no probability, or the context leaves no frame over.

    Source: Bengio et al. 2015, section 2.4.
    """
    if not (0 <= truth_share <= 1 and 1 <= n_context < videos.shape[1]):
        raise ValueError(
            f"The share of true frames lies in [0, 1] and the context has 1 to "
            f"{videos.shape[1] - 1} frames here, got {truth_share} and {n_context}."
        )
    context, truths = videos[:, :n_context], videos[:, n_context:-1]
    state, expected = model.read(model.start(context), context)
    frames = list(expected.unbind(dim=1))
    for truth in truths.unbind(dim=1):
        coin = torch.rand(len(videos), generator=rng, device=rng.device)
        told = (coin < truth_share).to(videos.device).view(-1, 1, 1, 1)
        state, frame = model.step(state, torch.where(told, truth, frames[-1]))
        frames.append(frame)
    return torch.stack(frames, dim=1)
