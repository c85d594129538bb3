"""Sum over all hidden paths without listing one: the forward algorithm in logarithms.

Probabilities come as natural logarithms; -inf stands for what cannot happen.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.shapes import Distributions, PerClip

LogInitial = Float[Tensor, "state"]
LogTransition = Float[Tensor, "state state"]  # row: from, column: to
LogEmission = Float[Tensor, "state symbol"]
Sequences = Int[Tensor, "batch time"]


class HiddenMarkov(NamedTuple):
    """A chain of hidden states of which only symbols are seen; all in logarithms."""

    log_initial: Tensor
    log_transition: Tensor
    log_emission: Tensor


class Chain(NamedTuple):
    """Sampled sequences: what happened, and what was seen of it."""

    states: Tensor
    symbols: Tensor


def forward_algorithm(
    log_initial: LogInitial,
    log_transition: LogTransition,
    log_emission: LogEmission,
    symbols: Sequences,
) -> PerClip:
    """log p(symbols) of every sequence, in nats, summed over all hidden paths.

    The first state follows ``log_initial`` and emits the first symbol. Work grows with
    the number of frames times the squared number of states; nothing underflows, however
    long a sequence is. A sequence that cannot happen has -inf.

    Source: Rabiner 1989, section III A.
    """
    seen = log_emission.T[symbols]  # (batch, time, state): log p(x_t | s_t)
    reached = log_initial + seen[:, 0]  # log p(x_1..t, s_t)
    for emitted in seen[:, 1:].unbind(dim=1):
        moved = reached.unsqueeze(2) + log_transition  # (batch, from, to)
        reached = moved.logsumexp(dim=1) + emitted
    return reached.logsumexp(dim=1)


def ancestral_sample(
    model: HiddenMarkov, n: int, length: int, rng: torch.Generator
) -> Chain:
    """Draw n sequences in the order of the arrows: a state, its symbol, the next state.

    Both fields of the result are whole numbers of shape (n, length).

    Raises:
        ValueError: if ``length`` is below 1.
    """
    if length < 1:
        raise ValueError(f"A chain has at least one frame, got length {length}.")
    initial, transition, emission = (table.exp() for table in model)
    states = [_draw(initial.expand(n, -1), rng)]
    for _ in range(length - 1):
        states.append(_draw(transition[states[-1]], rng))
    path = torch.stack(states, dim=1)
    return Chain(path, _draw(emission[path.flatten()], rng).view(n, length))


def _draw(shares: Distributions, rng: torch.Generator) -> Tensor:
    return torch.multinomial(shares, 1, generator=rng).squeeze(1)
