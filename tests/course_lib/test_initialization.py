"""Where training starts: weights from one generator, no wider than 1/sqrt(fan-in)."""

import copy

import pytest
import torch
from torch import nn

from course_lib.initialization import redraw, uniform


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_weights_fill_the_range_of_1_over_the_root_of_fan_in():
    drawn = uniform((1000, 25), 25, rng())
    assert 0.199 < drawn.max() <= 0.2
    assert -0.2 <= drawn.min() < -0.199


def test_the_spread_is_that_of_pytorch_s_own_layers():
    layer = nn.Conv2d(8, 64, 5)
    default = copy.deepcopy(layer)
    redraw(layer, rng())
    assert torch.allclose(layer.weight.std(), default.weight.std(), rtol=0.05)
    assert torch.allclose(layer.bias.abs().max(), default.bias.abs().max(), rtol=0.2)


def test_the_same_generator_draws_the_same_network():
    first, second, third = (nn.Sequential(nn.Linear(4, 3)) for _ in range(3))
    for network, seed in ((first, 1), (second, 1), (third, 2)):
        redraw(network, rng(seed))
    assert torch.equal(first[0].weight, second[0].weight)
    assert not torch.equal(first[0].weight, third[0].weight)


def test_the_global_generator_is_not_touched():
    before = torch.get_rng_state()
    redraw(nn.ReLU(), rng())
    uniform((3, 3), 3, rng())
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (nn.Linear(400, 300), 400),
        (nn.Conv2d(30, 40, 4), 30 * 16),
        (nn.ConvTranspose2d(30, 40, 4, stride=2), 30 * 4),  # 2x2 taps reach a pixel
    ],
)
def test_a_layer_starts_within_one_over_the_root_of_its_fan_in(layer, fan_in):
    redraw(layer, rng())
    bound = fan_in**-0.5
    assert layer.weight.abs().max() <= bound
    assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.02)
    assert layer.bias.abs().max() <= bound
