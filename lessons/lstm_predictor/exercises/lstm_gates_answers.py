"""Build LSTM cells by hand, right ones or with one part exchanged.

In what follows i, f, g, o are the four blocks of a drive: write, forget, candidate and
show. Once opened, three of them lie in (0, 1) and the candidate in (-1, 1).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from course_lib.predictor.lstm_cell import LSTMState, apply_gates
from course_lib.predictor.recurrent_cell import CellWeights
from teaching.exercise import Answer


def with_gates(gates: Callable[..., Any]) -> Answer:
    """Any gates, and a cell that opens these."""

    def cell(x, state, weights):
        return gates(driven(x, state.h, weights), state.c)

    return gates, cell


def with_blocks(opening: Callable[..., tuple[Any, ...]]) -> Answer:
    """An LSTM that opens the four blocks of its drive by ``opening``."""
    return with_gates(lambda drive, c: remembered(*opening(*drive.chunk(4, 1)), c))


def with_drive(drive: Callable[..., Tensor]) -> Answer:
    """The right gates, and a cell with a ``drive`` of its own: of x, state, weights."""
    return apply_gates, lambda x, state, weights: apply_gates(
        drive(x, state, weights), state.c
    )


def driven(x: Tensor, h: Tensor, weights: CellWeights) -> Tensor:
    """What drives the four gates: two linear maps and a bias."""
    return linear(x, weights.weight_ih, weights.bias) + linear(h, weights.weight_hh)


def opened(i: Tensor, f: Tensor, g: Tensor, o: Tensor) -> tuple[Tensor, ...]:
    """Three sigmoids, and a tanh for the candidate."""
    return i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()


def remembered(i, f, g, o, c):
    """What opened blocks show of the new memory, and this memory itself."""
    c = f * c + i * g
    return o * c.tanh(), c


def shown_raw(drive: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Gates that show the memory as it is, without a tanh."""
    i, f, g, o = opened(*drive.chunk(4, 1))
    c = f * c + i * g
    return o * c, c


def more_forget_bias(x: Tensor, state: LSTMState, weights: CellWeights) -> Tensor:
    """A drive to whose forget block 1 was added."""
    i, f, g, o = driven(x, state.h, weights).chunk(4, 1)
    return torch.cat((i, f + 1, g, o), 1)


def written_out(drive: Tensor, c: Tensor) -> LSTMState:
    """The right gates by exponential functions, cut by a view."""
    i, f, g, o = drive.view(len(c), 4, *c.shape[1:]).unbind(1)
    candidate = 2 * torch.sigmoid(2 * g) - 1
    new = torch.addcmul(c / (1 + (-f).exp()), torch.sigmoid(i), candidate)
    return LSTMState(torch.tanh(new) / (1 + (-o).exp()), new)


def stacked(x: Tensor, state: LSTMState, weights: CellWeights) -> tuple[Tensor, Tensor]:
    """The right cell by one product, of inputs and state side by side."""
    table = torch.cat((weights.weight_ih, weights.weight_hh), 1)
    drive = torch.einsum("gi,bi->bg", table, torch.cat((x, state.h), 1)) + weights.bias
    return remembered(*opened(*drive.chunk(4, 1)), state.c)
