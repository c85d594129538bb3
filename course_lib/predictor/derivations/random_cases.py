"""Random inputs and weights for the equations, and torch's LSTM cell as reference."""

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils import skip_init

from course_lib.predictor.lstm_cell import LSTMState
from course_lib.predictor.recurrent_cell import CellWeights
from course_lib.shapes import Points


def normal(rng: torch.Generator, *shape: int) -> Tensor:
    """Standard normal numbers in float64."""
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def lstm_weights(
    rng: torch.Generator, features: int, hidden: int, *kernel: int
) -> CellWeights:
    """Weights of an LSTM, or of a ConvLSTM if a kernel size is given.

    They are N(0, 1/4), so that the gates are far from saturation.
    """
    rows = 4 * hidden
    shapes = ((rows, features, *kernel), (rows, hidden, *kernel), (rows,))
    return CellWeights(*(normal(rng, *shape) / 2 for shape in shapes))


def torch_lstm_cell(x: Points, state: LSTMState, weights: CellWeights) -> LSTMState:
    """``torch.nn.LSTMCell`` with these weights; its second bias is 0."""
    sizes = x.shape[1], state.h.shape[1]
    cell = skip_init(nn.LSTMCell, *sizes, dtype=x.dtype)  # uses no random numbers
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    values = (*weights, torch.zeros_like(weights.bias))
    parameters = dict(zip(names, values, strict=True))
    return LSTMState(*functional_call(cell, parameters, (x, tuple(state))))
