"""Pictures are pasted at their corners, and other pixels stay black."""

import pytest
import torch

from course_lib.data.compositing import paste


@pytest.mark.parametrize("channels, side, layers", [(1, 28, 1), (3, 14, 1), (2, 5, 3)])
def test_batched_pasting_equals_pasting_one_by_one(channels, side, layers):
    rng = torch.Generator().manual_seed(side)
    pictures = 2 * torch.rand(3, 4, layers, channels, side, side, generator=rng) - 1
    corners = torch.randint(64 - side + 1, (3, 4, layers, 2), generator=rng)
    corners[0, 0], corners[-1, -1] = 0, 64 - side  # the first and the last pixel of all
    one_by_one = torch.full((3, 4, channels, 64, 64), -1.0)
    for clip in range(3):
        for frame in range(4):
            for layer in range(layers):
                x, y = corners[clip, frame, layer]
                place = one_by_one[clip, frame, :, y : y + side, x : x + side]
                place[:] = torch.maximum(place, pictures[clip, frame, layer])
    assert torch.equal(paste(pictures, corners), one_by_one)


def test_the_order_of_layers_does_not_matter():
    rng = torch.Generator().manual_seed(0)
    pictures = 2 * torch.rand(2, 2, 3, 1, 40, 40, generator=rng) - 1
    corners = torch.randint(25, (2, 2, 3, 2), generator=rng)
    turned = paste(pictures.flip(2), corners.flip(2))
    assert torch.equal(paste(pictures, corners), turned)
