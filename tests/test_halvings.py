"""Every layer halves every axis, and no more."""

import pytest
import torch
from torch import nn

from course_lib.halvings import halvings


@pytest.mark.parametrize(
    ("convolution", "shape"), [(nn.Conv2d, (16, 32)), (nn.Conv3d, (8, 16, 32))]
)
def test_each_depth_halves_each_axis(convolution, shape):
    way = nn.Sequential(*halvings((3, 8, 16), convolution))
    small = way(torch.zeros(2, 3, *shape))
    assert small.shape == (2, 16, *(side // 4 for side in shape))
