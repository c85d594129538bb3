"""LSTMState how an LSTM keeps, writes and shows, and what its gradient passes: E2.3."""

from collections.abc import Callable, Sequence

import torch
from sympy import Add, Eq, Function, symbols, tanh

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Measured
from course_lib.mathematics.notation import (
    Diagonal,
    Elementwise,
    Jacobian,
    MatrixProduct,
    on_blackboard,
)
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.lstm_cell import LSTMState, lstm_cell
from course_lib.predictor.recurrent_cell import CellWeights

SIZE = 3  # as many features as hidden units: a wrong product still has a shape
WRITE, FORGET, CANDIDATE, SHOW = range(4)  # blocks of the weights' rows
OPEN = 800.0  # its sigmoid and its tanh are exactly 1

x, h, c, i, f, g, o = symbols("x_t h_t c_t i_t f_t g_t o_t")
h_before, c_before = symbols("h_{t-1} c_{t-1}")
W, U, b = ([symbols(f"{name}_{gate}") for gate in "ifgo"] for name in "WUb")
sigma = Function(r"\sigma")
through_memory, through_gates = Jacobian(c, c_before), Jacobian(c, h_before)

with on_blackboard():
    drive = [
        Add(MatrixProduct(W[n], x), MatrixProduct(U[n], h_before), b[n])
        for n in range(4)
    ]
    formula = (
        Eq(i, sigma(drive[WRITE])),
        Eq(f, sigma(drive[FORGET])),
        Eq(g, tanh(drive[CANDIDATE])),
        Eq(o, sigma(drive[SHOW])),
        Eq(c, Elementwise(f, c_before) + Elementwise(i, g)),
        Eq(h, Elementwise(o, tanh(c))),
        Eq(through_memory, Diagonal(f)),
        Eq(
            through_gates,
            Add(
                MatrixProduct(Diagonal(Elementwise(c_before, f, 1 - f)), U[FORGET]),
                MatrixProduct(Diagonal(Elementwise(g, i, 1 - i)), U[WRITE]),
                MatrixProduct(Diagonal(Elementwise(i, 1 - g**2)), U[CANDIDATE]),
            ),
        ),
    )

Cell = Callable[[torch.Tensor, LSTMState, CellWeights], LSTMState]


def open_and_shut(rng: torch.Generator) -> Sequence[Comparison]:
    """Random steps, through torch's cell and through the library's."""
    cases = []
    for _ in range(8):
        given = (draw.lstm_weights(rng, SIZE, SIZE), *draw.normal(rng, 3, 1, SIZE))
        for cell in (draw.torch_lstm_cell, lstm_cell):
            cases.append(_gates(cell, *given) | _step(cell, *given))
    alone = "alone in torch's cell, then in the library's, against the formula"
    whole = "torch's cell, then the library's, against the formula"
    slope = "autograd through torch's cell, then the library's, closed form"
    routes = (
        *(f"the {name} gate {alone}" for name in ("write", "forget", "candidate")),
        f"the show gate {alone}",
        *(f"{name}: {whole}" for name in ("what is kept", "what is shown")),
        *(f"{name}: {slope}" for name in ("through memory", "through the gates")),
    )
    return [Comparison(cases, 1e-12, route) for route in routes]


def _gates(cell: Cell, weights: CellWeights, *given: torch.Tensor) -> Measured:
    """Each gate, read off the cell while the others are held wide open or shut."""
    put_in, shown, _ = given

    def held(block: int, drive: float, memory: float) -> LSTMState:
        rows = [list(values.chunk(4)) for values in weights]
        for parts, value in zip(rows, (0.0, 0.0, drive), strict=True):
            parts[block] = torch.full_like(parts[block], value)
        fixed = CellWeights(*map(torch.cat, rows))
        return cell(put_in, LSTMState(shown, torch.full_like(shown, memory)), fixed)

    return {
        i: held(CANDIDATE, OPEN, 0.0).c[0],  # c = i 1 + f 0
        f: held(CANDIDATE, 0.0, 1.0).c[0],  # c = i 0 + f 1
        g: held(WRITE, OPEN, 0.0).c[0],  # c = 1 g + f 0
        o: held(FORGET, OPEN, OPEN).h[0],  # h = o tanh(c), and c is huge
    }


def _step(cell: Cell, weights: CellWeights, *given: torch.Tensor) -> Measured:
    put_in, shown, kept = given

    def memory(shown: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
        return cell(put_in, LSTMState(shown, kept), weights).c

    slopes = torch.autograd.functional.jacobian(memory, (shown, kept))
    names = (x, h_before, c_before, h, c, *W, *U, *b)
    state = cell(put_in, LSTMState(shown, kept), weights)
    blocks = (block for values in weights for block in values.chunk(4))
    rows = (*(part[0] for part in (*given, *state)), *blocks)
    return {
        **dict(zip(names, rows, strict=True)),
        through_gates: slopes[0][0, :, 0],
        through_memory: slopes[1][0, :, 0],
        sigma: lambda drive: 1 / (1 + torch.exp(-drive)),
    }


GATES = Equation(
    "E2.3",
    "Gates between 0 and 1 decide, unit by unit, what is written (i), kept (f) and "
    "shown (o); along the memory a gradient meets nothing but the forget gate.",
    formula,
    "Hochreiter and Schmidhuber 1997; Gers et al. 2000 for the forget gate",
    open_and_shut,
)
