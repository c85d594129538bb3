"""Ask for one of many futures: a prior guesses what nobody can know."""

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import torch

from course_lib.vae.sampled_futures import sample_future
from lessons.video_vae.exercises.sample_future_answers import (
    asked_about_itself,
    clip_grows,
    cut_loose,
    guessed,
    one_code,
    painted,
    part_by_part,
    rewound,
    sampled,
    with_code,
    with_context,
)
from lessons.video_vae.exercises.small_stochastic_predictor import SmallDreamer
from teaching.exercise import Case, Exercise, Mistake


def _context_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def after(*shape: int, horizon: int) -> dict[str, Any]:
        model = SmallDreamer(prod(shape[2:]), 2, rng)
        context = draw(shape).tanh()
        noise = rng.clone_state()  # amid its stream, where no seed leads back to
        return {"model": model, "context": context, "horizon": horizon, "rng": noise}

    small = after(2, 2, 1, 2, 2, horizon=2)
    small |= {name: small[name].float() for name in ("model", "context")}
    questions = (
        ("a future longer than its past", after(3, 2, 1, 2, 3, horizon=4)),
        ("a past longer than its future", after(2, 4, 3, 2, 1, horizon=2)),
        ("as many clips as frames", after(3, 3, 1, 2, 2, horizon=3)),
        ("one frame of context", after(2, 1, 1, 3, 2, horizon=2)),
        ("one frame to draw", after(2, 3, 2, 1, 3, horizon=1)),
    )
    exact = [Case(label, x, ("model", "context")) for label, x in questions]
    return [*exact, Case("float32 stays float32", small)]


_right = sampled()

SAMPLE_FUTURE = Exercise(
    id="X3.7",
    title="One of many futures",
    reference=sample_future,
    points=3,
    minutes=15,
    difficulty=3,
    cases=_context_cases,
    mistakes=(
        Mistake(
            "the posterior asked about the future",
            sampled(step=asked_about_itself),
            "Behind the context nobody can show the posterior a next frame. Shown the "
            "last one, it tells the code of a film that stands still: let the prior "
            "guess.",
        ),
        Mistake(
            "the prior's mean",
            with_code(lambda prior, rng: prior.mu),
            "Without a draw there is one future only, the middle of all, and `rng` is "
            "never asked. The prior names a cloud: a code is drawn from it.",
        ),
        Mistake(
            "a prior that learnt nothing",
            with_code(
                lambda prior, rng: torch.empty_like(prior.mu).normal_(generator=rng)
            ),
            "These codes come from N(0, I), whatever the film showed so far. This "
            "model has learnt a prior that has read it: draw from that one's law.",
        ),
        Mistake(
            "a code of zeros",
            with_code(lambda prior, rng: torch.zeros_like(prior.mu)),
            "Zero is not the absence of news but one piece of news, the same in every "
            "step and clip. What is new next is a draw from the learnt prior.",
        ),
        Mistake(
            "one code for the whole future",
            one_code,
            "One code was drawn, then used in all steps. Each frame has its own news, "
            "and the prior another guess after each: ask it anew.",
        ),
        Mistake(
            "the same noise at every step",
            sampled(step=rewound),
            "Every step drew from a generator that stood in the same place, so chance "
            "pushes all frames the same way. Hand `rng` itself on, never rewound.",
        ),
        Mistake(
            "the truth fed again",
            sampled(told=lambda model, context, _, now: (now[0], context[:, -1])),
            "Every step reads the last known frame once more. From the second step on "
            "the model reads the frame that it painted itself.",
        ),
        Mistake(
            "states never renewed",
            sampled(told=lambda model, context, begin, now: (begin[0], now[1])),
            "Every step starts from the states behind the context, as if no frame had "
            "followed. A step returns two things; the new states are one of them.",
        ),
        Mistake(
            "states reset at every step",
            sampled(told=lambda model, context, _, now: (model.start(context), now[1])),
            "Fresh states at every step remember nothing: prior and painter see one "
            "frame and cannot tell where things were going. Carry on what comes back.",
        ),
        Mistake(
            "context passed over",
            sampled(lambda model, context, rng: (model.start(context), context[:, -1])),
            "The last known frame is read by states that know nothing. Before it, "
            "every frame of the context has to be told, one after the other.",
        ),
        Mistake(
            "a dream from the first frame on",
            with_context(lambda context: context[:, :1]),
            "The dream sets in after one frame, and the rest of the context is never "
            "looked at. The future begins behind the last known frame.",
        ),
        Mistake(
            "one known frame too few",
            with_context(lambda context: context[:, : max(1, context.shape[1] - 1)]),
            "The last known frame was never told, so the first frame returned is a "
            "guess at it. All frames come one step early.",
        ),
        Mistake(
            "the first frame told twice",
            with_context(lambda context: torch.cat((context[:, :1], context), dim=1)),
            "The first frame is read, and told as what follows it: nothing moved, the "
            "states learn. What is told first is the second frame.",
        ),
        Mistake(
            "the context guessed",
            sampled(guessed),
            "The prior guessed the codes of frames that were known. As long as there "
            "is a truth to look at, the posterior knows better: `tell`.",
        ),
        Mistake(
            "the context painted",
            sampled(painted),
            "Within the context the model read its own pictures of frames that were "
            "known. Let it read the true ones; what it paints there nobody needs.",
        ),
        Mistake(
            "begins with a known frame",
            lambda model, context, horizon, rng: torch.cat(
                (context[:, -1:], _right(model, context, horizon, rng)[:, :-1]), dim=1
            ),
            "The first frame returned is the last of the context: truth that leaks "
            "into the future, and a shift by one. The future begins after it.",
        ),
        Mistake(
            "gradient cut between the frames",
            sampled(step=cut_loose),
            "The frames are right, but an error far out cannot reach the steps that "
            "caused it. Feed each painted frame back as it is.",
        ),
        Mistake(
            "no way back at all",
            torch.no_grad()(_right),
            "The frames are right, but nothing can be learnt from them. `no_grad` is "
            "for those who use a model; the caller decides, not this function.",
        ),
        Mistake(
            "steps in place of clips",
            lambda model, context, horizon, rng: _right(
                model, context, horizon, rng
            ).transpose(0, 1),
            "The steps stand on the first axis, where the clips are expected. A "
            "video's axes are batch, time, channel, height, width: stack along time.",
        ),
    ),
    alternatives=(clip_grows, part_by_part),
    hints=(
        "Who may look at the next frame, and until when? Where the context ends, "
        "somebody else has to say what is new.",
        "From `start` on: `tell` every known frame but the first, together with the "
        "one before it. Then `dream`, as often as there are frames to draw.",
        "A loop over the context from its second frame on keeps the states and the "
        "true frame. A second loop gets states and frame from `dream`, hands both to "
        "the next `dream`, and keeps each frame in a list; stack along time.",
    ),
)
