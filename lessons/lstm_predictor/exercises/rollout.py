"""Ask for a future that a predictor makes out of its own frames."""

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import torch

from course_lib.predictor.rollout import rollout
from lessons.lstm_predictor.exercises.small_predictor import SmallPredictor
from teaching.exercise import Case, Exercise, Mistake


def _context_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def after(*shape: int, horizon: int) -> dict[str, Any]:
        model = SmallPredictor(prod(shape[2:]), rng)
        return {"model": model, "context": draw(shape).tanh(), "horizon": horizon}

    small = after(2, 3, 1, 2, 2, horizon=2)
    small |= {name: small[name].float() for name in ("model", "context")}
    questions = (
        ("a future longer than its past", after(3, 2, 1, 2, 4, horizon=5)),
        ("a past longer than its future", after(2, 5, 3, 2, 1, horizon=3)),
        ("as many clips as frames", after(3, 3, 1, 2, 3, horizon=3)),
        ("one frame of context", after(2, 1, 1, 3, 2, horizon=4)),
        ("one frame to predict", after(2, 3, 2, 1, 3, horizon=1)),
    )
    exact = [Case(label, x, ("model", "context")) for label, x in questions]
    return [*exact, Case("float32 stays float32", small)]


def _known(model, context):
    """The state after the context, and the frame expected behind it."""
    state, frames = model.read(model.initial_state(context), context)
    return state, frames[:, -1]


def _on(model, known, n, *, told=lambda last: last, carried=True):
    """A known frame and n - 1 answers, each to what ``told`` makes of the last one."""
    state, frame = known
    future = [frame]
    for _ in range(n - 1):
        new, frame = model.step(state, told(frame))
        state = new if carried else state
        future.append(frame)
    return torch.stack(future, dim=1)


def _run(model, context, horizon, **how):
    return _on(model, _known(model, context), horizon, **how)


def _from_the_start(model, context, horizon, **how):
    _, frame = _known(model, context)
    return _on(model, (model.initial_state(context), frame), horizon, **how)


def _told_the_last_truth_twice(model, context, horizon):
    state, _ = _known(model, context)
    return _on(model, (state, context[:, -1]), horizon + 1)[:, 1:]


def _read_anew(model, context, horizon):
    clip = context
    for _ in range(horizon):
        frames = model.read(model.initial_state(clip), clip).frames
        clip = torch.cat((clip, frames[:, -1:]), dim=1)
    return clip[:, context.shape[1] :]


def _frame_by_frame(model, context, horizon):
    state, frames = model.initial_state(context), list(context.unbind(1))
    for t in range(len(frames) + horizon - 1):
        state, expected = model.step(state, frames[t])
        frames += [expected] * (t + 1 >= context.shape[1])
    return torch.stack(frames[-horizon:], dim=1)


FREE_RUN = Exercise(
    id="X2.6",
    title="A future out of its own frames",
    reference=rollout,
    points=3,
    minutes=12,
    difficulty=2,
    cases=_context_cases,
    mistakes=(
        Mistake(
            "one frame repeated",
            lambda model, context, horizon: torch.stack(
                [_known(model, context)[1]] * horizon, dim=1
            ),
            "The first prediction stands still for the whole horizon. Hand it to the "
            "model as its next input: what does it expect after that?",
        ),
        Mistake(
            "one pass over known frames",
            lambda model, context, horizon: model.read(
                model.initial_state(context), context
            ).frames[:, -horizon:],
            "These are predictions of frames that were known, all but the last: the "
            "model never met a frame of its own. Feed its answers back.",
        ),
        Mistake(
            "state reset at every step",
            partial(_from_the_start, carried=False),
            "A new state at every step remembers nothing: the model sees one frame and "
            "cannot tell where things were going. Carry the state that comes back.",
        ),
        Mistake(
            "context forgotten after one frame",
            _from_the_start,
            "The first frame knows the context, all later ones start from a state that "
            "does not. Go on from the state in which the context left the model.",
        ),
        Mistake(
            "state never renewed",
            partial(_run, carried=False),
            "Every step starts from the state behind the context, as if no frame had "
            "followed. A step returns two things; the new state is one of them.",
        ),
        Mistake(
            "last frame of the context alone",
            lambda model, context, horizon: _run(model, context[:, -1:], horizon),
            "The model is shown one picture and cannot know how things move. Let it "
            "read the whole context, from its first frame on.",
        ),
        Mistake(
            "the truth fed again",
            lambda model, context, horizon: _run(
                model, context, horizon, told=lambda last: context[:, -1]
            ),
            "Every step reads the last known frame once more. From the second step on "
            "the input is the model's own last frame.",
        ),
        Mistake(
            "last known frame read twice",
            _told_the_last_truth_twice,
            "After reading the context the model has already said what comes next. "
            "Reading its last frame again tells the state that nothing moved.",
        ),
        Mistake(
            "begins with a known frame",
            lambda model, context, horizon: torch.cat(
                (context[:, -1:], _run(model, context, horizon)[:, :-1]), dim=1
            ),
            "The first frame returned is the last of the context: truth that leaks "
            "into the prediction, and a shift by one. The future begins after it.",
        ),
        Mistake(
            "first prediction dropped",
            lambda model, context, horizon: _run(model, context, horizon + 1)[:, 1:],
            "All frames come one step late. What the model expects after the last "
            "known frame is already the first of the future.",
        ),
        Mistake(
            "gradient cut between the frames",
            partial(_run, told=torch.detach),
            "The frames are right, but an error far out cannot reach the steps that "
            "caused it. Feed the prediction back as it is.",
        ),
        Mistake(
            "no way back at all",
            torch.no_grad()(_run),
            "The frames are right, but nothing can be learned from them. `no_grad` is "
            "for those who use a model; the caller decides, not this function.",
        ),
        Mistake(
            "steps in place of clips",
            lambda model, context, horizon: _run(model, context, horizon).transpose(
                0, 1
            ),
            "The steps stand on the first axis, where the clips are expected. A "
            "video's axes are batch, time, channel, height, width: stack along time.",
        ),
    ),
    alternatives=(_read_anew, _frame_by_frame),
    hints=(
        "Who knows the first future frame? The model, once it has read the context. "
        "And who knows the second?",
        "`read` the whole context from the start state: keep the last state, and of "
        "the frames expected the last one. From there on use `step`.",
        "A list that begins with that frame. Until it is long enough, hand state and "
        "last frame of the list to `step`, keep both of its answers; stack along time.",
    ),
)
