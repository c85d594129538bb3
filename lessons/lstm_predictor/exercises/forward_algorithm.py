"""Ask for the probability of what was seen, summed over all that may be behind it.

In what follows i is log p(s_1), a the table of moves, e log p(x_t | s_t), and r what
the algorithm carries: log p(x_1..t, s_t).
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

    def seen(states: int, symbols: int, *batch_time: int) -> dict[str, Tensor]:
        tables = (table(states), table(states, states), table(states, symbols))
        drawn = torch.randint(symbols, batch_time, generator=rng)
        return {**dict(zip(TABLES, tables, strict=True)), "symbols": drawn}

    onward = seen(3, 4, 2, 6)
    forbidden = torch.ones(3, 3, dtype=torch.bool).tril(-1)
    onward["log_initial"] = torch.tensor([0.0, -torch.inf, -torch.inf]).double()
    onward["log_transition"][forbidden] = -torch.inf
    onward["log_transition"] = onward["log_transition"].log_softmax(1)
    small = seen(4, 3, 2, 5)
    small |= {name: small[name].float() for name in TABLES}
    rare = seen(2, 4, 2, 150)
    usual = torch.zeros(2, 1, dtype=torch.float64)  # a symbol that is never seen
    scores = torch.cat((rare["log_emission"] - 8, usual), 1)
    rare["log_emission"] = scores.log_softmax(1)
    return [
        Case("three states, five symbols", seen(3, 5, 4, 6), TABLES),
        Case("as many states as symbols and sequences", seen(3, 3, 3, 3), TABLES),
        Case("more states than symbols", seen(4, 2, 3, 5), TABLES),
        Case("a single frame", seen(3, 4, 2, 1), TABLES),
        Case("states that never return", onward, TABLES),
        Case("150 frames of rare symbols do not underflow", rare),
        Case("float32 stays float32", small, TABLES),
    ]


def _begin(initial: Tensor, transition: Tensor, emitted: Tensor) -> Tensor:
    return initial + emitted


def _move(reached: Tensor, transition: Tensor, emitted: Tensor | float) -> Tensor:
    return (reached[:, :, None] + transition).logsumexp(1) + emitted


def _end(reached: Tensor) -> Tensor:
    return reached.logsumexp(1)


def _forward(
    begin: Callable[..., Tensor] = _begin,
    move: Callable[..., Tensor] = _move,
    end: Callable[..., Tensor] = _end,
) -> Answer:
    """A forward algorithm with other parts in it."""

    def answer(log_initial, log_transition, log_emission, symbols):
        first, *later = log_emission.T[symbols].unbind(1)
        reached = begin(log_initial, log_transition, first)
        for emitted in later:
            reached = move(reached, log_transition, emitted)
        return end(reached)

    return answer


def _backward(log_initial, log_transition, log_emission, symbols):
    first, *later = log_emission.T[symbols].unbind(1)
    ahead = torch.zeros_like(first)
    for emitted in reversed(later):
        ahead = (log_transition + (emitted + ahead)[:, None]).logsumexp(2)
    return (log_initial + first + ahead).logsumexp(1)


def _rescaled(log_initial, log_transition, log_emission, symbols):
    transition, emission = log_transition.exp(), log_emission.exp()
    shares, total = log_initial.exp().expand(len(symbols), -1), 0
    for t, column in enumerate(symbols.T):
        reached = (shares @ transition if t else shares) * emission[:, column].T
        height = reached.sum(1, keepdim=True)
        shares, total = reached / height, total + height.log()
    return total[:, 0]


FORWARD = Exercise(
    id="X2.2",
    title="All hidden paths at once",
    reference=forward_algorithm,
    points=3,
    minutes=15,
    difficulty=3,
    cases=_chain_cases,
    mistakes=(
        Mistake(
            "transitions run backwards",
            _forward(move=lambda r, a, e: _move(r, a.T, e)),
            "A row of the table says where a state leads to, a column where it is "
            "reached from; here they are exchanged. Which axis do you sum over?",
        ),
        Mistake(
            "sum over where the path goes",
            _forward(move=lambda r, a, e: (r[:, :, None] + a).logsumexp(2) + e),
            "The sum runs over the states that are moved to, and every row sums to 1: "
            "nothing has moved. Sum over the states that the path comes from.",
        ),
        Mistake(
            "first symbol left out",
            _forward(begin=lambda i, a, e: i.expand_as(e)),
            "The first state also emits. What is log p of a sequence of one frame?",
        ),
        Mistake(
            "a move before the first symbol",
            _forward(begin=lambda i, a, e: _move(i[None], a, e)),
            "The first state follows the initial distribution itself and emits at "
            "once. A sequence of T symbols has T - 1 moves.",
        ),
        Mistake(
            "initial distribution ignored",
            _forward(begin=lambda i, a, e: e - log(len(i))),
            "Every state is equally likely at the start here. How likely each one is "
            "stands in `log_initial`.",
        ),
        Mistake(
            "best path only",
            _forward(
                move=lambda r, a, e: (r[:, :, None] + a).amax(1) + e,
                end=partial(torch.amax, dim=1),
            ),
            "This is Viterbi's algorithm: the probability of the one best path. Asked "
            "for is the sum over all paths, so no maximum is taken.",
        ),
        Mistake(
            "symbol emitted before the move",
            _forward(move=lambda r, a, e: _move(r + e, a, 0.0)),
            "A symbol is charged to the state that is left here, not to the one that "
            "is reached. First the move, then the emission of the new state.",
        ),
        Mistake(
            "mean in place of the sum",
            _forward(move=lambda r, a, e: _move(r, a, e - log(len(a)))),
            "Paths that meet in a state add up their probabilities. A mean makes every "
            "step too unlikely, by the number of states.",
        ),
        Mistake(
            "logarithms added up",
            _forward(move=lambda r, a, e: (r[:, :, None] + a).sum(1) + e),
            "Adding logarithms multiplies the probabilities of paths that exclude each "
            "other. Their probabilities are to be added: logarithm of a sum.",
        ),
        Mistake(
            "probabilities that underflow",
            _forward(
                begin=lambda i, a, e: (i + e).exp(),
                move=lambda r, a, e: r @ a.exp() * e.exp(),
                end=lambda r: r.sum(1).log(),
            ),
            "Right on paper. In the machine the product of 150 small numbers is 0, and "
            "its logarithm minus infinity. Stay with logarithms from start to end.",
        ),
        Mistake(
            "last sum left out",
            _forward(end=lambda r: r),
            "These are joint probabilities of the symbols and the last state. Where "
            "the path ends is hidden too: sum over it.",
        ),
    ),
    alternatives=(_backward, _rescaled),
    hints=(
        "Keep one number for each sequence and state: log p of all symbols so far and "
        "this state now. What is it after the first frame?",
        "One frame on: add the log of each move, sum the probabilities over the states "
        "that it may come from, add the log emission. `logsumexp` sums probabilities "
        "that are given as logarithms.",
        "(batch, from, 1) plus (from, to) is (batch, from, to); summed over `from` it "
        "is (batch, to). Row k of the transposed emission table holds log p of symbol "
        "k in every state. After the last frame sum over the states.",
    ),
)
