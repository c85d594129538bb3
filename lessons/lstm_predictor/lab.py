"""Break one line of how a predictor is trained or scored, read it off: the lab.

Every faulty recipe is the good one with one thing wrong, as published code has it;
``symptom`` says where its curves leave those of ``run_healthy``.
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

SIDE, SQUARE = 10, 4  # pixels of a frame and of what moves in it
FRAMES, CONTEXT, BATCH = 8, 2, 16
SIZES = ConvLSTMSizes(block=2, width=16, kernel=3, depth=1)
RATE = 2e-2

Curve = Float[Tensor, "reading"]
Horizon = Float[Tensor, "horizon"]


def moving_squares(n: int, rng: torch.Generator) -> Videos:
    """Squares that move right, left, down or up, a pixel a frame, round a torus."""
    ways = torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]])
    way = ways[torch.randint(4, (n,), generator=rng)]
    start = torch.randint(SIDE, (n, 2), generator=rng)
    corner = start[:, None] + torch.arange(FRAMES).view(-1, 1) * way[:, None]
    inside = (torch.arange(SIDE) - corner[..., None]).remainder(SIDE) < SQUARE
    white = inside[:, :, 1, :, None] & inside[:, :, 0, None, :]
    return 2.0 * white.unsqueeze(2) - 1


def free(model: FramePredictor, videos: Videos) -> Future:
    """Predict what follows the context, with no look at any truth behind it."""
    return rollout(model, videos[:, :CONTEXT], FRAMES - CONTEXT)


def fed(model: FramePredictor, videos: Videos) -> Future:
    """Predict the same frames, each from all true frames before it."""
    return teacher_forcing(model, videos)[:, CONTEXT - 1 :]


def unreset(model: FramePredictor, videos: Videos) -> Future:
    """Predict as ``free``, but the model has just read another clip."""
    # to go on from the state of one clip is to read both as one
    both = torch.cat((videos.roll(1, dims=0), videos[:, :CONTEXT]), dim=1)
    return rollout(model, both, FRAMES - CONTEXT)


def mixed(videos: Videos) -> Videos:
    """Lay frames out time by time, then cut them into clips as if clip by clip."""
    return videos.transpose(0, 1).reshape(videos.shape)


class Recipe(NamedTuple):
    """What a run does, as functions of clips.

    It trains on ``data(clips)``, with teacher forcing, to hit ``target`` of these; it
    reports the error of ``score`` behind the context, on fresh clips as they are.
    """

    data: Callable[[Tensor], Tensor] = lambda videos: videos
    target: Callable[[Tensor], Tensor] = lambda videos: videos[:, 1:]
    score: Callable[[FramePredictor, Tensor], Tensor] = free


class Fault(NamedTuple):
    """One faulty recipe: its letter in the lab, its name, what shows it, and why."""

    key: str
    name: str
    symptom: str
    explanation: str
    recipe: Recipe


class PredictorCurves(NamedTuple):
    """Squared errors of a frame, summed over its pixels, pixels in [0, 1].

    ``loss`` is the training's, mean since the last reading, and ``error`` what the run
    reports, mean over all frames behind the context: one value for every ``step``.
    ``by_horizon`` is the last report frame by frame; ``copied`` is what the last frame
    of the context, held still, costs on the same clips.
    """

    step: Curve
    loss: Curve
    error: Curve
    by_horizon: Horizon
    copied: Horizon


FAULTS = (
    Fault(
        key="A",
        name="the target is the input itself",
        symptom="The training loss goes to 0, far below the healthy one, while the "
        "reported error comes to rest on that of a frozen film, frame by frame.",
        explanation="The predictions were compared with the frames just read, not with "
        "the next ones. To copy is perfect then, and a free run copies for ever.",
        recipe=Recipe(target=lambda videos: videos[:, :-1]),
    ),
    Fault(
        key="B",
        name="the truth leaks into the score",
        symptom="The training loss is the healthy one to the digit, and so is the "
        "error one frame ahead; but it does not grow with the horizon from there.",
        explanation="Every scored frame was predicted from all true frames before it. "
        "Nobody eats own cooking here, so no error is ever inherited.",
        recipe=Recipe(score=fed),
    ),
    Fault(
        key="C",
        name="frames of different clips are mixed",
        symptom="Training loss and reported error soon come to rest at one height, far "
        "above the healthy ones, and the error is the same at all horizons.",
        explanation="The axes of batch and time were confused in a reshape. A frame "
        "says nothing of its follower then: the mean frame is the best guess.",
        recipe=Recipe(data=mixed),
    ),
    Fault(
        key="D",
        name="the state is not reset between clips",
        symptom="The training loss is the healthy one to the digit, but the reported "
        "error is worse, and more than doubled at the first frame ahead already.",
        explanation="In training every clip began with an empty state; in the score it "
        "began with what the last clip had left there. The model sees ghosts.",
        recipe=Recipe(score=unreset),
    ),
    Fault(
        key="E",
        name="the clips come in another range",
        symptom="The training loss has the healthy shape at about a quarter of the "
        "height; the reported error is beyond that of a frozen film.",
        explanation="Trained on [0, 1], scored on [-1, 1]. The same mistake costs a "
        "quarter where white and black lie half as far apart, and -1 was never seen.",
        recipe=Recipe(data=lambda videos: (videos + 1) / 2),
    ),
)
"""The lab's five faults, in the order of their letters."""


def run_fault(fault: Fault, n_steps: int, rng: torch.Generator) -> PredictorCurves:
    """The curves of a faulty run: some 30 readings or, below 30 steps, one a step."""
    return _run(fault.recipe, n_steps, rng)


def run_healthy(n_steps: int, rng: torch.Generator) -> PredictorCurves:
    """The curves of the good recipe, read as often as those of ``run_fault``."""
    return _run(Recipe(), n_steps, rng)


def _run(recipe: Recipe, n_steps: int, rng: torch.Generator) -> PredictorCurves:
    model, every = ConvLSTMPredictor(SIZES, rng), max(n_steps // 30, 1)
    adam = torch.optim.Adam(model.parameters(), lr=RATE)
    readings, losses = [], []
    for step in range(1, n_steps + 1):
        videos = recipe.data(moving_squares(BATCH, rng))
        loss = squared_error(teacher_forcing(model, videos), recipe.target(videos))
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
        if step % every == 0:
            clips = moving_squares(4 * BATCH, rng)
            errors = _report(recipe, model, clips)
            readings.append([step, sum(losses) / every, errors.mean()])
            losses = []
    future = clips[:, CONTEXT:]
    still = clips[:, CONTEXT - 1 : CONTEXT].expand_as(future)
    copied = frame_errors(still, future).mean(dim=0)
    return PredictorCurves(*torch.tensor(readings).T, errors, copied)


@torch.no_grad()
def _report(recipe: Recipe, model: FramePredictor, clips: Videos) -> Horizon:
    return frame_errors(recipe.score(model, clips), clips[:, CONTEXT:]).mean(dim=0)
