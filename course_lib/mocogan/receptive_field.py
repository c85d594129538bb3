"""Count how far a judge sees: how many frames and pixels decide one of its logits."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import nn

from course_lib.mocogan.discriminators import convolutions


class Window(NamedTuple):
    """One layer along one axis: the kernel's length, its stride, padding at each end.

    In steps of what the layer reads.
    """

    kernel: int
    stride: int
    padding: int


class Reach(NamedTuple):
    """What is left of an axis after some layers, in ``places``.

    Each place sees ``seen`` steps of the first layer's input; neighbouring places are
    ``apart`` such steps from each other.
    """

    places: int
    seen: int
    apart: int


def reach(size: int, windows: Sequence[tuple[int, int, int]]) -> Reach:
    """Follow an axis of ``size`` steps through layers of (kernel, stride, padding).

    A layer fits its kernel into the axis as often as it can go, a stride apart. What
    a place sees grows with every kernel, the faster the more strides were taken
    before; padding counts as seen.

    Raises:
        ValueError: if a layer's kernel is longer than what is left for it.

    Source: Araujo, Norris and Sim 2019, equation 2.

    >>> reach(16, [(4, 1, 0)] * 5)  # the video judge's time
    Reach(places=1, seen=16, apart=1)
    """
    places, seen, apart = size, 1, 1
    for kernel, stride, padding in windows:
        if kernel > places + 2 * padding:
            raise ValueError(
                f"A kernel of {kernel} needs as many steps; {places} are left of "
                f"{size}, {padding} padded at each end. Hand in a longer clip."
            )
        places = (places + 2 * padding - kernel) // stride + 1
        seen += (kernel - 1) * apart
        apart *= stride
    return Reach(places, seen, apart)


def windows_of(network: nn.Module, axis: int) -> list[Window]:
    """The windows of a network's convolutions along an axis behind the channels."""
    return [
        Window(layer.kernel_size[axis], layer.stride[axis], layer.padding[axis])
        for layer in convolutions(network)
    ]
