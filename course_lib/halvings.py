"""Build the way from a large picture or clip to a small one: every layer halves it.

Home: 3.1 Squeezing, 3.7 With a condition.
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import nn


def halvings(
    depths: Sequence[int], convolution: type[nn.Conv2d] | type[nn.Conv3d]
) -> list[nn.Module]:
    """A convolution, a norm and a SiLU from each depth to the next.

    Each halves every axis but batch and channel; depths behind the first one are
    multiples of 8, the number of groups of a norm.
    """
    layers: list[nn.Module] = []
    for before, after in pairwise(depths):
        layers += [convolution(before, after, 4, stride=2, padding=1)]
        layers += [nn.GroupNorm(8, after), nn.SiLU()]
    return layers
