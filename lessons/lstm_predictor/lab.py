"""The lab of lesson 02: training and evaluation of predictors, with one fault each.

Every faulty run differs from the correct one in one point, as in published code.
``symptom`` describes where its curves differ from those of ``run_healthy``.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes, FramePredictor
from course_lib.predictor.rollout import Future, rollout, teacher_forcing
from course_lib.predictor.squared_error import frame_errors, squared_error
from course_lib.shapes import Videos

SIDE, SQUARE = 10, 4  # pixels of a frame, and of the square that moves in it
FRAMES, CONTEXT, BATCH = 8, 2, 16
SIZES = ConvLSTMSizes(block=2, width=16, kernel=3, depth=1)
LEARNING_RATE = 2e-2

Curve = Float[Tensor, "reading"]
ByHorizon = Float[Tensor, "horizon"]


def moving_squares(n: int, rng: torch.Generator) -> Videos:
    """Squares that move right, left, down or up on a torus, one pixel a frame."""
    directions = torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]])
    direction = directions[torch.randint(4, (n,), generator=rng)]
    start = torch.randint(SIDE, (n, 2), generator=rng)
    corner = start[:, None] + torch.arange(FRAMES).view(-1, 1) * direction[:, None]
    inside = (torch.arange(SIDE) - corner[..., None]).remainder(SIDE) < SQUARE
    white = inside[:, :, 1, :, None] & inside[:, :, 0, None, :]
    return 2.0 * white.unsqueeze(2) - 1


def predict_by_rollout(model: FramePredictor, videos: Videos) -> Future:
    """Predictions of the frames after the context by an autoregressive rollout."""
    return rollout(model, videos[:, :CONTEXT], FRAMES - CONTEXT)


def predict_by_teacher_forcing(model: FramePredictor, videos: Videos) -> Future:
    """Predictions of the same frames, each from all true frames before it."""
    return teacher_forcing(model, videos)[:, CONTEXT - 1 :]


def predict_without_reset(model: FramePredictor, videos: Videos) -> Future:
    """Rollout that starts from the state after another clip of the batch."""
    # to continue from the state of one clip is to read both clips as one
    both = torch.cat((videos.roll(1, dims=0), videos[:, :CONTEXT]), dim=1)
    return rollout(model, both, FRAMES - CONTEXT)


def mix_batch_and_time(videos: Videos) -> Videos:
    """Exchange the axes of batch and time, and reshape to the original shape."""
    return videos.transpose(0, 1).reshape(videos.shape)


class Pipeline(NamedTuple):
    """The steps of a run in which a fault can be.

    Training is teacher forcing on ``preprocess(clips)`` with the target
    ``target(preprocessed clips)``. Evaluation compares ``predict(model, clips)`` with
    the frames after the context, on fresh clips without preprocessing.
    """

    preprocess: Callable[[Tensor], Tensor] = lambda videos: videos
    target: Callable[[Tensor], Tensor] = lambda videos: videos[:, 1:]
    predict: Callable[[FramePredictor, Tensor], Tensor] = predict_by_rollout


class Fault(NamedTuple):
    """A faulty pipeline: its letter in the lab, name, symptom and explanation."""

    key: str
    name: str
    symptom: str
    explanation: str
    pipeline: Pipeline


class PredictorCurves(NamedTuple):
    """Squared errors of a frame, summed over its pixels, pixels in [0, 1].

    ``loss`` is the training loss, mean since the last reading; ``error`` is the
    reported error, mean over all frames after the context. Both have one value for
    every ``step``. ``by_horizon`` is the last reported error frame by frame;
    ``copy_last`` is the error of a copy of the last context frame on the same clips.
    """

    step: Curve
    loss: Curve
    error: Curve
    by_horizon: ByHorizon
    copy_last: ByHorizon


FAULTS = (
    Fault(
        key="A",
        name="the target is the input itself",
        symptom="The training loss goes to 0, far below the healthy one. The reported "
        "error converges to that of copy-last, at every horizon.",
        explanation="The predictions were compared with the frames just read, not with "
        "the next ones. The best prediction is then a copy of the input, and a rollout "
        "repeats the last frame.",
        pipeline=Pipeline(target=lambda videos: videos[:, :-1]),
    ),
    Fault(
        key="B",
        name="the truth leaks into the score",
        symptom="The training loss equals the healthy one exactly, and so does the "
        "error one frame ahead; but the error does not grow with the horizon.",
        explanation="Every evaluated frame was predicted from all true frames before "
        "it: teacher forcing in place of a rollout. No error of one prediction becomes "
        "the input of the next.",
        pipeline=Pipeline(predict=predict_by_teacher_forcing),
    ),
    Fault(
        key="C",
        name="frames of different clips are mixed",
        symptom="Training loss and reported error soon converge to the same value, far "
        "above the healthy ones, and the error is equal at all horizons.",
        explanation="The axes of batch and time were confused in a reshape. A frame "
        "then contains no information on the next one, so the best prediction is the "
        "mean frame.",
        pipeline=Pipeline(preprocess=mix_batch_and_time),
    ),
    Fault(
        key="D",
        name="the state is not reset between clips",
        symptom="The training loss equals the healthy one exactly, but the reported "
        "error is higher, and already more than doubled one frame ahead.",
        explanation="In training every clip started from the initial state; in the "
        "evaluation it started from the state after another clip, whose square is "
        "still in that state.",
        pipeline=Pipeline(predict=predict_without_reset),
    ),
    Fault(
        key="E",
        name="the clips come in another range",
        symptom="The training loss has the shape of the healthy one at about a quarter "
        "of its height; the reported error is above that of copy-last.",
        explanation="The model was trained on [0, 1] and evaluated on [-1, 1]. In "
        "[0, 1] black and white are half as far apart, so squared errors are a "
        "quarter; and the value -1 did not occur in training.",
        pipeline=Pipeline(preprocess=lambda videos: (videos + 1) / 2),
    ),
)
"""The five faults of the lab, in the order of their letters."""


def run_fault(fault: Fault, n_steps: int, rng: torch.Generator) -> PredictorCurves:
    """Curves of a faulty run, with about 30 readings, or one a step below 30 steps."""
    return _run(fault.pipeline, n_steps, rng)


def run_healthy(n_steps: int, rng: torch.Generator) -> PredictorCurves:
    """Curves of the correct run, with as many readings as ``run_fault``."""
    return _run(Pipeline(), n_steps, rng)


def _run(pipeline: Pipeline, n_steps: int, rng: torch.Generator) -> PredictorCurves:
    model, every = ConvLSTMPredictor(SIZES, rng), max(n_steps // 30, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    readings, losses = [], []
    for step in range(1, n_steps + 1):
        videos = pipeline.preprocess(moving_squares(BATCH, rng))
        loss = squared_error(teacher_forcing(model, videos), pipeline.target(videos))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % every == 0:
            clips = moving_squares(4 * BATCH, rng)
            errors = _errors_by_horizon(pipeline, model, clips)
            readings.append([step, sum(losses) / every, errors.mean()])
            losses = []
    future = clips[:, CONTEXT:]
    last_frame = clips[:, CONTEXT - 1 : CONTEXT].expand_as(future)
    copy_last = frame_errors(last_frame, future).mean(dim=0)
    return PredictorCurves(*torch.tensor(readings).T, errors, copy_last)


@torch.no_grad()
def _errors_by_horizon(
    pipeline: Pipeline, model: FramePredictor, clips: Videos
) -> ByHorizon:
    predictions = pipeline.predict(model, clips)
    return frame_errors(predictions, clips[:, CONTEXT:]).mean(dim=0)
