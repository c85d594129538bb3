"""The learning rate of a step: warm-up, constant, cosine decay."""

import pytest
import torch

from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import (
    learning_rate_factor,
    learning_rate_schedule,
)

PRESET = LearningPreset(steps=1000, batch=1, every=1, rate=1e-3)


def test_the_learning_rate_warms_up_is_constant_and_decays():
    assert learning_rate_factor(1, 0.001) == pytest.approx(0.01)
    assert learning_rate_factor(5000, 0.5) == 1
    assert learning_rate_factor(7500, 0.75) == pytest.approx(0.5)
    assert learning_rate_factor(10_000, 1.0) == pytest.approx(0.02)


def rates(steps, **options):
    """The learning rate in each of the first steps."""
    adam = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
    scheduler = learning_rate_schedule(adam, PRESET, **options)
    found = []
    for _ in range(steps):
        found.append(adam.param_groups[0]["lr"])
        adam.step()
        scheduler.step()
    return found


def test_the_scheduler_sets_the_learning_rate_of_every_step():
    found = rates(1000)
    assert found[0] == pytest.approx(1e-5)
    assert found[49] == pytest.approx(5e-4)
    assert found[749] == pytest.approx(5e-4)
    assert found[-1] == pytest.approx(2e-5)


def test_a_ratio_multiplies_the_rate_of_the_preset():
    assert rates(60, ratio=2.0) == pytest.approx([2 * rate for rate in rates(60)])
