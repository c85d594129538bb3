"""Temporal convolutional network: dilated causal convolutions in place of a state."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv1d, pad, relu

from course_lib.initialization import reset_parameters, uniform
from course_lib.predictor.recurrent_cell import Sequences
from course_lib.shapes import Points

Signal = Float[Tensor, "batch channel time"]
Kernel = Float[Tensor, "out channel tap"]
Bias = Float[Tensor, "out"]
Filtered = Float[Tensor, "batch out time"]
Outputs = Float[Tensor, "batch time width"]


@dataclass(frozen=True)
class TemporalSizes:
    """Sizes of a temporal convolution: channels, taps of a kernel, number of layers."""

    width: int = 32
    kernel: int = 3
    depth: int = 5

    @property
    def receptive_field(self) -> int:
        """Number of frames on which one output depends: 1 + (k - 1)(2^depth - 1)."""
        return 1 + (self.kernel - 1) * (2**self.depth - 1)


def causal_convolution(
    x: Signal, weight: Kernel, bias: Bias, *, dilation: int
) -> Filtered:
    """Convolution over time in which no output depends on a later input.

    The last tap multiplies the present frame; each tap before it, a frame ``dilation``
    steps older. Frames before the first one are zeros, so the length does not change.
    As in ``conv1d`` the kernel is not reversed (cross-correlation).

    Raises:
        ValueError: if ``dilation`` is below 1.

    Source: van den Oord et al. 2016, section 2.1.
    """
    if dilation < 1:
        raise ValueError(
            f"causal_convolution needs taps at least 1 frame apart, but got dilation "
            f"{dilation}."
        )
    past = (weight.shape[2] - 1) * dilation
    return conv1d(pad(x, (past, 0)), weight, bias, dilation=dilation)


class CausalLayer(nn.Module):
    """Residual layer: x + relu(causal convolution of x)."""

    def __init__(self, sizes: TemporalSizes, dilation: int, rng: torch.Generator):
        super().__init__()
        self.dilation = dilation
        shape = (sizes.width, sizes.width, sizes.kernel)
        fan_in = sizes.width * sizes.kernel
        self.weight = nn.Parameter(uniform(shape, fan_in, rng))
        self.bias = nn.Parameter(uniform(shape[:1], fan_in, rng))

    def forward(self, x: Tensor) -> Tensor:
        """Signals of the same shape, (batch, width, time)."""
        convolved = causal_convolution(
            x, self.weight, self.bias, dilation=self.dilation
        )
        return x + relu(convolved)


class TemporalConvolution(nn.Module):
    """A stack of residual causal layers with dilations 1, 2, 4, ...

    Source: Bai et al. 2018, section 3.
    """

    def __init__(self, features: int, sizes: TemporalSizes, rng: torch.Generator):
        super().__init__()
        dilations = (2**layer for layer in range(sizes.depth))
        self.input_projection = nn.Linear(features, sizes.width)
        self.layers = nn.Sequential(*(CausalLayer(sizes, d, rng) for d in dilations))
        reset_parameters(self, rng)

    def forward(self, inputs: Sequences) -> Outputs:
        """One output a frame, from the ``receptive_field`` frames that end with it."""
        projected = self.input_projection(inputs)
        return self.layers(projected.transpose(1, 2)).transpose(1, 2)

    def last_output(self, inputs: Sequences) -> Points:
        """Output at the last step, (batch, width)."""
        return self(inputs)[:, -1]
