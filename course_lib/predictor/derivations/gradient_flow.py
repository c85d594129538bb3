"""LSTMState why memory fades: each step back multiplies by one more Jacobian, E2.2."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, IndexedBase, Tuple, symbols, tanh

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Measured
from course_lib.mathematics.notation import (
    Backwards,
    Diagonal,
    Jacobian,
    MatrixProduct,
    on_blackboard,
)
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.gradient_flow import jacobians_by_lag, jacobians_by_chain_rule
from course_lib.predictor.recurrent_cell import HiddenState, CellWeights, rnn_cell, unroll

LAST, SIZE = 6, 3  # frames of a sequence; as many features as hidden units

W, U, b, k, t, T = symbols("W U b k t T")
h, x = map(IndexedBase, "hx")
to_state, to_input = Jacobian(h[T], h[t]), Jacobian(h[T], x[t])

with on_blackboard():
    one_step = MatrixProduct(Diagonal(1 - h[k] ** 2), U)
    formula = (
        Eq(h[t], tanh(Add(MatrixProduct(W, x[t]), MatrixProduct(U, h[t - 1]), b))),
        Eq(to_state, Backwards(one_step, Tuple(k, T, t + 1))),
        Eq(to_input, MatrixProduct(to_state, Diagonal(1 - h[t] ** 2), W)),
    )


def look_back(rng: torch.Generator) -> Sequence[Comparison]:
    """Random networks, asked two to five steps back: autograd, and by hand."""
    pairs = [_sequence(rng, 1 + i % 4) for i in range(8)]
    cases = [case for pair in pairs for case in pair]
    return (
        Comparison(cases, 1e-12, "the library's cell against the formula"),
        Comparison(cases, 1e-12, "autograd through the library's cell, closed form"),
        Comparison(cases, 1e-12, "autograd, then the library's product, closed form"),
    )


def _sequence(rng: torch.Generator, time: int) -> tuple[Measured, Measured]:
    square = (SIZE, SIZE)
    weights = CellWeights(*(draw.normal(rng, *n) / 2 for n in (square, square, (SIZE,))))
    inputs, start = draw.normal(rng, 1, LAST, SIZE), draw.normal(rng, 1, SIZE)

    def run(inputs: torch.Tensor, state: torch.Tensor = start) -> torch.Tensor:
        return unroll(rnn_cell, inputs, HiddenState(state), weights).hidden_states

    states = torch.cat((start, run(inputs)[0]))
    facts = {
        **dict(zip((W, U, b), weights, strict=True)),
        **{
            T: LAST,
            t: time,
            h: states,
            x: torch.cat((torch.zeros(1, SIZE), inputs[0])),
        },
        to_state: torch.autograd.functional.jacobian(
            lambda state: run(inputs[:, time:], state[None])[0, -1], states[time]
        ),
    }
    by_autograd = jacobians_by_lag(lambda inputs: run(inputs)[:, -1], inputs)
    by_hand = jacobians_by_chain_rule(inputs, HiddenState(start), weights)
    return tuple(
        {**facts, to_input: found[0, LAST - time]} for found in (by_autograd, by_hand)
    )


FADING = Equation(
    "E2.2",
    "What an old input still does to the last state is a product with one factor for "
    "every step between them, so it shrinks or grows like a power.",
    formula,
    "Elman 1990 for the network; Pascanu et al. 2013, equation 5",
    look_back,
)
