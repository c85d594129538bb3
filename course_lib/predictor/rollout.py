"""Three ways to unroll a predictor: teacher forcing, rollout, scheduled sampling."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.predictor.model import FramePredictor
from course_lib.shapes import Videos

Future = Float[Tensor, "batch horizon channel height width"]
NextFrames = Float[Tensor, "batch next channel height width"]


def teacher_forcing(model: FramePredictor, videos: Videos) -> NextFrames:
    """Predictions of ``videos[:, 1:]``, each from all true frames before it.

    Source: Williams and Zipser 1989.
    """
    inputs = videos[:, :-1]
    return model.read(model.initial_state(inputs), inputs).frames


def rollout(model: FramePredictor, context: Videos, horizon: int) -> Future:
    """Autoregressive rollout: predictions of the ``horizon`` frames after ``context``.

    After the context the inputs are the model's own predictions (free-running mode).

    Args:
        model: ``model.initial_state(context)`` is the state before the first frame.
            ``model.read(state, videos)`` reads several known frames and returns the
            last state and the prediction that follows each frame.
            ``model.step(state, frame)`` does the same for one frame.
        context: known frames, (batch, time, channel, height, width).
        horizon: number of frames to predict.

    Raises:
        ValueError: if context or horizon has less than one frame.
    """
    if context.shape[1] < 1 or horizon < 1:
        raise ValueError(
            f"rollout needs at least 1 frame of context and 1 to predict, but got "
            f"{context.shape[1]} and {horizon}."
        )
    state, predictions = model.read(model.initial_state(context), context)
    future = [predictions[:, -1]]
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
    teacher_forcing_ratio: float,
) -> NextFrames:
    """Predictions of ``videos[:, 1:]`` with inputs that are partly the model's own.

    After the context each input is, independently for every clip and frame, the true
    frame with probability ``teacher_forcing_ratio`` and the predicted one otherwise. A
    ratio of 1 is teacher forcing, 0 is an autoregressive rollout. Gradients also flow
    through the predictions that are inputs.

    Raises:
        ValueError: if the ratio is not in [0, 1], or the context has no frame or leaves
            no frame to predict.

    Source: Bengio et al. 2015, section 2.4.
    """
    if not (0 <= teacher_forcing_ratio <= 1 and 1 <= n_context < videos.shape[1]):
        raise ValueError(
            f"scheduled_sampling needs a teacher_forcing_ratio in [0, 1] and a "
            f"n_context of 1 to {videos.shape[1] - 1} for these clips, but got "
            f"{teacher_forcing_ratio} and {n_context}."
        )
    context, targets = videos[:, :n_context], videos[:, n_context:-1]
    state, predictions = model.read(model.initial_state(context), context)
    frames = list(predictions.unbind(dim=1))
    for target in targets.unbind(dim=1):
        uniform = torch.rand(len(videos), generator=rng, device=rng.device)
        forced = (uniform < teacher_forcing_ratio).to(videos.device).view(-1, 1, 1, 1)
        state, frame = model.step(state, torch.where(forced, target, frames[-1]))
        frames.append(frame)
    return torch.stack(frames, dim=1)
