"""The plain recurrent cell, and the module that unrolls any cell over time."""

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.initialization import uniform
from course_lib.shapes import Points

Sequences = Float[Tensor, "batch time feature"]
Cell = Callable[[Tensor, Any, Any], Any]  # input, state, weights -> new state


class CellWeights(NamedTuple):
    """Parameters of a recurrent cell, with the gates stacked along the first axis.

    ``weight_ih`` maps the input, (gates * hidden, features); ``weight_hh`` maps the
    hidden state, (gates * hidden, hidden); ``bias`` has shape (gates * hidden,). In a
    convolutional cell the two weights are kernels with two more axes, height and width.
    """

    weight_ih: Tensor
    weight_hh: Tensor
    bias: Tensor


class HiddenState(NamedTuple):
    """State of a cell without a separate cell state: h, of shape (batch, hidden)."""

    h: Tensor


class RecurrentOutput(NamedTuple):
    """Hidden states at all steps, (batch, time, ...), and the state after the last."""

    hidden_states: Tensor
    state: Any


def rnn_cell(x: Points, state: HiddenState, weights: CellWeights) -> HiddenState:
    """One step of the plain recurrent network: h' = tanh(W x + U h + b).

    Args:
        x: inputs, (batch, features).
        state: hidden state before the step, (batch, hidden).
        weights: W, U and b as ``weight_ih``, ``weight_hh`` and ``bias``.

    Source: Elman 1990; same as ``torch.nn.RNNCell``, with one bias in place of two.
    """
    pre_activations = (
        x @ weights.weight_ih.T + state.h @ weights.weight_hh.T + weights.bias
    )
    return HiddenState(pre_activations.tanh())


def unroll(cell: Cell, inputs: Sequences, state: Any, weights: Any) -> RecurrentOutput:
    """Apply a cell to all inputs in their order in time, starting from ``state``."""
    hidden_states = []
    for x in inputs.unbind(dim=1):
        state = cell(x, state, weights)
        hidden_states.append(state.h)
    return RecurrentOutput(torch.stack(hidden_states, dim=1), state)


class RecurrentNetwork(nn.Module):
    """A recurrent layer: trainable weights and the function that unrolls its cell.

    The module stores no state between calls: the state is an argument and a result.

    Args:
        unroll: maps inputs, state and weights to a ``RecurrentOutput``.
        state_type: NamedTuple type of the state.
        weights: NamedTuple of tensors; each becomes a parameter of the same name.
    """

    def __init__(
        self, unroll: Callable[..., RecurrentOutput], state_type: type, weights: Any
    ):
        super().__init__()
        self.unroll, self.state_type = unroll, state_type
        self.weights_type = type(weights)
        for name, value in weights._asdict().items():
            self.register_parameter(name, nn.Parameter(value))

    @property
    def weights(self) -> Any:
        """The parameters as the NamedTuple that the cell expects."""
        names = self.weights_type._fields
        return self.weights_type(*(getattr(self, name) for name in names))

    def initial_state(self, batch: int, *spatial: int) -> Any:
        """State of zeros, (batch, hidden, *spatial) for each of its tensors."""
        zeros = self.weight_hh.new_zeros(batch, self.weight_hh.shape[1], *spatial)
        return self.state_type(*(zeros for _ in self.state_type._fields))

    def forward(self, inputs: Tensor, state: Any) -> RecurrentOutput:
        """Hidden states and last state for inputs of shape (batch, time, ...)."""
        return self.unroll(inputs, state, self.weights)

    def last_output(self, inputs: Tensor) -> Tensor:
        """Hidden state after the whole sequence, starting from a state of zeros."""
        state = self.initial_state(len(inputs), *inputs.shape[3:])
        return self(inputs, state).hidden_states[:, -1]


def init_cell_weights(
    n_gates: int, hidden: int, input_shape: tuple[int, ...], rng: torch.Generator
) -> CellWeights:
    """Weights and bias, uniform within 1/sqrt(fan-in of one gate's pre-activation).

    The fan-in counts inputs and hidden units together. ``input_shape`` is (features,)
    for linear maps and (channels, height, width) for convolutions.
    """
    rows, hidden_shape = n_gates * hidden, (hidden, *input_shape[1:])
    shapes = ((rows, *input_shape), (rows, *hidden_shape), (rows,))
    fan_in = prod(input_shape) + prod(hidden_shape)
    return CellWeights(*(uniform(shape, fan_in, rng) for shape in shapes))


def rnn(features: int, hidden: int, rng: torch.Generator) -> RecurrentNetwork:
    """A plain (Elman) recurrent network."""
    weights = init_cell_weights(1, hidden, (features,), rng)
    return RecurrentNetwork(partial(unroll, rnn_cell), HiddenState, weights)
