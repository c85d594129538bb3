"""E2.1: the likelihood of a sequence under a hidden Markov model."""

from collections.abc import Sequence

import torch
from sympy import Dummy, Eq, IndexedBase, Product, Symbol

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import Previous, Probability, SumOver, unevaluated
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.hidden_markov import HiddenMarkovModel, forward_algorithm

STATES, SYMBOLS, MAX_LENGTH = 3, 4, 5  # at most 3^5 = 243 paths

T, t, sequence, paths = map(Symbol, ("T", "t", "x_{1:T}", "s_{1:T}"))
s, x = map(IndexedBase, "sx")
p, p_initial, p_transition, p_emission, p_next = map(Dummy, "ppppp")

with unevaluated():
    step = Probability(p_transition, s[t], s[t - 1]) * Probability(
        p_emission, x[t], s[t]
    )
    first = Probability(p_initial, s[1]) * Probability(p_emission, x[1], s[1])
    formula = (
        Eq(Probability(p, sequence), SumOver(first * Product(step, (t, 2, T)), paths)),
        Eq(
            Probability(p, sequence),
            Product(Probability(p_next, x[t], Previous(x, t)), (t, 1, T)),
        ),
    )


def likelihood_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Short sequences of random models: all paths, and one-step predictions."""
    cases = [_case(rng, 2 + i % (MAX_LENGTH - 1)) for i in range(16)]
    return (
        Comparison(
            cases, 1e-14, "the library's forward algorithm against the sum of all paths"
        ),
        Comparison(
            cases, 1e-14, "the same against the product of one-step predictions"
        ),
    )


def _case(rng: torch.Generator, length: int) -> AtomValues:
    shapes = ((STATES,), (STATES, STATES), (STATES, SYMBOLS))
    model = HiddenMarkovModel(
        *(draw.normal(rng, *shape).log_softmax(-1) for shape in shapes)
    )
    initial, transition, emission = (table.exp() for table in model)
    symbols = torch.randint(SYMBOLS, (length,), generator=rng)
    states = torch.cartesian_prod(*[torch.arange(STATES)] * length).T
    padding = torch.zeros(1, dtype=torch.long)  # time starts at 1

    def next_symbol(symbol: torch.Tensor, past: torch.Tensor) -> torch.Tensor:
        """p(symbol | past), by filtering."""
        predicted = initial  # p(s_t | x_1..t-1)
        for before in past:
            joint = predicted * emission[:, before]
            filtered = joint / joint.sum()  # p(s_t | x_1..t)
            predicted = filtered @ transition
        return predicted @ emission[:, symbol]

    return {
        T: length,
        sequence: symbols,
        x: torch.cat((padding, symbols)),
        s: torch.cat((padding.expand(1, states.shape[1]), states)),
        p: lambda symbols: forward_algorithm(*model, symbols[None])[0].exp(),
        p_initial: lambda state: initial[state],
        p_transition: lambda state, before: transition[before, state],
        p_emission: lambda symbol, state: emission[state, symbol],
        p_next: next_symbol,
    }


SEQUENCE_LIKELIHOOD = Equation(
    "E2.1",
    "The probability of a sequence is the sum of its joint probabilities with all "
    "hidden paths. It is also the product of the probabilities of each symbol given "
    "the symbols before it.",
    formula,
    "Rabiner 1989, section III A",
    likelihood_cases,
)
