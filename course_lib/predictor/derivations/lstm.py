"""E2.3: the gates of an LSTM, and the Jacobians of its cell state."""

from collections.abc import Callable, Sequence

import torch
from sympy import Add, Eq, Function, symbols, tanh

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import (
    Diagonal,
    ElementwiseProduct,
    Jacobian,
    MatrixProduct,
    unevaluated,
)
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.lstm_cell import LSTMState, lstm_cell
from course_lib.predictor.recurrent_cell import CellWeights

SIZE = 3  # features and hidden units; equal, so that a wrong product has a shape too
INPUT, FORGET, CANDIDATE, OUTPUT = range(4)  # blocks of the weights' rows
SATURATED = 800.0  # sigmoid and tanh of it are exactly 1 in float64

x, h, c, i, f, g, o = symbols("x_t h_t c_t i_t f_t g_t o_t")
h_before, c_before = symbols("h_{t-1} c_{t-1}")
W, U, b = ([symbols(f"{name}_{gate}") for gate in "ifgo"] for name in "WUb")
sigma = Function(r"\sigma")
cell_jacobian, hidden_jacobian = Jacobian(c, c_before), Jacobian(c, h_before)

with unevaluated():
    pre_activations = [
        Add(MatrixProduct(W[n], x), MatrixProduct(U[n], h_before), b[n])
        for n in range(4)
    ]
    formula = (
        Eq(i, sigma(pre_activations[INPUT])),
        Eq(f, sigma(pre_activations[FORGET])),
        Eq(g, tanh(pre_activations[CANDIDATE])),
        Eq(o, sigma(pre_activations[OUTPUT])),
        Eq(c, ElementwiseProduct(f, c_before) + ElementwiseProduct(i, g)),
        Eq(h, ElementwiseProduct(o, tanh(c))),
        Eq(cell_jacobian, Diagonal(f)),
        Eq(
            hidden_jacobian,
            Add(
                MatrixProduct(
                    Diagonal(ElementwiseProduct(c_before, f, 1 - f)), U[FORGET]
                ),
                MatrixProduct(Diagonal(ElementwiseProduct(g, i, 1 - i)), U[INPUT]),
                MatrixProduct(Diagonal(ElementwiseProduct(i, 1 - g**2)), U[CANDIDATE]),
            ),
        ),
    )

Cell = Callable[[torch.Tensor, LSTMState, CellWeights], LSTMState]


def gate_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Random steps of torch's cell and of the library's."""
    cases = []
    for _ in range(8):
        arguments = (draw.lstm_weights(rng, SIZE, SIZE), *draw.normal(rng, 3, 1, SIZE))
        for cell in (draw.torch_lstm_cell, lstm_cell):
            cases.append(_gates(cell, *arguments) | _step(cell, *arguments))
    cells = "torch's cell and the library's"
    routes = (
        *(
            f"the {name} isolated in {cells}, against the formula"
            for name in ("input gate", "forget gate", "candidate", "output gate")
        ),
        *(
            f"the {name} of {cells}, against the formula"
            for name in ("cell state", "hidden state")
        ),
        *(
            f"d (cell state) / d ({name}) by autograd of {cells}, against closed form"
            for name in ("old cell state", "old hidden state")
        ),
    )
    return [Comparison(cases, 1e-12, route) for route in routes]


def _gates(cell: Cell, weights: CellWeights, *arguments: torch.Tensor) -> AtomValues:
    """Each gate, isolated by setting other gates to exactly 0, 1/2 or 1."""
    inputs, h_old, _ = arguments

    def with_constant(block: int, pre_activation: float, c_old: float) -> LSTMState:
        """A step in which one gate has a constant pre-activation and c is constant."""
        rows = [list(values.chunk(4)) for values in weights]
        constants = (0.0, 0.0, pre_activation)
        for blocks, value in zip(rows, constants, strict=True):
            blocks[block] = torch.full_like(blocks[block], value)
        changed = CellWeights(*map(torch.cat, rows))
        return cell(inputs, LSTMState(h_old, torch.full_like(h_old, c_old)), changed)

    return {
        i: with_constant(CANDIDATE, SATURATED, 0.0).c[0],  # c = i * 1 + f * 0
        f: with_constant(CANDIDATE, 0.0, 1.0).c[0],  # c = i * 0 + f * 1
        g: with_constant(INPUT, SATURATED, 0.0).c[0],  # c = 1 * g + f * 0
        o: with_constant(FORGET, SATURATED, SATURATED).h[0],  # h = o * tanh(large c)
    }


def _step(cell: Cell, weights: CellWeights, *arguments: torch.Tensor) -> AtomValues:
    """States, weights and Jacobians of one step."""
    inputs, h_old, c_old = arguments

    def new_c(h_old: torch.Tensor, c_old: torch.Tensor) -> torch.Tensor:
        return cell(inputs, LSTMState(h_old, c_old), weights).c

    jacobians = torch.autograd.functional.jacobian(new_c, (h_old, c_old))
    names = (x, h_before, c_before, h, c, *W, *U, *b)
    state = cell(inputs, LSTMState(h_old, c_old), weights)
    blocks = (block for values in weights for block in values.chunk(4))
    values = (*(tensor[0] for tensor in (*arguments, *state)), *blocks)
    return {
        **dict(zip(names, values, strict=True)),
        hidden_jacobian: jacobians[0][0, :, 0],
        cell_jacobian: jacobians[1][0, :, 0],
        sigma: lambda t: 1 / (1 + torch.exp(-t)),
    }


LSTM = Equation(
    "E2.3",
    "Gates between 0 and 1 scale, unit by unit, what enters the cell state (i), what "
    "stays in it (f) and what leaves it as hidden state (o). Along the cell state the "
    "gradient is multiplied by the forget gate alone.",
    formula,
    "Hochreiter and Schmidhuber 1997; Gers et al. 2000 for the forget gate",
    gate_cases,
)
