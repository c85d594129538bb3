"""Keep what a gate lets stand: an LSTM adds to its memory in place of rewriting it."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.predictor.recurrent_cell import (
    Recurrent,
    Sequences,
    Unrolled,
    Weights,
    cell_weights,
)
from course_lib.shapes import Points

Drive = Float[Tensor, "batch gates *place"]
Memory = Float[Tensor, "batch hidden *place"]


class State(NamedTuple):
    """What an LSTM shows, h, and what it keeps to itself, c: tensors of one shape."""

    h: Tensor
    c: Tensor


def open_gates(drive: Drive, c: Memory) -> State:
    """What four gates make of the memory ``c``, given what drives them.

    Axis 1 of ``drive`` holds four blocks in PyTorch's order: write, forget, candidate,
    show (elsewhere: input gate, forget gate, cell gate, output gate). Write, forget and
    show lie in (0, 1), the candidate in (-1, 1); all products are elementwise.

    Source: Hochreiter and Schmidhuber 1997; Gers et al. 2000 for the forget gate.
    """
    write, forget, candidate, show = drive.chunk(4, dim=1)
    c = forget.sigmoid() * c + write.sigmoid() * candidate.tanh()
    return State(h=show.sigmoid() * c.tanh(), c=c)


def lstm_cell(x: Points, state: State, weights: Weights) -> State:
    """One step of the LSTM: input (batch, features), both states (batch, hidden).

    What drives the four gates is a linear map of the input plus one of h plus the bias,
    which has the forget bias in it. The gates stand on each other in the rows of the
    weights, in PyTorch's order: write, forget, candidate, show.
    """
    drive = x @ weights.input.T + state.h @ weights.recurrent.T + weights.bias
    return open_gates(drive, state.c)


def lstm_unroll(inputs: Sequences, state: State, weights: Weights) -> Unrolled:
    """``lstm_cell`` along the time axis, by PyTorch's own loop: over twice as fast.

    That loop knows two biases and many layers; the second bias is 0, the layer one.
    """
    start = tuple(part.unsqueeze(0) for part in state)
    kept = (*weights, torch.zeros_like(weights.bias))
    one_layer = {"has_biases": True, "num_layers": 1, "bidirectional": False}
    shown, *last = torch.lstm(
        inputs, start, kept, **one_layer, dropout=0.0, train=True, batch_first=True
    )
    return Unrolled(shown, State(*(part.squeeze(0) for part in last)))


def with_forget_bias(weights: Weights, forget_bias: float) -> Weights:
    """The same weights with ``forget_bias`` added to the forget gate's bias.

    At 1 an untrained cell keeps about sigmoid(1) = 73 % of its memory a step, at 0
    about half.

    Source: Jozefowicz et al. 2015, section 2.1.
    """
    write, forget, candidate, show = weights.bias.chunk(4)
    bias = torch.cat((write, forget + forget_bias, candidate, show))
    return weights._replace(bias=bias)


def lstm(
    features: int, hidden: int, rng: torch.Generator, *, forget_bias: float = 1.0
) -> Recurrent:
    """An LSTM to train, with its forget gates opened at the start."""
    weights = with_forget_bias(cell_weights(4, hidden, (features,), rng), forget_bias)
    return Recurrent(lstm_unroll, State, weights)
