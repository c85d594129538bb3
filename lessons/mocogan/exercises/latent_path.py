"""X4.1: the latent path of a clip, constant content and a motion code from a GRU."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch.nn.functional import linear, one_hot

from course_lib.mocogan.latents import (
    ClipLatents,
    LatentSizes,
    build_motion_rnn,
    latent_path,
)
from teaching.exercise import Answer, Case, Exercise, Mistake


def _latent_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def case(n: int, n_frames: int, sizes: LatentSizes, present: int) -> dict[str, Any]:
        """Latents with the first ``present`` categories; the last is one of them."""
        category = torch.randint(present, (n,), generator=rng)
        category[-1] = present - 1
        latents = ClipLatents(
            draw(n, sizes.content),
            category,
            draw(n, sizes.motion),
            draw(n, n_frames, sizes.motion),
        )
        motion_rnn = build_motion_rnn(sizes, rng).double()
        for weight in motion_rnn.parameters():  # so that gates are not all near 1/2
            weight.data *= 2
        return {
            "latents": latents,
            "motion_rnn": motion_rnn,
            "n_categories": sizes.categories,
        }

    float32 = case(2, 3, LatentSizes(2, 3, 2), 2)
    float64 = float32["latents"]
    float32["latents"] = ClipLatents(
        *(x if x is float64.category else x.float() for x in float64)
    )
    float32["motion_rnn"] = float32["motion_rnn"].float()
    questions = (
        ("another size on every axis", case(3, 4, LatentSizes(5, 2, 4), 4)),
        ("as many clips as frames", case(3, 3, LatentSizes(2, 3, 2), 2)),
        ("a category that no clip has", case(4, 2, LatentSizes(3, 2, 5), 3)),
        ("one frame", case(2, 1, LatentSizes(2, 2, 3), 3)),
        ("one clip", case(1, 4, LatentSizes(3, 2, 2), 2)),
        ("float32 stays float32", float32),
    )
    return [
        Case(label, arguments, ("latents", "motion_rnn"))
        for label, arguments in questions
    ]


def _one_hot(latents, n_categories):
    return one_hot(latents.category, n_categories).to(latents.noise)


def _motion_with(
    inputs: Callable[..., Any] = lambda latents, condition, t: (
        latents.noise[:, t],
        condition,
    ),
    state_before: Callable[..., Any] = lambda latents, state: state,
    condition_of: Callable[..., Any] = _one_hot,
) -> Answer:
    """The motion codes with another input, previous state or condition."""

    def motion(latents, motion_rnn, n_categories):
        condition, state = condition_of(latents, n_categories), latents.initial_state
        states = []
        for t in range(latents.noise.shape[1]):
            x = torch.cat(inputs(latents, condition, t), dim=1)
            state = motion_rnn(x, state_before(latents, state))
            states.append(state)
        return torch.stack(states, dim=1)

    return motion


def _expanded_content(latents):
    return latents.content[:, None].expand(-1, latents.noise.shape[1], -1)


_motion = _motion_with()


def _path_with(
    motion: Answer = _motion,
    content: Callable[..., Any] = _expanded_content,
    join: Callable[..., Any] = lambda content, motion: torch.cat(
        (content, motion), dim=2
    ),
) -> Answer:
    """The path with another motion, content or concatenation."""
    return lambda latents, motion_rnn, n_categories: join(
        content(latents), motion(latents, motion_rnn, n_categories)
    )


def _repeated_content(latents):
    n, n_frames, _ = latents.noise.shape
    return latents.content.repeat(n_frames, 1).unflatten(0, (n, n_frames))


def _one_step_late(latents, motion_rnn, n_categories):
    motion = _motion(latents, motion_rnn, n_categories)
    return torch.cat((latents.initial_state[:, None], motion[:, :-1]), dim=1)


def _with_initial_frame(latents, motion_rnn, n_categories):
    motion = _motion(latents, motion_rnn, n_categories)
    motion = torch.cat((latents.initial_state[:, None], motion), dim=1)
    content = latents.content[:, None].expand(-1, motion.shape[1], -1)
    return torch.cat((content, motion), dim=2)


def _added_states(latents, motion_rnn, n_categories):
    condition, state = _one_hot(latents, n_categories), latents.initial_state
    states = []
    for noise in latents.noise.unbind(1):
        state = state + motion_rnn(torch.cat((noise, condition), dim=1), state)
        states.append(state)
    return torch.stack(states, dim=1)


def _category_number(latents, n_categories):
    return latents.category[:, None].to(latents.noise).expand(-1, n_categories)


def _with_category_columns(latents, motion_rnn, n_categories):
    motion = _motion(latents, motion_rnn, n_categories)
    condition = _one_hot(latents, n_categories)[:, None]
    condition = condition.expand(-1, motion.shape[1], -1)
    return torch.cat((_expanded_content(latents), condition, motion), dim=2)


def _with_explicit_gates(latents, motion_rnn, n_categories):
    """Right: frame by frame, with the GRU's gates written out."""
    state, frames = latents.initial_state, []
    for noise in latents.noise.transpose(0, 1):
        x = torch.cat((noise, _one_hot(latents, n_categories)), dim=-1)
        from_input = linear(x, motion_rnn.weight_ih, motion_rnn.bias_ih)
        from_state = linear(state, motion_rnn.weight_hh, motion_rnn.bias_hh)
        reset_x, update_x, new_x = from_input.chunk(3, dim=1)
        reset_h, update_h, new_h = from_state.chunk(3, dim=1)
        update = torch.sigmoid(update_x + update_h)
        candidate = torch.tanh(new_x + torch.sigmoid(reset_x + reset_h) * new_h)
        state = candidate + update * (state - candidate)
        frames.append(torch.cat((latents.content, state), dim=-1))
    return torch.stack(frames, dim=1)


LATENT_PATH = Exercise(
    id="X4.1",
    title="The latent path",
    reference=latent_path,
    points=3,
    minutes=12,
    difficulty=2,
    cases=_latent_cases,
    mistakes=(
        Mistake(
            "content of other clips",
            _path_with(content=_repeated_content),
            "`repeat` put copies of the whole batch one after the other, so a clip "
            "gets the content of several clips. Expand each content along a time axis.",
        ),
        Mistake(
            "noise in place of motion",
            _path_with(lambda latents, motion_rnn, n_categories: latents.noise),
            "The noise is independent in every frame, so positions would jump. The "
            "motion code is the state of `motion_rnn`, which reads the noise.",
        ),
        Mistake(
            "the initial state as first frame",
            _path_with(_one_step_late),
            "The initial state precedes all noise, so the motion is one frame late. "
            "The first frame has the state after the first step.",
        ),
        Mistake(
            "the initial state as an additional frame",
            _with_initial_frame,
            "The path has one frame more than there is noise: the initial state is the "
            "first one. It belongs to no frame; the first frame has the state after "
            "the first step.",
        ),
        Mistake(
            "noise read backwards",
            _path_with(
                _motion_with(
                    lambda latents, condition, t: (
                        latents.noise[:, latents.noise.shape[1] - 1 - t],
                        condition,
                    )
                )
            ),
            "The noise of the last frame is read first. Frame t reads the noise at "
            "index t of the time axis.",
        ),
        Mistake(
            "states in reversed order",
            _path_with(
                join=lambda content, motion: torch.cat((content, motion.flip(1)), dim=2)
            ),
            "The states are correct, but the last one comes first. Append each new "
            "state at the end of the list.",
        ),
        Mistake(
            "states added up",
            _path_with(_added_states),
            "The output of the RNN is added to the state before. A GRU cell returns "
            "the whole new state: use it as it is.",
        ),
        Mistake(
            "no state passed to the RNN",
            _path_with(_motion_with(state_before=lambda latents, state: 0 * state)),
            "Without a state the GRU cell starts from zeros at every step, so frames "
            "do not depend on the frames before. Pass the last state as its second "
            "argument.",
        ),
        Mistake(
            "noise sampled anew",
            _path_with(
                _motion_with(
                    lambda latents, condition, t: (
                        torch.randn_like(latents.noise[:, t]),
                        condition,
                    )
                )
            ),
            "New noise is sampled, so the same latents give another path at every "
            "call. The noise of each frame is in `latents.noise`.",
        ),
        Mistake(
            "the category as a number",
            _path_with(_motion_with(condition_of=_category_number)),
            "The label itself is an input here, so category 2 counts twice as much as "
            "category 1. A category needs a one-hot row.",
        ),
        Mistake(
            "no gradient of the motion",
            _path_with(torch.no_grad()(_motion)),
            "The path is right, but no gradient reaches the RNN and the noise. Leave "
            "out `no_grad` and `detach`.",
        ),
        Mistake(
            "the state reset at every step",
            _path_with(
                _motion_with(state_before=lambda latents, state: latents.initial_state)
            ),
            "Every step starts from the initial state, so frames do not depend on the "
            "frames before. Pass the new state on to the next step.",
        ),
        Mistake(
            "zeros as initial state",
            _path_with(
                _motion_with(
                    state_before=lambda latents, state: (
                        state * (state is not latents.initial_state)
                    )
                ),
            ),
            "The first step starts from zeros, so all clips begin at the same motion "
            "code. Start with `latents.initial_state`.",
        ),
        Mistake(
            "the same noise for all frames",
            _path_with(
                _motion_with(
                    lambda latents, condition, t: (latents.noise[:, 0], condition)
                )
            ),
            "Every step reads the noise of the first frame. Each frame has its own "
            "noise along the time axis.",
        ),
        Mistake(
            "no category",
            _path_with(
                _motion_with(condition_of=lambda latents, n: 0 * _one_hot(latents, n))
            ),
            "The RNN reads zeros in place of the category, so the motion cannot depend "
            "on it. One column of each clip has to be 1.",
        ),
        Mistake(
            "the category in the first step only",
            _path_with(
                _motion_with(
                    lambda latents, condition, t: (
                        latents.noise[:, t],
                        condition * (t == 0),
                    )
                )
            ),
            "Only the first step reads the category; the others read zeros. It is an "
            "input of every step, after the noise.",
        ),
        Mistake(
            "too few one-hot columns",
            _path_with(
                _motion_with(
                    condition_of=lambda latents, n: one_hot(latents.category).to(
                        latents.noise
                    )
                )
            ),
            "Without a number, `one_hot` makes as many columns as the largest label "
            "needs: too few for a batch without the last category. Pass the number.",
        ),
        Mistake(
            "one-hot columns reversed",
            _path_with(
                _motion_with(
                    condition_of=lambda latents, n: _one_hot(latents, n).flip(1)
                )
            ),
            "Category 0 has its 1 in the last column here. Columns are counted from "
            "the left, as labels are from 0.",
        ),
        Mistake(
            "category before noise",
            _path_with(
                _motion_with(
                    lambda latents, condition, t: (condition, latents.noise[:, t])
                )
            ),
            "The RNN's weights expect the noise first, then the category. In the other "
            "order each number is multiplied by another number's weights.",
        ),
        Mistake(
            "the category in the frame's latent as well",
            _with_category_columns,
            "The path contains the category after the content, as in the released "
            "code. Here the category is an input of the RNN only.",
        ),
        Mistake(
            "motion before content",
            _path_with(
                join=lambda content, motion: torch.cat((motion, content), dim=2)
            ),
            "The image generator expects the content first, then the motion, along the "
            "last axis.",
        ),
        Mistake(
            "time before batch",
            _path_with(join=lambda *parts: torch.cat(parts, dim=2).transpose(0, 1)),
            "Time is the first axis here, where clips are expected. Stack the states "
            "along axis 1: (batch, time, latent).",
        ),
        Mistake(
            "the last state in all frames",
            _path_with(
                join=lambda content, motion: torch.cat(
                    (content, motion[:, -1:].expand_as(motion)), dim=2
                )
            ),
            "All frames have the state after the last step, so nothing moves. Append "
            "each state to a list as soon as it is computed.",
        ),
        Mistake(
            "gradient cut between the steps",
            _path_with(
                _motion_with(state_before=lambda latents, state: state.detach())
            ),
            "The path is right, but no gradient flows from a late frame to the noise "
            "of an earlier one. Pass the state on without `detach`.",
        ),
        Mistake(
            "no gradient of the content",
            _path_with(content=lambda latents: _expanded_content(latents).detach()),
            "The path is right, but no gradient reaches the content. Leave out "
            "`detach` and `.data`.",
        ),
    ),
    alternatives=(_with_explicit_gates, _path_with()),
    hints=(
        "Which part of a clip's latents is constant, and which part changes from frame "
        "to frame? Both are in `latents`; the RNN connects the frames.",
        "Make the one-hot rows first. Then loop over the noise frame by frame: each "
        "step reads noise and category side by side, and the previous state.",
        "Collect every state in a list and stack it along time. The content gets a "
        "time axis with `unsqueeze`, is repeated along it with `expand`, and comes "
        "first when both are concatenated on the last axis.",
    ),
)
