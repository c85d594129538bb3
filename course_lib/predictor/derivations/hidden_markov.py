"""LSTMState what a clip's probability is: a sum over all that may be hidden, E2.1."""

from collections.abc import Sequence

import torch
from sympy import Dummy, Eq, IndexedBase, Product, Symbol

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Measured
from course_lib.mathematics.notation import Before, Chance, Summed, on_blackboard
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.hidden_markov import HiddenMarkovModel, forward_algorithm

STATES, SYMBOLS, LONGEST = 3, 4, 5  # 243 paths at most

T, t, clip, paths = map(Symbol, ("T", "t", "x_{1:T}", "s_{1:T}"))
s, x = map(IndexedBase, "sx")
p, p_start, p_move, p_show, p_next = map(Dummy, "ppppp")

with on_blackboard():
    step = Chance(p_move, s[t], s[t - 1]) * Chance(p_show, x[t], s[t])
    path = Chance(p_start, s[1]) * Chance(p_show, x[1], s[1]) * Product(step, (t, 2, T))
    formula = (
        Eq(Chance(p, clip), Summed(path, paths)),
        Eq(Chance(p, clip), Product(Chance(p_next, x[t], Before(x, t)), (t, 1, T))),
    )


def sum_over_paths(rng: torch.Generator) -> Sequence[Comparison]:
    """Short clips of small random models: every path, and every frame's own chance."""
    cases = [_clip(rng, 2 + i % (LONGEST - 1)) for i in range(16)]
    return (
        Comparison(cases, 1e-14, "the library's forward algorithm against every path"),
        Comparison(cases, 1e-14, "the same against frames foretold one by one"),
    )


def _clip(rng: torch.Generator, length: int) -> Measured:
    shapes = ((STATES,), (STATES, STATES), (STATES, SYMBOLS))
    model = HiddenMarkovModel(*(draw.normal(rng, *n).log_softmax(-1) for n in shapes))
    start, move, show = (table.exp() for table in model)
    seen = torch.randint(SYMBOLS, (length,), generator=rng)
    hidden = torch.cartesian_prod(*[torch.arange(STATES)] * length).T
    unused = torch.zeros(1, dtype=torch.long)  # time starts at 1

    def foretold(symbol: torch.Tensor, past: torch.Tensor) -> torch.Tensor:
        belief = start
        for before in past:
            belief = belief * show[:, before] / (belief @ show[:, before]) @ move
        return belief @ show[:, symbol]

    return {
        T: length,
        clip: seen,
        x: torch.cat((unused, seen)),
        s: torch.cat((unused.expand(1, hidden.shape[1]), hidden)),
        p: lambda symbols: forward_algorithm(*model, symbols[None])[0].exp(),
        p_start: lambda first: start[first],
        p_move: lambda now, before: move[before, now],
        p_show: lambda symbol, state: show[state, symbol],
        p_next: foretold,
    }


HIDDEN_PATHS = Equation(
    "E2.1",
    "A clip is as probable as all hidden paths that could have shown it, together; "
    "frame by frame, that is the product of each frame's chance given its past.",
    formula,
    "Rabiner 1989, section III A",
    sum_over_paths,
)
