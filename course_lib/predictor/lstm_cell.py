"""LSTM cell: gates decide what its cell state keeps, adds and shows."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.predictor.recurrent_cell import (
    CellWeights,
    RecurrentNetwork,
    RecurrentOutput,
    Sequences,
    init_cell_weights,
)
from course_lib.shapes import Points

PreActivations = Float[Tensor, "batch gates *spatial"]
CellState = Float[Tensor, "batch hidden *spatial"]


class LSTMState(NamedTuple):
    """Hidden state h, which is also the output, and cell state c, of one shape."""

    h: Tensor
    c: Tensor


def apply_gates(pre_activations: PreActivations, c: CellState) -> LSTMState:
    """New hidden state and cell state from the gates' pre-activations and the old c.

    With i, f, o = sigmoid and g = tanh of the four blocks,
    c' = f * c + i * g and h' = o * tanh(c'), all elementwise.

    Args:
        pre_activations: (batch, 4 * hidden, ...). Axis 1 holds four blocks in PyTorch's
            order: input gate i, forget gate f, candidate g, output gate o.
        c: cell state before the step, (batch, hidden, ...).

    Source: Hochreiter and Schmidhuber 1997; Gers et al. 2000 for the forget gate.
    """
    i, f, g, o = pre_activations.chunk(4, dim=1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return LSTMState(h=o.sigmoid() * c.tanh(), c=c)


def lstm_cell(x: Points, state: LSTMState, weights: CellWeights) -> LSTMState:
    """One step of the LSTM: the new hidden state and cell state, (batch, hidden) each.

    The pre-activations of the gates are W x + U h + b. The bias b contains the forget
    bias already.

    Args:
        x: inputs, (batch, features).
        state: hidden state and cell state before the step.
        weights: W (4 * hidden, features), U (4 * hidden, hidden) and b (4 * hidden,)
            as ``weight_ih``, ``weight_hh`` and ``bias``. The rows of the gates are in
            PyTorch's order: input gate, forget gate, candidate, output gate.
    """
    pre_activations = (
        x @ weights.weight_ih.T + state.h @ weights.weight_hh.T + weights.bias
    )
    return apply_gates(pre_activations, state.c)


def lstm_unroll(
    inputs: Sequences, state: LSTMState, weights: CellWeights
) -> RecurrentOutput:
    """``lstm_cell`` over all steps, computed by ``torch.lstm``: over twice as fast.

    ``torch.lstm`` expects two biases and an axis of layers: the second bias is 0, and
    there is one layer.
    """
    initial = tuple(tensor.unsqueeze(0) for tensor in state)
    parameters = (*weights, torch.zeros_like(weights.bias))
    one_layer = {"has_biases": True, "num_layers": 1, "bidirectional": False}
    hidden_states, *last = torch.lstm(
        inputs,
        initial,
        parameters,
        **one_layer,
        dropout=0.0,
        train=True,
        batch_first=True,
    )
    return RecurrentOutput(
        hidden_states, LSTMState(*(tensor.squeeze(0) for tensor in last))
    )


def add_forget_bias(weights: CellWeights, forget_bias: float) -> CellWeights:
    """The same weights with ``forget_bias`` added to the bias of the forget gate.

    With a forget bias of 1 an untrained cell multiplies its cell state by about
    sigmoid(1) = 0.73 at every step; with 0, by about one half.

    Source: Jozefowicz et al. 2015, section 2.1.
    """
    i, f, g, o = weights.bias.chunk(4)
    return weights._replace(bias=torch.cat((i, f + forget_bias, g, o)))


def lstm(
    features: int, hidden: int, rng: torch.Generator, *, forget_bias: float = 1.0
) -> RecurrentNetwork:
    """An LSTM layer whose forget gate starts with ``forget_bias`` added to its bias."""
    weights = init_cell_weights(4, hidden, (features,), rng)
    return RecurrentNetwork(
        lstm_unroll, LSTMState, add_forget_bias(weights, forget_bias)
    )
