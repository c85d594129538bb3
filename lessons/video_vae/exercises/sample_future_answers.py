"""Dream in other ways than asked for, wrong and right, to prove a check."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.vae.clip_vae import Code
from course_lib.vae.gaussian import reparameterize
from course_lib.vae.sequential import SequentialVAE, States
from teaching.exercise import Answer

Known = tuple[States, Tensor]  # the states, and the frame that is read next


def known(model, context, rng) -> Known:
    """What the context leaves behind."""
    states, last = model.start(context), context[:, 0]
    for truth in context[:, 1:].unbind(1):
        states = model.tell(states, last, truth, rng).states
        last = truth
    return states, last


def sampled(
    read: Callable[..., Known] = known,
    step: Callable[..., Known] = SequentialVAE.dream,
    told: Callable[..., Known] = lambda model, context, begin, now: now,
) -> Answer:
    """An answer that reads the context, then steps; ``told`` picks what a step reads.

    It is handed what the context left behind, and what the step before did.
    """

    def answer(model, context, horizon, rng):
        begin = now = read(model, context, rng)
        future = []
        for _ in range(horizon):
            now = step(model, *told(model, context, begin, now), rng)
            future.append(now[1])
        return torch.stack(future, dim=1)

    return answer


def with_context(change: Callable[[Tensor], Tensor]) -> Answer:
    """The right future of another context."""
    return lambda model, context, horizon, rng: sampled()(
        model, change(context), horizon, rng
    )


def with_code(code: Callable[[Code, torch.Generator], Tensor]) -> Answer:
    """The right future but for its codes: made of the prior's law and a generator."""

    def step(model, states, last, rng) -> Known:
        prior_state, prior = model.prior(last, states.prior)
        painter_state, frame = model.painter(last, code(prior, rng), states.painter)
        return States(prior_state, states.posterior, painter_state), frame

    return sampled(step=step)


def one_code(model, context, horizon, rng):
    """The first code drawn serves the whole future."""
    drawn = []

    def first(prior, rng):
        drawn.append(drawn[0] if drawn else reparameterize(*prior, rng))
        return drawn[0]

    return with_code(first)(model, context, horizon, rng)


def asked_about_itself(model, states, last, rng) -> Known:
    """A step in which the posterior is shown the last frame as if it were the next."""
    after = model.tell(states, last, last, rng)
    return after.states, after.frame


def rewound(model, states, last, rng) -> Known:
    """A step that leaves the generator where it stood."""
    return model.dream(states, last, rng.clone_state())


def cut_loose(model, states, last, rng) -> Known:
    """A step that no gradient passes on its way through the frames."""
    return model.dream(states, last.detach(), rng)


def guessed(model, context, rng) -> Known:
    """The context read without a look at what comes next in it."""
    states = model.start(context)
    for frame in context[:, :-1].unbind(1):
        states, _ = model.dream(states, frame, rng)
    return states, context[:, -1]


def painted(model, context, rng) -> Known:
    """The context read from what was painted of it."""
    states, last = model.start(context), context[:, 0]
    for truth in context[:, 1:].unbind(1):
        after = model.tell(states, last, truth, rng)
        states, last = after.states, after.frame
    return states, last


def clip_grows(model, context, horizon, rng):
    """Right: one loop over known and unknown frames, which stand in one clip."""
    states, clip, n_context = model.start(context), context, context.shape[1]
    for t in range(1, n_context + horizon):
        if t < n_context:
            states = model.tell(states, clip[:, t - 1], clip[:, t], rng)[0]
        else:
            states, frame = model.dream(states, clip[:, -1], rng)
            clip = torch.cat((clip, frame[:, None]), dim=1)
    return clip[:, n_context:]


def part_by_part(model, context, horizon, rng):
    """Right: each memory asked by itself, and the codes drawn by hand."""
    (prior, posterior, painter), frames = model.start(context), [*context.unbind(1)]
    n_context = len(frames)
    for t in range(1, n_context + horizon):
        prior, (mu, logvar) = model.prior(frames[t - 1], prior)
        if t < n_context:
            posterior, (mu, logvar) = model.posterior(frames[t], posterior)
        eps = torch.empty_like(mu).normal_(generator=rng)
        z = torch.addcmul(mu, eps, logvar.exp().sqrt())
        painter, frame = model.painter(frames[t - 1], z, painter)
        frames += [frame] * (t >= n_context)
    return torch.stack(frames[n_context:], dim=1)
