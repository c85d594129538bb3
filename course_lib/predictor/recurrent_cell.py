"""Hand a state from step to step: the whole past, in as many numbers as fit."""

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
Cell = Callable[[Tensor, Any, Any], Any]  # input, state, weights -> state


class Weights(NamedTuple):
    """What a cell learns, all gates stacked along the first axis.

    ``input`` acts on the new input, ``recurrent`` on the state: (gates * hidden,
    features) of a linear map, with the kernel's two axes behind it of a convolution.
    """

    input: Tensor
    recurrent: Tensor
    bias: Tensor


class Hidden(NamedTuple):
    """The state of a cell that shows all it knows: h, of shape (batch, hidden)."""

    h: Tensor


class Unrolled(NamedTuple):
    """What a cell showed at every step, (batch, time, ...), and its last state."""

    shown: Tensor
    state: Any


def rnn_cell(x: Points, state: Hidden, weights: Weights) -> Hidden:
    """One step of the plain recurrent network: h' = tanh(W x + U h + b).

    Source: Elman 1990; the transition of ``torch.nn.RNNCell`` with one bias.
    """
    drive = x @ weights.input.T + state.h @ weights.recurrent.T + weights.bias
    return Hidden(drive.tanh())


def unroll(cell: Cell, inputs: Sequences, state: Any, weights: Any) -> Unrolled:
    """Run a cell along the time axis, from ``state`` on."""
    shown = []
    for x in inputs.unbind(dim=1):
        state = cell(x, state, weights)
        shown.append(state.h)
    return Unrolled(torch.stack(shown, dim=1), state)


class Recurrent(nn.Module):
    """Weights that train, and how to run them; the state comes in and goes out."""

    def __init__(self, run: Callable[..., Unrolled], state: type, weights: Any):
        super().__init__()
        self.run, self.state, self.fields = run, state, type(weights)
        for name, value in weights._asdict().items():
            self.register_parameter(name, nn.Parameter(value))

    @property
    def weights(self) -> Any:
        """The weights as the cell takes them."""
        return self.fields(*(getattr(self, name) for name in self.fields._fields))

    def start(self, batch: int, *place: int) -> Any:
        """A state that knows nothing: zeros, at every ``place`` of a picture."""
        blank = self.recurrent.new_zeros(batch, self.recurrent.shape[1], *place)
        return self.state(*(blank for _ in self.state._fields))

    def forward(self, inputs: Tensor, state: Any) -> Unrolled:
        """Read a sequence of inputs, (batch, time, ...), from ``state`` on."""
        return self.run(inputs, state, self.weights)

    def last(self, inputs: Tensor) -> Tensor:
        """What it shows after the whole sequence, read from a state of zeros."""
        return self(inputs, self.start(len(inputs), *inputs.shape[3:])).shown[:, -1]


def cell_weights(
    gates: int, hidden: int, per_input: tuple[int, ...], rng: torch.Generator
) -> Weights:
    """Weights at the start: 1/sqrt(fan-in) over all that one gate's drive sums up.

    ``per_input`` is the shape behind the gates' axis: (features,) of a linear map,
    (channels, height, width) of a convolution.
    """
    rows, per_state = gates * hidden, (hidden, *per_input[1:])
    shapes = ((rows, *per_input), (rows, *per_state), (rows,))
    fan_in = prod(per_input) + prod(per_state)
    return Weights(*(uniform(shape, fan_in, rng) for shape in shapes))


def rnn(features: int, hidden: int, rng: torch.Generator) -> Recurrent:
    """A plain recurrent network to train."""
    weights = cell_weights(1, hidden, (features,), rng)
    return Recurrent(partial(unroll, rnn_cell), Hidden, weights)
