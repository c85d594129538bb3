"""X3.7: sample one of many futures of a clip with the learned prior."""

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any

import torch
from torch import Tensor

from course_lib.vae.gaussian import DiagonalGaussian, reparameterize
from course_lib.vae.sampled_futures import sample_future
from course_lib.vae.sequential import SequentialVAE, States
from lessons.video_vae.exercises.small_stochastic_predictor import (
    SmallStochasticPredictor,
)
from teaching.exercise import Answer, Case, Exercise, Mistake

StepInput = tuple[States, Tensor]  # the states, and the frame that is read next


def _context_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def inputs(*shape: int, horizon: int) -> dict[str, Any]:
        model = SmallStochasticPredictor(prod(shape[2:]), 2, rng)
        context = draw(shape).tanh()
        noise = rng.clone_state()  # in the middle of its stream: no seed gives it
        return {"model": model, "context": context, "horizon": horizon, "rng": noise}

    small = inputs(2, 2, 1, 2, 2, horizon=2)
    small |= {name: small[name].float() for name in ("model", "context")}
    labelled = (
        ("a horizon longer than the context", inputs(3, 2, 1, 2, 3, horizon=4)),
        ("a context longer than the horizon", inputs(2, 4, 3, 2, 1, horizon=2)),
        ("as many clips as frames", inputs(3, 3, 1, 2, 2, horizon=3)),
        ("one frame of context", inputs(2, 1, 1, 3, 2, horizon=2)),
        ("a horizon of one frame", inputs(2, 3, 2, 1, 3, horizon=1)),
    )
    exact = [
        Case(label, arguments, ("model", "context")) for label, arguments in labelled
    ]
    empty = inputs(2, 2, 1, 2, 2, horizon=2)
    empty["context"] = empty["context"][:, :0]
    return [
        *exact,
        Case("float32 stays float32", small),
        Case("one clip", inputs(1, 3, 1, 2, 2, horizon=3), ("model", "context")),
        Case("a horizon of 0 is refused", inputs(2, 3, 1, 2, 2, horizon=0)),
        Case("a context without frames is refused", empty),
    ]


def _check_frames(context, horizon) -> None:
    if not context.shape[1] or horizon < 1:
        raise ValueError("Context and horizon need at least one frame.")


def _read_context(model, context, rng) -> StepInput:
    """The states after the context, and its last frame."""
    states, last = model.initial_states(context), context[:, 0]
    for target in context[:, 1:].unbind(1):
        states = model.posterior_step(states, last, target, rng).states
        last = target
    return states, last


def _sampler(
    read: Callable[..., StepInput] = _read_context,
    step: Callable[..., StepInput] = SequentialVAE.prior_step,
    step_input: Callable[..., StepInput] = lambda model, context, first, last: last,
) -> Answer:
    """An answer that reads the context, then takes steps.

    ``step_input`` chooses what a step reads, given what ``read`` returned and what the
    step before returned.
    """

    def answer(model, context, horizon, rng):
        _check_frames(context, horizon)
        first = last = read(model, context, rng)
        future = []
        for _ in range(horizon):
            last = step(model, *step_input(model, context, first, last), rng)
            future.append(last[1])
        return torch.stack(future, dim=1)

    return answer


def _with_context(change: Callable[[Tensor], Tensor]) -> Answer:
    """The correct future of another context."""
    return lambda model, context, horizon, rng: _sampler()(
        model, change(context), horizon, rng
    )


def _with_latents(
    sample: Callable[[DiagonalGaussian, torch.Generator], Tensor],
) -> Answer:
    """The correct future with other latents, a function of prior and generator."""

    def step(model, states, last, rng) -> StepInput:
        prior_state, prior = model.prior(last, states.prior)
        decoder_state, frame = model.decoder(last, sample(prior, rng), states.decoder)
        return States(prior_state, states.posterior, decoder_state), frame

    return _sampler(step=step)


def _one_sample_of_z(model, context, horizon, rng):
    """The first sample of z is used for the whole future."""
    samples = []

    def first(prior, rng):
        samples.append(samples[0] if samples else reparameterize(*prior, rng))
        return samples[0]

    return _with_latents(first)(model, context, horizon, rng)


def _posterior_of_last_frame(model, states, last, rng) -> StepInput:
    """A step in which the posterior reads the last frame as if it were the next."""
    output = model.posterior_step(states, last, last, rng)
    return output.states, output.frame


def _with_cloned_generator(model, states, last, rng) -> StepInput:
    """A step that does not advance the generator."""
    return model.prior_step(states, last, rng.clone_state())


def _with_detached_frame(model, states, last, rng) -> StepInput:
    """A step without a gradient through the frame that it reads."""
    return model.prior_step(states, last.detach(), rng)


def _context_by_prior(model, context, rng) -> StepInput:
    """The context with latents from the prior."""
    states = model.initial_states(context)
    for frame in context[:, :-1].unbind(1):
        states, _ = model.prior_step(states, frame, rng)
    return states, context[:, -1]


def _decoded_context(model, context, rng) -> StepInput:
    """The context with decoded frames as inputs."""
    states, last = model.initial_states(context), context[:, 0]
    for target in context[:, 1:].unbind(1):
        output = model.posterior_step(states, last, target, rng)
        states, last = output.states, output.frame
    return states, last


def _with_pairs(pairs: Callable[[Tensor], Sequence[StepInput]]) -> Callable:
    """A way to read the context: other pairs of a frame and its target."""

    def read(model, context, rng) -> StepInput:
        states = model.initial_states(context)
        for last, target in pairs(context):
            states = model.posterior_step(states, last, target, rng).states
        return states, context[:, -1]

    return read


def _from_last_but_one(model, context, rng) -> StepInput:
    states, _ = _read_context(model, context, rng)
    return states, context[:, max(0, context.shape[1] - 2)]


def _future_of(change: Callable[[Tensor, Tensor], Any], extra: int = 0) -> Answer:
    """A function of context and future; the future has ``extra`` more frames."""

    def answer(model, context, horizon, rng):
        _check_frames(context, horizon)
        future = _sampler()(model, context, horizon + extra, rng)
        return change(context, future)

    return answer


def _clip_by_clip(model, context, horizon, rng):
    _check_frames(context, horizon)
    clips = context.split(1)
    return torch.cat([_sampler()(model, clip, horizon, rng) for clip in clips])


def _seeded(model, context, horizon, rng):
    return _sampler()(model, context, horizon, rng.manual_seed(0))


def _in_one_loop(model, context, horizon, rng):
    """Correct: one loop over known and sampled frames in a growing clip."""
    _check_frames(context, horizon)
    states, clip, n_context = model.initial_states(context), context, context.shape[1]
    for t in range(1, n_context + horizon):
        if t < n_context:
            states = model.posterior_step(states, clip[:, t - 1], clip[:, t], rng)[0]
        else:
            states, frame = model.prior_step(states, clip[:, -1], rng)
            clip = torch.cat((clip, frame[:, None]), dim=1)
    return clip[:, n_context:]


def _by_networks(model, context, horizon, rng):
    """Correct: calls each network directly, and reparameterizes by hand."""
    _check_frames(context, horizon)
    prior, posterior, decoder = model.initial_states(context)
    frames, n_context = [*context.unbind(1)], context.shape[1]
    for t in range(1, n_context + horizon):
        prior, (mu, logvar) = model.prior(frames[t - 1], prior)
        if t < n_context:
            posterior, (mu, logvar) = model.posterior(frames[t], posterior)
        eps = torch.empty_like(mu).normal_(generator=rng)
        z = torch.addcmul(mu, eps, logvar.exp().sqrt())
        decoder, frame = model.decoder(frames[t - 1], z, decoder)
        frames += [frame] * (t >= n_context)
    return torch.stack(frames[n_context:], dim=1)


_correct = _sampler()

SAMPLE_FUTURE = Exercise(
    id="X3.7",
    title="Sampling a future",
    reference=sample_future,
    points=3,
    minutes=15,
    difficulty=3,
    cases=_context_cases,
    mistakes=(
        Mistake(
            "posterior after the context",
            _sampler(step=_posterior_of_last_frame),
            "After the context there is no next frame for the posterior. If it reads "
            "the last frame again, it describes a clip without motion. Sample from the "
            "prior instead.",
        ),
        Mistake(
            "mean of the prior",
            _with_latents(lambda prior, rng: prior.mu),
            "Without sampling there is only one future, and `rng` is not used. The "
            "prior is a Gaussian: sample z from it.",
        ),
        Mistake(
            "standard normal in place of the learned prior",
            _with_latents(
                lambda prior, rng: torch.empty_like(prior.mu).normal_(generator=rng)
            ),
            "Here z comes from N(0, I), whatever the clip has shown so far. The "
            "learned prior depends on the frames before: sample from it.",
        ),
        Mistake(
            "zeros in place of z",
            _with_latents(lambda prior, rng: torch.zeros_like(prior.mu)),
            "z = 0 does not mean that nothing new happens; it is one particular value, "
            "the same at every step and for every clip. Sample z from the learned "
            "prior.",
        ),
        Mistake(
            "the same z for the whole future",
            _one_sample_of_z,
            "z is sampled once and used at all steps. Each frame has a z of its own, "
            "and the prior changes after each frame: sample at every step.",
        ),
        Mistake(
            "the same noise at every step",
            _sampler(step=_with_cloned_generator),
            "The generator is in the same state at every step, so all frames get the "
            "same noise. Pass `rng` itself on, not a copy.",
        ),
        Mistake(
            "the last true frame read at every step",
            _sampler(
                step_input=lambda model, context, first, last: (last[0], context[:, -1])
            ),
            "Every step reads the last frame of the context again. From the second "
            "step on the model should read the frame that it has just decoded.",
        ),
        Mistake(
            "states not updated",
            _sampler(
                step_input=lambda model, context, first, last: (first[0], last[1])
            ),
            "Every step starts from the states after the context. A step returns two "
            "things; the new states are one of them.",
        ),
        Mistake(
            "states reset at every step",
            _sampler(
                step_input=lambda model, context, first, last: (
                    model.initial_states(context),
                    last[1],
                )
            ),
            "With initial states at every step, prior and decoder know a single frame "
            "and cannot know any velocity. Use the states that the step returned.",
        ),
        Mistake(
            "context not read",
            _sampler(
                lambda model, context, rng: (
                    model.initial_states(context),
                    context[:, -1],
                )
            ),
            "The last frame of the context is read in the initial states. Before it, "
            "read every frame of the context, one after the other.",
        ),
        Mistake(
            "only the first frame of the context",
            _with_context(lambda context: context[:, :1]),
            "Sampling starts after one frame, and the rest of the context is not used. "
            "The future starts after the last frame of the context.",
        ),
        Mistake(
            "last frame of the context missing",
            _with_context(lambda context: context[:, : max(1, context.shape[1] - 1)]),
            "The last frame of the context is not read, so the first frame returned is "
            "a prediction of it. All frames come one step too early.",
        ),
        Mistake(
            "first frame read twice",
            _with_context(lambda context: torch.cat((context[:, :1], context), dim=1)),
            "The first frame is also the first target, as if nothing had moved between "
            "two frames. The first target is the second frame.",
        ),
        Mistake(
            "frame and target exchanged",
            _sampler(
                _with_pairs(
                    lambda context: [
                        (context[:, t], context[:, t - 1])
                        for t in range(1, context.shape[1])
                    ]
                )
            ),
            "`posterior_step` gets the next frame as the last one and the last one as "
            "its target, so time runs backwards. The target comes after `last`.",
        ),
        Mistake(
            "target read as the last frame",
            _sampler(
                _with_pairs(lambda context: [(x, x) for x in context[:, 1:].unbind(1)])
            ),
            "`posterior_step` gets the target as the last frame as well, so the model "
            "reads what it should predict. `last` is the frame before the target.",
        ),
        Mistake(
            "last frame not moved on in the context",
            _sampler(
                _with_pairs(
                    lambda context: [
                        (context[:, 0], x) for x in context[:, 1:].unbind(1)
                    ]
                )
            ),
            "Within the context the last frame stays the first frame of all. After "
            "each step the target becomes the last frame.",
        ),
        Mistake(
            "first frame as target of the last frame",
            _sampler(
                _with_pairs(
                    lambda context: [
                        (context[:, t - 1], context[:, t])
                        for t in range(context.shape[1])
                    ]
                )
            ),
            "The loop starts at t = 0, where t - 1 = -1 is the *last* frame of the "
            "context. The first target is the second frame: start at 1.",
        ),
        Mistake(
            "last frame but one read first",
            _sampler(_from_last_but_one),
            "The first step without a target reads the last frame but one. It should "
            "read the last frame of the context.",
        ),
        Mistake(
            "prior within the context",
            _sampler(_context_by_prior),
            "Within the context z is sampled from the prior. As long as the next frame "
            "is known, the posterior describes it better: use `posterior_step`.",
        ),
        Mistake(
            "decoded frames within the context",
            _sampler(_decoded_context),
            "Within the context the model reads its own decoded frames. It should read "
            "the true ones; the frames decoded there are not needed.",
        ),
        Mistake(
            "starts with a known frame",
            lambda model, context, horizon, rng: torch.cat(
                (context[:, -1:], _correct(model, context, horizon, rng)[:, :-1]), dim=1
            ),
            "The first frame returned is the last of the context, so all frames are "
            "one step late. The future starts after the context.",
        ),
        Mistake(
            "first sampled frame missing",
            _future_of(lambda context, future: future[:, 1:], extra=1),
            "The first sampled frame is not returned, so all frames are one step early "
            "and one more is sampled at the end. It is part of the future.",
        ),
        Mistake(
            "one frame too many",
            _future_of(lambda context, future: future, extra=1),
            "The future has one frame more than `horizon`. Is a frame appended before "
            "the first step, or does the loop run once too often?",
        ),
        Mistake(
            "one frame too few",
            _future_of(lambda context, future: future[:, :-1]),
            "The last frame of the future is missing. `horizon` is the number of "
            "frames, so there are as many steps from the prior.",
        ),
        Mistake(
            "context returned as well",
            _future_of(lambda context, future: torch.cat((context, future), dim=1)),
            "The result contains the context, too. Return only the frames after it.",
        ),
        Mistake(
            "last frame only",
            _future_of(lambda context, future: future[:, -1]),
            "This is the last frame alone. Collect the frame of every step in a list, "
            "and stack them along time.",
        ),
        Mistake(
            "a list of frames",
            _future_of(lambda context, future: [*future.unbind(1)]),
            "The frames are correct, but they are a list. A video is one tensor: stack "
            "them along axis 1.",
        ),
        Mistake(
            "frames concatenated",
            _future_of(lambda context, future: future.flatten(1, 2)),
            "`cat` along axis 1 joins the channels of the frames. `stack` makes a new "
            "axis for time.",
        ),
        Mistake(
            "frames clamped",
            _future_of(lambda context, future: future.clamp(0, 1)),
            "The frames are limited to [0, 1]. Pixels lie in [-1, 1], and the decoder "
            "ends with a tanh already.",
        ),
        Mistake(
            "one clip after the other",
            _clip_by_clip,
            "The distribution is correct, but the noise is used in another order, so "
            "the check cannot compare the frames. Each step takes all clips at once, "
            "which is also faster.",
        ),
        Mistake(
            "generator seeded again",
            _seeded,
            "The generator is seeded in the function, so every call samples the same "
            "future. Seeding is the caller's task.",
        ),
        Mistake(
            "no error for an empty future",
            lambda model, context, horizon, rng: (
                _correct(model, context, horizon, rng) if horizon else context[:, :0]
            ),
            "The futures are correct. But a horizon of 0 gives a video without frames: "
            "raise a ValueError that says what is needed.",
        ),
        Mistake(
            "gradient cut between the frames",
            _sampler(step=_with_detached_frame),
            "The frames are correct, but an error of a late frame gives the earlier "
            "steps no gradient. Pass each decoded frame on without `detach`.",
        ),
        Mistake(
            "no gradient",
            torch.no_grad()(_correct),
            "The frames are correct, but nothing can be learned from them. Whether "
            "gradients are needed is the caller's decision: leave out `no_grad`.",
        ),
        Mistake(
            "time as the first axis",
            lambda model, context, horizon, rng: _correct(
                model, context, horizon, rng
            ).transpose(0, 1),
            "Time is on the first axis, where the batch is expected. The axes of a "
            "video are batch, time, channel, height, width: stack along axis 1.",
        ),
    ),
    alternatives=(_in_one_loop, _by_networks),
    hints=(
        "The posterior needs the next frame. For which steps is that frame known, and "
        "which network gives a distribution of z where it is not?",
        "Begin with `initial_states`. Call `posterior_step` for every known frame but "
        "the first, with the frame before it. Then call `prior_step` once for each "
        "frame of the horizon.",
        "The first loop runs over the context from its second frame on, and keeps the "
        "states and the true frame. The second loop passes states and frame from one "
        "`prior_step` to the next, and collects the frames in a list; stack along "
        "time.",
    ),
)
