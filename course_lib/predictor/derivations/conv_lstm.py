"""LSTMState that a ConvLSTM is an LSTM at every place, its neighbours in view: E2.4."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from sympy import Add, Eq, Function, symbols
from torch import Tensor
from torch.autograd.functional import jacobian

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Measured
from course_lib.mathematics.notation import Convolved, Jacobian, on_blackboard
from course_lib.predictor.conv_lstm import conv_lstm_cell
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.lstm_cell import LSTMState, lstm_cell
from course_lib.predictor.recurrent_cell import CellWeights

ROWS, COLUMNS, FEATURES, HIDDEN = 2, 3, 2, 2
KERNEL = 3  # of the first line; the others see one pixel

x, h_before, c_before, W, U, b, theta = symbols("x_t h_{t-1} c_{t-1} W U b theta")
CONV = r"\operatorname{ConvLSTM}"
CONV_1, LSTM = rf"{CONV}_{{1\times{{1}}}}", r"\operatorname{LSTM}"
conv, conv_1, lstm = map(Function, (CONV, CONV_1, LSTM))
gates = Function(r"\operatorname{gates}")
conv_slopes, lstm_slopes = (Jacobian(symbols(name), theta) for name in (CONV_1, LSTM))

with on_blackboard():
    drive = Add(Convolved(W, x), Convolved(U, h_before), b)
    formula = (
        Eq(conv(x, h_before, c_before), gates(drive, c_before)),
        Eq(conv_1(x, h_before, c_before), lstm(x, h_before, c_before)),
        Eq(conv_slopes, lstm_slopes),
    )

Cell = Callable[[Tensor, LSTMState, CellWeights], LSTMState]


def look_around(rng: torch.Generator) -> Sequence[Comparison]:
    """Small pictures: kernels of three pixels, then of one, against torch's cell."""
    wide = [_neighbours(rng) for _ in range(8)]
    narrow = [case for _ in range(4) for case in _alone(rng)]
    lstm = "torch.nn.LSTMCell place by place"
    return (
        Comparison(wide, 1e-12, f"the library's cell against drives into {lstm}"),
        Comparison(narrow, 1e-12, f"the library's cell against {lstm}, and its own"),
        Comparison(narrow, 1e-12, "autograd in all inputs and weights, of these cells"),
    )


def _neighbours(rng: torch.Generator) -> Measured:
    pictures = [
        draw.normal(rng, 1, n, ROWS, COLUMNS) for n in (FEATURES, HIDDEN, HIDDEN)
    ]
    weights = draw.lstm_weights(rng, FEATURES, HIDDEN, KERNEL, KERNEL)
    n = 4 * HIDDEN
    handed_on = torch.eye(n), torch.zeros(n, HIDDEN), torch.zeros(n)

    def opened(drive: Tensor, kept: Tensor) -> Tensor:
        """Torch's cell with its inputs as drives: input weights 1, all else 0."""
        given = (_places(drive), 0 * _places(kept), _places(kept), *handed_on)
        return _step(draw.torch_lstm_cell, *(part.double() for part in given))

    return {
        **dict(zip((x, h_before, c_before), pictures, strict=True)),
        **{W: weights.weight_ih, U: weights.weight_hh, b: weights.bias.view(-1, 1, 1)},
        conv: lambda put_in, *state: torch.stack(
            [*map(_places, conv_lstm_cell(put_in, LSTMState(*state), weights))]
        ),
        gates: opened,
    }


def _alone(rng: torch.Generator) -> list[Measured]:
    sizes = (FEATURES, HIDDEN, HIDDEN)
    places = tuple(draw.normal(rng, ROWS * COLUMNS, size) for size in sizes)
    weights = tuple(draw.lstm_weights(rng, FEATURES, HIDDEN))

    def values_of(cell: Cell) -> Callable[..., Tensor]:
        return lambda *given: _step(cell, *given, *weights)

    def slopes_of(cell: Cell) -> Tensor:
        found = jacobian(partial(_step, cell), (*places, *weights))
        return torch.cat([slope.flatten(3) for slope in found], dim=3)

    return [
        {
            **dict(zip((x, h_before, c_before), places, strict=True)),
            conv_1: values_of(_one_pixel),
            lstm: values_of(cell),
            conv_slopes: slopes_of(_one_pixel),
            lstm_slopes: slopes_of(cell),
        }
        for cell in (draw.torch_lstm_cell, lstm_cell)
    ]


def _step(cell: Cell, x: Tensor, h: Tensor, c: Tensor, *weights: Tensor) -> Tensor:
    """What a cell shows and keeps at each place, (2, place, unit)."""
    return torch.stack(cell(x, LSTMState(h, c), CellWeights(*weights)))


def _one_pixel(x: Tensor, state: LSTMState, weights: CellWeights) -> LSTMState:
    """The library's ConvLSTM on these places of a picture, its kernels one pixel."""
    picture, *maps = (part.T.reshape(1, -1, ROWS, COLUMNS) for part in (x, *state))
    kernels = (kernel[..., None, None] for kernel in weights[:2])
    new = conv_lstm_cell(picture, LSTMState(*maps), CellWeights(*kernels, weights.bias))
    return LSTMState(*map(_places, new))


def _places(picture: Tensor) -> Tensor:
    return picture[0].flatten(1).T


PLACES = Equation(
    "E2.4",
    "A ConvLSTM opens an LSTM's gates with convolutions; with kernels of one pixel "
    "every place is an LSTM of its own, in values and in the slopes of everything "
    "(theta) that goes in.",
    formula,
    "Shi et al. 2015, equation 3, without peepholes",
    look_around,
)
