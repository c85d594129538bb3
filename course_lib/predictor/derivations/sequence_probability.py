"""D2.1, D2.7 and D2.8: the probability of a sequence, by paths, steps and symbols."""

from collections.abc import Callable, Sequence

import torch
from sympy import Dummy, IndexedBase, Product, Symbol
from torch import Tensor

from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import Previous, Probability, SumOver, unevaluated
from course_lib.predictor.derivations import random_cases as draw

STATES, SYMBOLS, LENGTH = 2, 3, 3
N_CASES = 16

T, t = Symbol("T"), Symbol("t")
sequence, paths = Symbol("x_{1:T}"), Symbol("s_{1:T}")
both = Symbol(r"x_{1:T},\, s_{1:T}")
s, x = map(IndexedBase, "sx")
(p_sequence, p_both, p_given_path, p_path, p_initial, p_transition, p_emission) = (
    Dummy("p") for _ in range(7)
)

# D2.1: the sum over all hidden paths.

with unevaluated():
    transition = Probability(p_transition, s[t], s[t - 1])
    emission = Probability(p_emission, x[t], s[t])
    first = Probability(p_initial, s[1])
    path_steps = (
        Step(Probability(p_sequence, sequence), "The probability of the symbols."),
        Step(
            SumOver(Probability(p_both, both), paths),
            "The law of total probability: the sequence occurs together with exactly "
            "one hidden path.",
        ),
        Step(
            SumOver(
                Probability(p_path, paths) * Probability(p_given_path, sequence, paths),
                paths,
            ),
            "The product rule: a joint probability is that of the path, times that of "
            "the symbols given the path.",
        ),
        Step(
            SumOver(
                first
                * Product(transition, (t, 2, T))
                * Probability(p_given_path, sequence, paths),
                paths,
            ),
            "The first assumption of a hidden Markov model: a state depends on the "
            "state before it alone.",
        ),
        Step(
            SumOver(
                first * Product(transition, (t, 2, T)) * Product(emission, (t, 1, T)),
                paths,
            ),
            "The second assumption: a symbol depends on the state at the same time "
            "alone.",
        ),
        Step(
            SumOver(
                first
                * Probability(p_emission, x[1], s[1])
                * Product(transition * emission, (t, 2, T)),
                paths,
            ),
            "Sort the factors by time.",
        ),
    )


class _Model:
    """A random hidden Markov model, and the joint table of symbols and states.

    Axes 0 to 2 of the table are the symbols, axes 3 to 5 the states.
    """

    def __init__(self, rng: torch.Generator) -> None:
        shapes = ((STATES,), (STATES, STATES), (STATES, SYMBOLS))
        tables = [draw.normal(rng, *shape).softmax(-1) for shape in shapes]
        self.initial, self.transition, self.emission = tables
        self.table = torch.einsum(
            "i,ij,jk,ia,jb,kc->abcijk",
            *(self.initial, self.transition, self.transition),
            *[self.emission] * LENGTH,
        )
        self.symbols = torch.randint(SYMBOLS, (LENGTH,), generator=rng)


def path_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random models and sequences; probabilities by sums of the joint table."""
    return [_path_case(_Model(rng), LENGTH - number % 2) for number in range(N_CASES)]


def _path_case(model: _Model, length: int) -> AtomValues:
    table, symbols = model.table, model.symbols[:length]
    for axis in range(LENGTH, length, -1):  # sum over the last symbol and state
        table = table.sum((axis - 1, 2 * axis - 1))
    states = torch.cartesian_prod(*[torch.arange(STATES)] * length).T
    padding = torch.zeros(1, dtype=torch.long)  # time starts at 1
    with_paths = table[tuple(symbols)].flatten()
    of_paths = table.sum(tuple(range(length))).flatten()
    return {
        T: length,
        **{sequence: None, paths: None, both: None},
        x: torch.cat((padding, symbols)),
        s: torch.cat((padding.expand(1, states.shape[1]), states)),
        p_sequence: constant(with_paths.sum()),
        p_both: constant(with_paths),
        p_path: constant(of_paths),
        p_given_path: constant(with_paths / of_paths),
        p_initial: lambda state: model.initial[state],
        p_transition: lambda state, before: model.transition[before, state],
        p_emission: lambda symbol, state: model.emission[state, symbol],
    }


def constant(value: Tensor) -> Callable[..., Tensor]:
    """The probability of fixed events."""
    return lambda *events: value


SUM_OVER_PATHS = Derivation(
    "D2.1",
    "The probability of a sequence is a sum over all hidden paths.",
    path_steps,
    "Rabiner 1989, equations 12 to 17",
    path_cases,
    proves=("E2.1.1",),
)

# D2.7: one step of the forward algorithm.

x_t, s_t, s_before, x_past = map(Symbol, ("x_t", "s_t", "s_{t-1}", "x_{<t}"))
now = Symbol(r"x_{\le t},\, s_t")
now_and_before = Symbol(r"x_{\le t},\, s_{t-1},\, s_t")
before = Symbol(r"x_{<t},\, s_{t-1}")
before_and_state = Symbol(r"x_{<t},\, s_{t-1},\, s_t")
(p_now, p_pair, p_before, p_state, p_symbol, p_move, p_emit) = (
    Dummy("p") for _ in range(7)
)

with unevaluated():
    forward_steps = (
        Step(
            Probability(p_now, now),
            "The probability of all symbols so far together with the present state: "
            r"$\alpha_t(s_t)$ of the forward algorithm.",
        ),
        Step(
            SumOver(Probability(p_pair, now_and_before), s_before),
            "The law of total probability: sum over the state before.",
        ),
        Step(
            SumOver(
                Probability(p_before, before)
                * Probability(p_state, s_t, before)
                * Probability(p_symbol, x_t, before_and_state),
                s_before,
            ),
            "The product rule, twice: first the past, then the new state given it, "
            "then the new symbol given both.",
        ),
        Step(
            SumOver(
                Probability(p_before, before)
                * Probability(p_move, s_t, s_before)
                * Probability(p_symbol, x_t, before_and_state),
                s_before,
            ),
            "The first assumption: the new state depends on the state before it alone.",
        ),
        Step(
            SumOver(
                Probability(p_before, before)
                * Probability(p_move, s_t, s_before)
                * Probability(p_emit, x_t, s_t),
                s_before,
            ),
            "The second assumption: the new symbol depends on the new state alone.",
        ),
        Step(
            Probability(p_emit, x_t, s_t)
            * SumOver(
                Probability(p_before, before) * Probability(p_move, s_t, s_before),
                s_before,
            ),
            "The emission does not depend on the state before: take it out of the sum. "
            r"The first factor of the sum is $\alpha_{t-1}(s_{t-1})$. One step is a "
            "product with the transition matrix and one factor for each state.",
        ),
    )


def forward_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """The last step of three, for all states; probabilities by sums of the table."""
    return [_forward_case(_Model(rng)) for _ in range(N_CASES)]


def _forward_case(model: _Model) -> AtomValues:
    first, second, third = model.symbols
    past = model.table[first, second].sum(1)  # symbol 3, states 2 and 3
    pair = past[third]
    with_state = past.sum(0)
    with_past = with_state.sum(1, keepdim=True)
    events = (x_t, s_t, s_before, now, now_and_before, before, before_and_state)
    return {
        **dict.fromkeys(events),
        p_now: constant(pair.sum(0)),
        p_pair: constant(pair),
        p_before: constant(with_past),
        p_state: constant(with_state / with_past),
        p_symbol: constant(pair / with_state),
        p_move: constant(model.transition),
        p_emit: constant(model.emission[:, third]),
    }


FORWARD_RECURSION = Derivation(
    "D2.7",
    "One step of the forward algorithm: transitions first, then the new symbol.",
    forward_steps,
    "Rabiner 1989, equations 19 and 20",
    forward_cases,
)

# D2.8: any joint probability is a product of one-step predictions.

p_next = Dummy("p")

with unevaluated():
    chain_steps = (
        Step(
            Probability(p_sequence, sequence),
            "The joint probability of any symbols; nothing is assumed about them.",
        ),
        Step(
            Product(
                Probability(p_both, Previous(x, t + 1))
                / Probability(p_both, Previous(x, t)),
                (t, 1, T),
            ),
            "Every numerator is the next denominator and cancels. The last numerator "
            "is left; the first denominator is the probability of no symbol, 1.",
        ),
        Step(
            Product(Probability(p_next, x[t], Previous(x, t)), (t, 1, T)),
            "The definition of a conditional probability: $p(x_t | x_{<t})$ is the "
            "probability of both divided by that of $x_{<t}$.",
        ),
    )


def chain_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random joint tables of three symbols."""
    return [_chain_case(rng) for _ in range(N_CASES)]


def _chain_case(rng: torch.Generator) -> AtomValues:
    shape = (SYMBOLS,) * LENGTH
    table = draw.normal(rng, SYMBOLS**LENGTH).softmax(0).view(shape)
    symbols = torch.randint(SYMBOLS, (LENGTH,), generator=rng)

    def prefix(events: Tensor) -> Tensor:
        return table[tuple(events)].sum()

    def following(symbol: Tensor, past: Tensor) -> Tensor:
        rest = table[tuple(past)].reshape(SYMBOLS, -1).sum(1)
        return (rest / rest.sum())[symbol]

    return {
        T: LENGTH,
        sequence: symbols,
        x: torch.cat((torch.zeros(1, dtype=torch.long), symbols)),
        p_sequence: prefix,
        p_both: prefix,
        p_next: following,
    }


CHAIN_RULE = Derivation(
    "D2.8",
    "Any joint probability is a product of one-step predictions (the chain rule).",
    chain_steps,
    "Bishop 2006, equation 8.5",
    chain_cases,
    proves=("E2.1.2",),
)
