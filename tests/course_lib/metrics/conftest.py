"""Images with known metrics."""

import pytest
import torch


@pytest.fixture
def pattern():
    """x[i, j] = ((7 i + 13 j) mod 64) / 63 on 64 x 64, as one clip of one frame."""
    i, j = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    return (((7 * i + 13 * j) % 64) / 63).double()[None, None, None]


@pytest.fixture
def boxes():
    """Two images of one white box, moved by three pixels down and two to the right."""
    a, b = torch.zeros(2, 1, 1, 1, 64, 64).double()
    a[..., 10:30, 10:20] = 1
    b[..., 13:33, 12:22] = 1
    return a, b
