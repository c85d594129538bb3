"""One step up a bound: a mean for each number, a price that warms up, a leash."""

import pytest
import torch

from course_lib.training.elbo_step import LONGEST_STEP, climb
from course_lib.training.presets import LearningPreset
from course_lib.vae.elbo import Elbo

PRESET = LearningPreset(steps=1000, batch=2, every=1, rate=1.0)


def slopes_after(number, scale=1.0, n_axes=4):
    """The slopes that a step at this number leaves on a likelihood and a price."""
    explained, cost = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    plain = torch.optim.SGD([explained, cost], lr=1.0)
    climb(Elbo(scale * explained, scale * cost), plain, PRESET, number, n_axes)
    return explained.grad, cost.grad


@pytest.mark.parametrize(("number", "price"), [(50, 0.25), (100, 0.5), (900, 1.0)])
def test_the_price_of_a_nat_warms_up_within_a_fifth_of_the_steps(number, price):
    explained, cost = slopes_after(number)
    torch.testing.assert_close(explained, torch.full((2,), -1 / 8))
    torch.testing.assert_close(cost, torch.full((2,), price / 8))


def test_a_cliff_makes_no_longer_step_than_allowed():
    length = torch.cat(slopes_after(900, scale=1000.0)).norm().item()
    assert length == pytest.approx(LONGEST_STEP, rel=1e-3)


def test_the_weights_climb_at_the_pace_of_the_step():
    explained = torch.nn.Parameter(torch.zeros(2))
    plain = torch.optim.SGD([explained], lr=99.0)
    climb(Elbo(explained, torch.zeros(2)), plain, PRESET, 50, 4)
    torch.testing.assert_close(explained.detach(), torch.full((2,), 0.5 / 8))
