"""E2.2: Jacobians of a recurrent network are products with one factor for each step."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, IndexedBase, Tuple, symbols, tanh

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import (
    Diagonal,
    Jacobian,
    MatrixProduct,
    ReverseProduct,
    unevaluated,
)
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.gradient_flow import (
    jacobians_by_chain_rule,
    jacobians_by_lag,
)
from course_lib.predictor.recurrent_cell import (
    CellWeights,
    HiddenState,
    rnn_cell,
    unroll,
)

LENGTH, SIZE = 6, 3  # frames of a sequence; features, and also hidden units

W, U, b, k, t, T = symbols("W U b k t T")
h, x = map(IndexedBase, "hx")
to_state, to_input = Jacobian(h[T], h[t]), Jacobian(h[T], x[t])

with unevaluated():
    one_step = MatrixProduct(Diagonal(1 - h[k] ** 2), U)
    formula = (
        Eq(h[t], tanh(Add(MatrixProduct(W, x[t]), MatrixProduct(U, h[t - 1]), b))),
        Eq(to_state, ReverseProduct(one_step, Tuple(k, T, t + 1))),
        Eq(to_input, MatrixProduct(to_state, Diagonal(1 - h[t] ** 2), W)),
    )


def jacobian_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Jacobians of random networks over two to five steps, by autograd and products."""
    pairs = [_case(rng, 1 + i % 4) for i in range(8)]
    cases = [case for pair in pairs for case in pair]
    return (
        Comparison(cases, 1e-12, "the library's cell against the formula"),
        Comparison(cases, 1e-12, "autograd of the library's cell against closed form"),
        Comparison(
            cases, 1e-12, "autograd and the library's product against closed form"
        ),
    )


def _case(rng: torch.Generator, time: int) -> tuple[AtomValues, AtomValues]:
    square = (SIZE, SIZE)
    weights = CellWeights(
        *(draw.normal(rng, *shape) / 2 for shape in (square, square, (SIZE,)))
    )
    inputs, initial = draw.normal(rng, 1, LENGTH, SIZE), draw.normal(rng, 1, SIZE)

    def run(inputs: torch.Tensor, state: torch.Tensor = initial) -> torch.Tensor:
        return unroll(rnn_cell, inputs, HiddenState(state), weights).hidden_states

    states = torch.cat((initial, run(inputs)[0]))
    case = {
        **dict(zip((W, U, b), weights, strict=True)),
        T: LENGTH,
        t: time,
        h: states,
        x: torch.cat((torch.zeros(1, SIZE), inputs[0])),
        to_state: torch.autograd.functional.jacobian(
            lambda state: run(inputs[:, time:], state[None])[0, -1], states[time]
        ),
    }
    by_autograd = jacobians_by_lag(lambda inputs: run(inputs)[:, -1], inputs)
    by_chain_rule = jacobians_by_chain_rule(inputs, HiddenState(initial), weights)
    return tuple(
        {**case, to_input: jacobians[0, LENGTH - time]}
        for jacobians in (by_autograd, by_chain_rule)
    )


GRADIENT_FLOW = Equation(
    "E2.2",
    "The derivative of the last state by an earlier input is a product with one factor "
    "for every step between them, so its norm shrinks or grows exponentially with "
    "their distance in time.",
    formula,
    "Elman 1990 for the network; Pascanu et al. 2013, equation 5",
    jacobian_cases,
)
