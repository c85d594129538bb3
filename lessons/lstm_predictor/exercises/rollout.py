"""X2.6: the autoregressive rollout of a predictor."""

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

    def inputs(*shape: int, horizon: int) -> dict[str, Any]:
        model = SmallPredictor(prod(shape[2:]), rng)
        return {"model": model, "context": draw(shape).tanh(), "horizon": horizon}

    small = inputs(2, 3, 1, 2, 2, horizon=2)
    small |= {name: small[name].float() for name in ("model", "context")}
    labelled = (
        ("horizon longer than the context", inputs(3, 2, 1, 2, 4, horizon=5)),
        ("context longer than the horizon", inputs(2, 5, 3, 2, 1, horizon=3)),
        ("as many clips as frames", inputs(3, 3, 1, 2, 3, horizon=3)),
        ("one frame of context", inputs(2, 1, 1, 3, 2, horizon=4)),
        ("one frame to predict", inputs(2, 3, 2, 1, 3, horizon=1)),
        ("one clip", inputs(1, 3, 1, 2, 3, horizon=3)),
        ("a horizon of 0 is refused", inputs(2, 3, 1, 2, 2, horizon=0)),
        ("a context of 0 frames is refused", inputs(2, 0, 1, 2, 2, horizon=2)),
    )
    exact = [
        Case(label, arguments, ("model", "context")) for label, arguments in labelled
    ]
    return [*exact, Case("float32 stays float32", small)]


def _after_context(model, context):
    """The state after the context, and the prediction that follows it."""
    if not context.shape[1]:
        raise ValueError("There is no context.")
    state, frames = model.read(model.initial_state(context), context)
    return state, frames[:, -1]


def _continue(
    model, state_and_frame, n, *, next_input=lambda frame: frame, keep_state=True
):
    """A first frame and n - 1 steps, with inputs ``next_input(last frame)``."""
    if n < 1:
        raise ValueError("There is nothing to predict.")
    state, frame = state_and_frame
    future = [frame]
    for _ in range(n - 1):
        new_state, frame = model.step(state, next_input(frame))
        state = new_state if keep_state else state
        future.append(frame)
    return torch.stack(future, dim=1)


def _rollout(model, context, horizon, **options):
    return _continue(model, _after_context(model, context), horizon, **options)


def _from_initial_state(model, context, horizon, **options):
    _, frame = _after_context(model, context)
    return _continue(model, (model.initial_state(context), frame), horizon, **options)


def _last_known_frame_twice(model, context, horizon):
    state, _ = _after_context(model, context)
    return _continue(model, (state, context[:, -1]), horizon + 1)[:, 1:]


def _read_from_the_start_each_time(model, context, horizon):
    if min(context.shape[1], horizon) < 1:
        raise ValueError("There is nothing to read or to predict.")
    clip = context
    for _ in range(horizon):
        frames = model.read(model.initial_state(clip), clip).frames
        clip = torch.cat((clip, frames[:, -1:]), dim=1)
    return clip[:, context.shape[1] :]


def _steps_only(model, context, horizon):
    if min(context.shape[1], horizon) < 1:
        raise ValueError("There is nothing to read or to predict.")
    state, frames = model.initial_state(context), list(context.unbind(1))
    for t in range(len(frames) + horizon - 1):
        state, prediction = model.step(state, frames[t])
        frames += [prediction] * (t + 1 >= context.shape[1])
    return torch.stack(frames[-horizon:], dim=1)


def _sliding_window(model, context, horizon):
    clip, future = context, []
    for _ in range(horizon):
        frames = model.read(model.initial_state(clip), clip).frames
        future.append(frames[:, -1])
        clip = torch.cat((clip[:, 1:], frames[:, -1:]), dim=1)
    return torch.stack(future, dim=1)


def _clamped(model, context, horizon):
    state, frame = _after_context(model, context)
    frames = [frame.clamp(-1, 1)]
    for _ in range(horizon - 1):
        state, frame = model.step(state, frames[-1])
        frames.append(frame.clamp(-1, 1))
    return torch.stack(frames, dim=1)


def _residual(model, context, horizon):
    state, frame = _after_context(model, context)
    frames = [context[:, -1] + frame]
    for _ in range(horizon - 1):
        state, frame = model.step(state, frames[-1])
        frames.append(frames[-1] + frame)
    return torch.stack(frames, dim=1)


def _state_detached(model, context, horizon):
    state, frame = _after_context(model, context)
    frames = [frame]
    for _ in range(horizon - 1):
        state, frame = model.step(state._replace(h=state.h.detach()), frame)
        frames.append(frame)
    return torch.stack(frames, dim=1)


def _numbers_not_checked(model, context, horizon):
    state, frames = model.initial_state(context), []
    frame = context[:, -1:].sum(1)  # zeros if there is no context
    for t in range(context.shape[1] + max(horizon, 1) - 1):
        state, frame = model.step(
            state, context[:, t] if t < context.shape[1] else frame
        )
        frames.append(frame)
    return torch.stack(frames[-max(horizon, 1) :], dim=1)


def _without_batch_axis(model, context, horizon):
    frames = _rollout(model, context, horizon)
    return frames.squeeze(0)


ROLLOUT = Exercise(
    id="X2.6",
    title="An autoregressive rollout",
    reference=rollout,
    points=3,
    minutes=12,
    difficulty=2,
    cases=_context_cases,
    mistakes=(
        Mistake(
            "one frame repeated",
            lambda model, context, horizon: torch.stack(
                [_after_context(model, context)[1]] * horizon, dim=1
            ),
            "The first prediction is repeated over the whole horizon. Use it as the "
            "model's next input, and append the prediction that comes back.",
        ),
        Mistake(
            "one pass over known frames",
            lambda model, context, horizon: model.read(
                model.initial_state(context), context
            ).frames[:, -horizon:],
            "All but the last of these are predictions of frames that are known. In a "
            "rollout the model's inputs after the context are its own predictions.",
        ),
        Mistake(
            "state reset at every step",
            partial(_from_initial_state, keep_state=False),
            "Every step starts from the initial state, so the model knows one frame "
            "and no motion. Pass the state that the last step returned.",
        ),
        Mistake(
            "state reset after the context",
            _from_initial_state,
            "The first prediction depends on the context, all later ones start from "
            "the initial state. Continue from the state after the context.",
        ),
        Mistake(
            "state not updated",
            partial(_rollout, keep_state=False),
            "Every step starts from the state after the context, as if no frame had "
            "followed. `step` returns two values; the first is the new state.",
        ),
        Mistake(
            "only the last frame of the context read",
            lambda model, context, horizon: _rollout(model, context[:, -1:], horizon),
            "From a single frame the model cannot know how the objects move. Read the "
            "whole context, from its first frame on.",
        ),
        Mistake(
            "last known frame as every input",
            lambda model, context, horizon: _rollout(
                model, context, horizon, next_input=lambda frame: context[:, -1]
            ),
            "Every step reads the last known frame again. From the second prediction "
            "on, the input is the model's own last prediction.",
        ),
        Mistake(
            "last known frame read twice",
            _last_known_frame_twice,
            "After the context has been read, the prediction of the next frame is "
            "there already. To read the last frame again adds a frame without motion.",
        ),
        Mistake(
            "result begins with a known frame",
            lambda model, context, horizon: torch.cat(
                (context[:, -1:], _rollout(model, context, horizon)[:, :-1]), dim=1
            ),
            "The first frame of the result is the last of the context, and all others "
            "are one step late. The result begins with the first prediction.",
        ),
        Mistake(
            "first prediction dropped",
            lambda model, context, horizon: _rollout(model, context, horizon + 1)[
                :, 1:
            ],
            "All frames are one step too far ahead. The prediction after the last "
            "known frame is the first frame of the result.",
        ),
        Mistake(
            "predictions detached",
            partial(_rollout, next_input=torch.detach),
            "The frames are right, but a loss on a late frame has no gradient through "
            "the earlier ones. Use each prediction as input without `detach`.",
        ),
        Mistake(
            "no gradients at all",
            torch.no_grad()(_rollout),
            "The frames are right, but nothing can be learned from them. The caller "
            "decides about `no_grad`; a function that is used in training must not.",
        ),
        Mistake(
            "sliding window",
            _sliding_window,
            "The model reads a window of fixed length anew for every frame and forgets "
            "what left it. Its state holds the whole past: carry it on by `step`.",
        ),
        Mistake(
            "predictions clamped",
            _clamped,
            "The predictions are cut off at -1 and 1 before they are the next input. "
            "The result holds the model's predictions as they are; a clamp also cuts "
            "the gradient.",
        ),
        Mistake(
            "predictions added to the last frame",
            _residual,
            "The model predicts the next frame itself, not the change from the last "
            "frame. Do not add them.",
        ),
        Mistake(
            "state detached",
            _state_detached,
            "The frames are right, but the gradient ends at every step, as in "
            "truncated backpropagation. Pass the state on without `detach`.",
        ),
        Mistake(
            "context read backwards",
            lambda model, context, horizon: _rollout(model, context.flip(1), horizon),
            "The model reads the last frame of the context first, as if the film ran "
            "backwards. Read the frames in their order.",
        ),
        Mistake(
            "context in the result",
            lambda model, context, horizon: torch.cat(
                (context, _rollout(model, context, horizon)), dim=1
            ),
            "The result begins with the known frames. Return the `horizon` predicted "
            "frames alone.",
        ),
        Mistake(
            "one frame too many",
            lambda model, context, horizon: _rollout(model, context, horizon + 1),
            "The prediction after the context is the first of `horizon` frames, so "
            "`horizon - 1` steps are left.",
        ),
        Mistake(
            "axis of the batch dropped",
            _without_batch_axis,
            "For a single clip the result has no batch axis: `squeeze` removes every "
            "axis of size 1 that it meets. The shape is always (batch, horizon, ...).",
        ),
        Mistake(
            "no error for 0 frames",
            _numbers_not_checked,
            "The frames are right, but with a horizon of 0 or without context there is "
            "nothing to predict. Raise a ValueError that says what was given.",
        ),
        Mistake(
            "time as the first axis",
            lambda model, context, horizon: _rollout(model, context, horizon).transpose(
                0, 1
            ),
            "The predictions are stacked along the first axis, which is the batch. The "
            "axes of clips are batch, time, channel, height, width: use `dim=1`.",
        ),
    ),
    alternatives=(_read_from_the_start_each_time, _steps_only),
    hints=(
        "The model predicts the first future frame when it has read the context. What "
        "must it read to predict the second?",
        "`read` the whole context from the initial state. Keep the returned state and "
        "the last of the predicted frames. For all further frames use `step`.",
        "Start a list with that prediction. Until it has `horizon` frames, call `step` "
        "with the state and the last frame of the list, and keep both results. Stack "
        "the list along time.",
    ),
)
