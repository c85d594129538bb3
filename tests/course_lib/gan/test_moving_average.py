"""The moving average of parameters: one update, and many of a constant model."""

import torch

from course_lib.gan.moving_average import update_ema
from course_lib.gan.ring_networks import RingGenerator


def test_the_average_moves_by_1_minus_decay_and_the_model_stays():
    average, model = RingGenerator(2, 4), RingGenerator(2, 4)
    old = [p.detach().clone() for p in average.parameters()]
    update_ema(average, model, 0.9)
    for mean, was, parameter in zip(
        average.parameters(), old, model.parameters(), strict=True
    ):
        assert torch.allclose(mean, 0.9 * was + 0.1 * parameter, atol=1e-6)
        assert mean.requires_grad and mean.is_leaf


def test_the_average_of_a_constant_model_approaches_it_like_decay_to_the_n():
    average, model = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    gap = (average.weight - model.weight).detach()
    for _ in range(20):
        update_ema(average, model, 0.8)
    assert torch.allclose(average.weight - model.weight, 0.8**20 * gap, atol=1e-6)
