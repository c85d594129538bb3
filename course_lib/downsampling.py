"""Strided convolutions that halve the resolution of images or clips."""

from collections.abc import Sequence
from itertools import pairwise

from torch import nn

Convolution = type[nn.Conv2d] | type[nn.Conv3d]


def downsampling_layers(
    channels: Sequence[int], convolution: Convolution
) -> list[nn.Module]:
    """Convolutions of stride 2 with SiLU, from each number of channels to the next.

    Each convolution halves every axis but batch and channel. There is no normalization
    layer: for a bright shape on black it would remove the brightness, and with it the
    colour.
    """
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(channels):
        layers += [convolution(n_in, n_out, 4, stride=2, padding=1), nn.SiLU()]
    return layers


def normalized_downsampling_layers(
    channels: Sequence[int], convolution: Convolution
) -> list[nn.Module]:
    """Convolutions of stride 2 with GroupNorm and SiLU, for inputs of any brightness.

    All channel numbers but the first must be multiples of 8, the number of groups.
    """
    layers: list[nn.Module] = []
    for pair in pairwise(channels):
        conv, activation = downsampling_layers(pair, convolution)
        layers += [conv, nn.GroupNorm(8, pair[1]), activation]
    return layers
