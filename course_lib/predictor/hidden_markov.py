"""Hidden Markov models: sampling, and the forward algorithm in logarithms.

All probabilities are natural logarithms; -inf is the logarithm of probability 0.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.shapes import Distributions, PerClip

LogInitial = Float[Tensor, "state"]
LogTransition = Float[Tensor, "state state"]  # row: from, column: to
LogEmission = Float[Tensor, "state symbol"]
SymbolSequences = Int[Tensor, "batch time"]


class HiddenMarkovModel(NamedTuple):
    """Log probabilities of the first state, of transitions, and of emitted symbols.

    Shapes: (state,), (state, state) from row to column, and (state, symbol).
    """

    log_initial: Tensor
    log_transition: Tensor
    log_emission: Tensor


class HMMSample(NamedTuple):
    """Sampled hidden states and the symbols that they emitted, (batch, time) each."""

    states: Tensor
    symbols: Tensor


def forward_algorithm(
    log_initial: LogInitial,
    log_transition: LogTransition,
    log_emission: LogEmission,
    symbols: SymbolSequences,
) -> PerClip:
    """log p(symbols) of every sequence, in nats, marginalised over the hidden states.

    The first state has the distribution ``log_initial`` and emits the first symbol. The
    cost is O(time * states^2). Nothing underflows, whatever the length, because all
    sums are ``logsumexp``. A sequence of probability 0 has the value -inf.
    Differentiable in the three tables.

    Source: Rabiner 1989, section III A.
    """
    log_likelihood = log_emission.T[symbols]  # (batch, time, state): log p(x_t | s_t)
    log_alpha = log_initial + log_likelihood[:, 0]  # log p(x_1..t, s_t)
    for emission in log_likelihood[:, 1:].unbind(dim=1):
        joint = log_alpha.unsqueeze(2) + log_transition  # (batch, from, to)
        log_alpha = joint.logsumexp(dim=1) + emission
    return log_alpha.logsumexp(dim=1)


def ancestral_sample(
    model: HiddenMarkovModel, n: int, length: int, rng: torch.Generator
) -> HMMSample:
    """Sample n sequences of states and symbols, each variable given its parents.

    Both fields of the result are integer tensors of shape (n, length).

    Raises:
        ValueError: if ``length`` is below 1.
    """
    if length < 1:
        raise ValueError(
            f"ancestral_sample needs a length of at least one frame, but got {length}."
        )
    initial, transition, emission = (table.exp() for table in model)
    states = [_categorical(initial.expand(n, -1), rng)]
    for _ in range(length - 1):
        states.append(_categorical(transition[states[-1]], rng))
    path = torch.stack(states, dim=1)
    symbols = _categorical(emission[path.flatten()], rng).view(n, length)
    return HMMSample(path, symbols)


def _categorical(probabilities: Distributions, rng: torch.Generator) -> Tensor:
    return torch.multinomial(probabilities, 1, generator=rng).squeeze(1)
