"""Downsampling layers: shapes, and the effect of a norm on brightness."""

import pytest
import torch
from torch import nn

from course_lib.downsampling import downsampling_layers, normalized_downsampling_layers


@pytest.mark.parametrize("build", [downsampling_layers, normalized_downsampling_layers])
@pytest.mark.parametrize(
    ("convolution", "shape"), [(nn.Conv2d, (16, 32)), (nn.Conv3d, (8, 16, 32))]
)
def test_each_convolution_halves_every_axis(build, convolution, shape):
    network = nn.Sequential(*build((3, 8, 16), convolution))
    features = network(torch.zeros(2, 3, *shape))
    assert features.shape == (2, 16, *(side // 4 for side in shape))


def test_only_layers_without_a_norm_keep_the_brightness():
    torch.manual_seed(0)
    bright = torch.zeros(1, 3, 32, 32)
    bright[..., 8:14, 8:14] = 1
    for build, keeps_brightness in (
        (downsampling_layers, True),
        (normalized_downsampling_layers, False),
    ):
        network = nn.Sequential(*build((3, 16, 16), nn.Conv2d))
        for layer in network:
            if isinstance(layer, nn.Conv2d):
                layer.bias.data.zero_()
        ratio = (network(bright) / network(0.2 * bright)).flatten().nanmedian().item()
        assert (ratio > 3) is keeps_brightness, ratio
