"""Every layer halves every axis, and no more."""

import pytest
import torch
from torch import nn

from course_lib.downsampling import halvings, normed_halvings


@pytest.mark.parametrize("build", [halvings, normed_halvings])
@pytest.mark.parametrize(
    ("convolution", "shape"), [(nn.Conv2d, (16, 32)), (nn.Conv3d, (8, 16, 32))]
)
def test_each_depth_halves_each_axis(build, convolution, shape):
    way = nn.Sequential(*build((3, 8, 16), convolution))
    small = way(torch.zeros(2, 3, *shape))
    assert small.shape == (2, 16, *(side // 4 for side in shape))


def test_a_norm_divides_brightness_out_and_no_norm_keeps_it():
    torch.manual_seed(0)
    bright = torch.zeros(1, 3, 32, 32)
    bright[..., 8:14, 8:14] = 1
    for build, kept in ((halvings, True), (normed_halvings, False)):
        way = nn.Sequential(*build((3, 16, 16), nn.Conv2d))
        for layer in way:
            if isinstance(layer, nn.Conv2d):
                layer.bias.data.zero_()
        ratio = (way(bright) / way(0.2 * bright)).flatten().nanmedian().item()
        assert (ratio > 3) is kept, ratio
