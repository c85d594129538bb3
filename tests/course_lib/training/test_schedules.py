"""The learning rate of a step: warm-up, constant, cosine decay."""

import pytest
import torch

from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import learning_rate_factor, set_learning_rate


def test_the_learning_rate_warms_up_is_constant_and_decays():
    assert learning_rate_factor(1, 0.001) == pytest.approx(0.01)
    assert learning_rate_factor(5000, 0.5) == 1
    assert learning_rate_factor(7500, 0.75) == pytest.approx(0.5)
    assert learning_rate_factor(10_000, 1.0) == pytest.approx(0.02)


def test_all_groups_get_the_learning_rate_of_the_step():
    adam = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
    set_learning_rate(adam, LearningPreset(steps=1000, batch=1, every=1, rate=1e-3), 50)
    assert adam.param_groups[0]["lr"] == pytest.approx(5e-4)
