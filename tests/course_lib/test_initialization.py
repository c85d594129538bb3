"""Weights come from one generator and are uniform within 1/sqrt(fan_in)."""

import copy

import pytest
import torch
from torch import nn

from course_lib.initialization import reset_parameters, uniform


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_values_are_uniform_within_1_over_the_root_of_fan_in():
    values = uniform((1000, 25), 25, rng())
    assert 0.199 < values.max() <= 0.2
    assert -0.2 <= values.min() < -0.199


def test_the_standard_deviation_is_that_of_pytorch_s_default():
    layer = nn.Conv2d(8, 64, 5)
    default = copy.deepcopy(layer)
    reset_parameters(layer, rng())
    assert torch.allclose(layer.weight.std(), default.weight.std(), rtol=0.05)
    assert torch.allclose(layer.bias.abs().max(), default.bias.abs().max(), rtol=0.2)


def test_equal_generators_give_equal_weights():
    first, second, third = (nn.Sequential(nn.Linear(4, 3)) for _ in range(3))
    for network, seed in ((first, 1), (second, 1), (third, 2)):
        reset_parameters(network, rng(seed))
    assert torch.equal(first[0].weight, second[0].weight)
    assert not torch.equal(first[0].weight, third[0].weight)


def test_the_global_generator_is_not_used():
    before = torch.get_rng_state()
    reset_parameters(nn.ReLU(), rng())
    uniform((3, 3), 3, rng())
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (nn.Linear(400, 300), 400),
        (nn.Conv2d(30, 40, 4), 30 * 16),
        (
            nn.ConvTranspose2d(30, 40, 4, stride=2),
            30 * 4,
        ),  # 2x2 taps contribute to a pixel
    ],
)
def test_weights_and_biases_of_a_layer_depend_on_its_fan_in(layer, fan_in):
    reset_parameters(layer, rng())
    bound = fan_in**-0.5
    assert layer.weight.abs().max() <= bound
    assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.02)
    assert layer.bias.abs().max() <= bound
