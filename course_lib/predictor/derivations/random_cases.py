"""Draw the numbers on which an equation must hold, and ask torch's own LSTM cell."""

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
    """CellWeights of an LSTM whose gates stand half open, of a ConvLSTM with a kernel."""
    rows = 4 * hidden
    shapes = ((rows, features, *kernel), (rows, hidden, *kernel), (rows,))
    return CellWeights(*(normal(rng, *shape) / 2 for shape in shapes))


def torch_lstm_cell(x: Points, state: LSTMState, weights: CellWeights) -> LSTMState:
    """``torch.nn.LSTMCell`` with these weights, its second bias 0."""
    sizes = x.shape[1], state.h.shape[1]
    cell = skip_init(nn.LSTMCell, *sizes, dtype=x.dtype)  # takes no random numbers
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    values = (*weights, torch.zeros_like(weights.bias))
    held = dict(zip(names, values, strict=True))
    return LSTMState(*functional_call(cell, held, (x, tuple(state))))
