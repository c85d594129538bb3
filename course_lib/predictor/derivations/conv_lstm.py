"""E2.4: a ConvLSTM with 1 x 1 kernels is an LSTM at every pixel."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from sympy import Add, Eq, Function, symbols
from torch import Tensor
from torch.autograd.functional import jacobian

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import Convolution, Jacobian, unevaluated
from course_lib.predictor.conv_lstm import conv_lstm_cell
from course_lib.predictor.derivations import random_cases as draw
from course_lib.predictor.lstm_cell import LSTMState, lstm_cell
from course_lib.predictor.recurrent_cell import CellWeights

ROWS, COLUMNS, FEATURES, HIDDEN = 2, 3, 2, 2
KERNEL = 3  # of the first relation; the others have 1 x 1 kernels

x, h_before, c_before, W, U, b, theta = symbols("x_t h_{t-1} c_{t-1} W U b theta")
CONV = r"\operatorname{ConvLSTM}"
CONV_1, LSTM = rf"{CONV}_{{1\times{{1}}}}", r"\operatorname{LSTM}"
conv, conv_1, lstm = map(Function, (CONV, CONV_1, LSTM))
gates = Function(r"\operatorname{gates}")
conv_jacobian, lstm_jacobian = (
    Jacobian(symbols(name), theta) for name in (CONV_1, LSTM)
)

with unevaluated():
    pre_activations = Add(Convolution(W, x), Convolution(U, h_before), b)
    formula = (
        Eq(conv(x, h_before, c_before), gates(pre_activations, c_before)),
        Eq(conv_1(x, h_before, c_before), lstm(x, h_before, c_before)),
        Eq(conv_jacobian, lstm_jacobian),
    )

Cell = Callable[[Tensor, LSTMState, CellWeights], LSTMState]


def conv_lstm_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Small feature maps, with 3 x 3 kernels and with 1 x 1 kernels."""
    large_kernels = [_large_kernel_case(rng) for _ in range(8)]
    one_pixel = [case for _ in range(4) for case in _one_pixel_cases(rng)]
    reference = "torch.nn.LSTMCell at every pixel"
    return (
        Comparison(
            large_kernels,
            1e-12,
            f"the library's cell against pre-activations in {reference}",
        ),
        Comparison(
            one_pixel,
            1e-12,
            f"the library's ConvLSTM against {reference}, and against its own LSTM",
        ),
        Comparison(
            one_pixel, 1e-12, "autograd in all inputs and weights of these cells"
        ),
    )


def _large_kernel_case(rng: torch.Generator) -> AtomValues:
    maps = [draw.normal(rng, 1, n, ROWS, COLUMNS) for n in (FEATURES, HIDDEN, HIDDEN)]
    weights = draw.lstm_weights(rng, FEATURES, HIDDEN, KERNEL, KERNEL)
    n = 4 * HIDDEN
    identity = torch.eye(n), torch.zeros(n, HIDDEN), torch.zeros(n)

    def apply_gates(pre_activations: Tensor, c: Tensor) -> Tensor:
        """Torch's cell with the pre-activations as inputs: W = 1, U = 0 and b = 0."""
        state = 0 * _pixels(c), _pixels(c)
        arguments = (_pixels(pre_activations), *state, *identity)
        return _step(draw.torch_lstm_cell, *(value.double() for value in arguments))

    return {
        **dict(zip((x, h_before, c_before), maps, strict=True)),
        **{W: weights.weight_ih, U: weights.weight_hh, b: weights.bias.view(-1, 1, 1)},
        conv: lambda x, *state: torch.stack(
            [*map(_pixels, conv_lstm_cell(x, LSTMState(*state), weights))]
        ),
        gates: apply_gates,
    }


def _one_pixel_cases(rng: torch.Generator) -> list[AtomValues]:
    sizes = (FEATURES, HIDDEN, HIDDEN)
    pixels = tuple(draw.normal(rng, ROWS * COLUMNS, size) for size in sizes)
    weights = tuple(draw.lstm_weights(rng, FEATURES, HIDDEN))

    def values_of(cell: Cell) -> Callable[..., Tensor]:
        return lambda *arguments: _step(cell, *arguments, *weights)

    def jacobian_of(cell: Cell) -> Tensor:
        blocks = jacobian(partial(_step, cell), (*pixels, *weights))
        return torch.cat([block.flatten(3) for block in blocks], dim=3)

    return [
        {
            **dict(zip((x, h_before, c_before), pixels, strict=True)),
            conv_1: values_of(_one_pixel_conv_lstm),
            lstm: values_of(cell),
            conv_jacobian: jacobian_of(_one_pixel_conv_lstm),
            lstm_jacobian: jacobian_of(cell),
        }
        for cell in (draw.torch_lstm_cell, lstm_cell)
    ]


def _step(cell: Cell, x: Tensor, h: Tensor, c: Tensor, *weights: Tensor) -> Tensor:
    """New hidden state and cell state of every pixel, (2, pixel, unit)."""
    return torch.stack(cell(x, LSTMState(h, c), CellWeights(*weights)))


def _one_pixel_conv_lstm(
    x: Tensor, state: LSTMState, weights: CellWeights
) -> LSTMState:
    """The library's ConvLSTM with 1 x 1 kernels, on pixels given as rows of a batch."""
    x, *state = (rows.T.reshape(1, -1, ROWS, COLUMNS) for rows in (x, *state))
    kernels = (weight[..., None, None] for weight in weights[:2])
    new = conv_lstm_cell(x, LSTMState(*state), CellWeights(*kernels, weights.bias))
    return LSTMState(*map(_pixels, new))


def _pixels(maps: Tensor) -> Tensor:
    """Feature maps (1, channel, row, column) as rows (pixel, channel)."""
    return maps[0].flatten(1).T


CONV_LSTM = Equation(
    "E2.4",
    "A ConvLSTM computes the pre-activations of an LSTM's gates by convolution. With "
    "1 x 1 kernels every pixel is an LSTM of its own, in values and in the derivatives "
    "by all inputs and weights (theta).",
    formula,
    "Shi et al. 2015, equation 3, without peepholes",
    conv_lstm_cases,
)
