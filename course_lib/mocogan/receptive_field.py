"""Receptive field of a stack of convolutions along one axis."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import nn

from course_lib.mocogan.discriminators import convolutions


class ConvSpec(NamedTuple):
    """Kernel size, stride, and padding at each end, of one layer along one axis."""

    kernel: int
    stride: int
    padding: int


class ReceptiveField(NamedTuple):
    """Output length of some layers along an axis, and what one output depends on.

    Each of the ``output_length`` outputs depends on ``size`` consecutive inputs. The
    receptive fields of neighbouring outputs are ``jump`` inputs apart.
    """

    output_length: int
    size: int
    jump: int


def receptive_field(
    input_length: int, layers: Sequence[tuple[int, int, int]]
) -> ReceptiveField:
    """Output length, receptive field size and jump of a stack of convolutions.

    ``layers`` holds (kernel, stride, padding) of each layer, the first layer first. A
    kernel of k adds k - 1 times the jump of the layers before it to the size; a stride
    multiplies the jump. Padding counts as input, so the size can exceed the input.

    Raises:
        ValueError: if a layer's kernel is longer than its padded input.

    Source: Araujo, Norris and Sim 2019, equation 2.

    >>> receptive_field(16, [(4, 1, 0)] * 5)  # the video discriminator's time axis
    ReceptiveField(output_length=1, size=16, jump=1)
    """
    length, size, jump = input_length, 1, 1
    for kernel, stride, padding in layers:
        if kernel > length + 2 * padding:
            raise ValueError(
                f"A kernel of {kernel} needs an input of at least {kernel} steps, but "
                f"{length} of {input_length} steps are left, with {padding} of padding "
                "at each end. Use a longer input."
            )
        length = (length + 2 * padding - kernel) // stride + 1
        size += (kernel - 1) * jump
        jump *= stride
    return ReceptiveField(length, size, jump)


def conv_specs(network: nn.Module, axis: int) -> list[ConvSpec]:
    """Kernel, stride and padding of a network's convolutions along one axis.

    Axis 0 is the first after the channels: time of a Conv3d, height of a Conv2d.
    """
    return [
        ConvSpec(layer.kernel_size[axis], layer.stride[axis], layer.padding[axis])
        for layer in convolutions(network)
    ]
