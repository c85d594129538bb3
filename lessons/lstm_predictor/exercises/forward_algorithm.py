"""X2.2: the forward algorithm of a hidden Markov model, in logarithms.

In the answers i is log p(s_1), a the log transition table, e is log p(x_t | s_t), and
r is log alpha_t = log p(x_1..t, s_t).
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import log

import torch
from torch import Tensor

from course_lib.predictor.hidden_markov import forward_algorithm
from teaching.exercise import Answer, Case, Exercise, Mistake

TABLES = ("log_initial", "log_transition", "log_emission")


def _chain_cases(rng: torch.Generator) -> Sequence[Case]:
    def table(*shape: int) -> Tensor:
        weights = torch.randn(shape, generator=rng, dtype=torch.float64)
        return (2 * weights).log_softmax(-1)

    def inputs(states: int, symbols: int, *batch_time: int) -> dict[str, Tensor]:
        tables = (table(states), table(states, states), table(states, symbols))
        sequences = torch.randint(symbols, batch_time, generator=rng)
        return {**dict(zip(TABLES, tables, strict=True)), "symbols": sequences}

    left_to_right = inputs(3, 4, 2, 6)
    forbidden = torch.ones(3, 3, dtype=torch.bool).tril(-1)
    left_to_right["log_initial"] = torch.tensor([0.0, -torch.inf, -torch.inf]).double()
    left_to_right["log_transition"][forbidden] = -torch.inf
    left_to_right["log_transition"] = left_to_right["log_transition"].log_softmax(1)
    small = inputs(4, 3, 2, 5)
    small |= {name: small[name].float() for name in TABLES}
    impossible = inputs(3, 4, 3, 5)
    impossible["log_emission"][:, 0] = -torch.inf
    impossible["log_emission"] = impossible["log_emission"].log_softmax(1)
    impossible["symbols"] = impossible["symbols"].clamp(min=1)
    impossible["symbols"][0, 2] = 0
    rare = inputs(2, 4, 2, 150)
    frequent = torch.zeros(2, 1, dtype=torch.float64)  # does not occur in `symbols`
    scores = torch.cat((rare["log_emission"] - 8, frequent), 1)
    rare["log_emission"] = scores.log_softmax(1)
    return [
        Case("three states, five symbols", inputs(3, 5, 4, 6), TABLES),
        Case("as many states as symbols and sequences", inputs(3, 3, 3, 3), TABLES),
        Case("more states than symbols", inputs(4, 2, 3, 5), TABLES),
        Case("a single frame", inputs(3, 4, 2, 1), TABLES),
        Case("one sequence", inputs(3, 4, 1, 5), TABLES),
        Case("transitions of probability 0", left_to_right),
        Case("minus infinite where the sequence is impossible", impossible),
        Case("150 frames of rare symbols do not underflow", rare),
        Case("float32 stays float32", small, TABLES),
    ]


def _first(initial: Tensor, transition: Tensor, emission: Tensor) -> Tensor:
    return initial + emission


def _step(log_alpha: Tensor, transition: Tensor, emission: Tensor | float) -> Tensor:
    return (log_alpha[:, :, None] + transition).logsumexp(1) + emission


def _total(log_alpha: Tensor) -> Tensor:
    return log_alpha.logsumexp(1)


def _forward(
    first: Callable[..., Tensor] = _first,
    step: Callable[..., Tensor] = _step,
    total: Callable[..., Tensor] = _total,
) -> Answer:
    """A forward algorithm in which some of its three formulas are replaced."""

    def answer(log_initial, log_transition, log_emission, symbols):
        emission, *later = log_emission.T[symbols].unbind(1)
        log_alpha = first(log_initial, log_transition, emission)
        for emission in later:
            log_alpha = step(log_alpha, log_transition, emission)
        return total(log_alpha)

    return answer


def _backward(log_initial, log_transition, log_emission, symbols):
    first, *later = log_emission.T[symbols].unbind(1)
    log_beta = torch.zeros_like(first)
    for emission in reversed(later):
        log_beta = (log_transition + (emission + log_beta)[:, None]).logsumexp(2)
    return (log_initial + first + log_beta).logsumexp(1)


def _rescaled(log_initial, log_transition, log_emission, symbols, *, smallest=0.0):
    transition, emission = log_transition.exp(), log_emission.exp()
    filtered, log_p = log_initial.exp().expand(len(symbols), -1), 0
    for t, column in enumerate(symbols.T):
        predicted = filtered @ transition if t else filtered
        joint = predicted * emission[:, column].T
        scale = joint.sum(1, keepdim=True)
        filtered, log_p = joint / scale.clamp(min=smallest), log_p + scale.log()
    return log_p[:, 0]


def _clamped(log_initial, log_transition, log_emission, symbols):
    """As ``_rescaled``; an impossible sequence is divided by a small number, not 0."""
    tables = (log_initial, log_transition, log_emission)
    return _rescaled(*tables, symbols, smallest=torch.finfo(log_initial.dtype).tiny)


def _late_symbols(log_initial, log_transition, log_emission, symbols):
    late = torch.cat((symbols[:, :1], symbols[:, :-1]), 1)
    return forward_algorithm(log_initial, log_transition, log_emission, late)


FORWARD_ALGORITHM = Exercise(
    id="X2.2",
    title="The forward algorithm",
    reference=forward_algorithm,
    points=3,
    minutes=15,
    difficulty=3,
    cases=_chain_cases,
    mistakes=(
        Mistake(
            "transition table transposed",
            _forward(step=lambda r, a, e: _step(r, a.T, e)),
            "Entry (j, k) of the table is the transition from j to k: rows are from, "
            "columns are to. They are exchanged. Which axis do you sum over?",
        ),
        Mistake(
            "sum over the new states",
            _forward(step=lambda r, a, e: (r[:, :, None] + a).logsumexp(2) + e),
            "The sum is over the new states, and every row of the table sums to 1, so "
            "alpha does not change. Sum over the old states, from which a path comes.",
        ),
        Mistake(
            "first symbol left out",
            _forward(first=lambda i, a, e: i.expand_as(e)),
            "The first state emits a symbol too: add its log emission. What is log p "
            "of a sequence of one symbol?",
        ),
        Mistake(
            "a transition before the first symbol",
            _forward(first=lambda i, a, e: _step(i[None], a, e)),
            "The first state has the initial distribution and emits the first symbol. "
            "A sequence of T symbols has T - 1 transitions.",
        ),
        Mistake(
            "initial distribution ignored",
            _forward(first=lambda i, a, e: e - log(len(i))),
            "The first state is taken to be uniform. Its log probabilities are given "
            "in `log_initial`.",
        ),
        Mistake(
            "best path only",
            _forward(
                step=lambda r, a, e: (r[:, :, None] + a).amax(1) + e,
                total=partial(torch.amax, dim=1),
            ),
            "This is the Viterbi algorithm: the probability of the most likely path "
            "alone. Replace the maximum by a sum over paths, `logsumexp`.",
        ),
        Mistake(
            "emission of the old state",
            _forward(step=lambda r, a, e: _step(r + e, a, 0.0)),
            "The symbol is emitted by the state before the transition. Apply the "
            "transition first, then add the log emission of the new state.",
        ),
        Mistake(
            "mean in place of the sum",
            _forward(step=lambda r, a, e: _step(r, a, e - log(len(a)))),
            "Probabilities of paths that lead to one state are added. A mean divides "
            "by the number of states at every step.",
        ),
        Mistake(
            "sum of logarithms",
            _forward(step=lambda r, a, e: (r[:, :, None] + a).sum(1) + e),
            "A sum of logarithms is the logarithm of a product. Paths exclude each "
            "other, so their probabilities are added: take the logarithm of a sum.",
        ),
        Mistake(
            "probabilities that underflow",
            _forward(
                first=lambda i, a, e: (i + e).exp(),
                step=lambda r, a, e: r @ a.exp() * e.exp(),
                total=lambda r: r.sum(1).log(),
            ),
            "The formula is right, but the product of 150 small probabilities is 0 in "
            "floating point. Compute with logarithms from the first step to the last.",
        ),
        Mistake(
            "nan for an impossible sequence",
            _rescaled,
            "A sequence of probability 0 has the logarithm -inf, but yours is nan: the "
            "scale is 0 there, and 0 / 0 is nan, like inf - inf. Either keep to "
            "`logsumexp`, or do not divide by a scale of 0.",
        ),
        Mistake(
            "symbols one step late",
            _late_symbols,
            "Step t uses the symbol of step t - 1, so the last symbol never counts. "
            "The new state emits the new symbol.",
        ),
        Mistake(
            "last symbol left out",
            lambda log_initial, log_transition, log_emission, symbols: (
                forward_algorithm(
                    log_initial,
                    log_transition,
                    log_emission,
                    symbols[:, :-1] if symbols.shape[1] > 1 else symbols,
                )
            ),
            "The loop ends one symbol too early. After the first symbol there are "
            "T - 1 more, each with a transition and an emission.",
        ),
        Mistake(
            "minus the logarithm",
            lambda log_initial, log_transition, log_emission, symbols: (
                -forward_algorithm(log_initial, log_transition, log_emission, symbols)
            ),
            "This is the negative log-likelihood, as for a loss. The function returns "
            "log p(symbols), which is never positive.",
        ),
        Mistake(
            "mean over the frames",
            lambda log_initial, log_transition, log_emission, symbols: (
                forward_algorithm(log_initial, log_transition, log_emission, symbols)
                / symbols.shape[1]
            ),
            "This is the log-likelihood of one frame on average. The exercise asks "
            "for that of the whole sequence, the sum over its frames.",
        ),
        Mistake(
            "sum over the batch",
            lambda log_initial, log_transition, log_emission, symbols: (
                forward_algorithm(
                    log_initial, log_transition, log_emission, symbols
                ).sum()
            ),
            "Every sequence has a log-likelihood of its own. Sum over the states, not "
            "over the sequences.",
        ),
        Mistake(
            "last sum left out",
            _forward(total=lambda r: r),
            "These are joint probabilities of the symbols and the last state. The last "
            "state is hidden too: sum over it.",
        ),
    ),
    alternatives=(_backward, _clamped),
    hints=(
        "Keep one number for each sequence and state: log alpha_t = log p(symbols up "
        "to t, state t). What is it for the first symbol?",
        "For the next symbol: add the log transitions, sum the probabilities over the "
        "old states, add the log emission of the new state. `logsumexp` sums "
        "probabilities that are given as logarithms.",
        "(batch, from, 1) plus (from, to) is (batch, from, to); summed over `from` it "
        "is (batch, to). Row k of the transposed emission table holds log p of symbol "
        "k in every state. After the last symbol sum over the states.",
    ),
)
