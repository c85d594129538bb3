"""Build the way from a large picture or clip to a small one: every layer halves it."""

from collections.abc import Sequence
from itertools import pairwise

from torch import nn

Convolution = type[nn.Conv2d] | type[nn.Conv3d]


def halvings(depths: Sequence[int], convolution: Convolution) -> list[nn.Module]:
    """A convolution and a SiLU from each depth to the next.

    Each halves every axis but batch and channel. There is no norm: over a bright shape
    on black it would divide the brightness out, and with it all colours.
    """
    layers: list[nn.Module] = []
    for before, after in pairwise(depths):
        layers += [convolution(before, after, 4, stride=2, padding=1), nn.SiLU()]
    return layers


def normed_halvings(depths: Sequence[int], convolution: Convolution) -> list[nn.Module]:
    """The same with a norm behind each convolution, for eyes that need no brightness.

    Depths behind the first one are multiples of 8, the number of groups of a norm.
    """
    layers: list[nn.Module] = []
    for pair in pairwise(depths):
        halve, bend = halvings(pair, convolution)
        layers += [halve, nn.GroupNorm(8, pair[1]), bend]
    return layers
