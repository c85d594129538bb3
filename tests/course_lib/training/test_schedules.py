"""The rate of a step: it warms up, stays and falls."""

import pytest
import torch

from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import pace, set_pace


def test_the_rate_warms_up_stays_and_falls():
    assert pace(1, 0.001) == pytest.approx(0.01)
    assert pace(5000, 0.5) == 1
    assert pace(7500, 0.75) == pytest.approx(0.5)
    assert pace(10_000, 1.0) == pytest.approx(0.02)


def test_every_weight_gets_the_rate_of_the_step():
    adam = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
    set_pace(adam, LearningPreset(steps=1000, batch=1, every=1, rate=1e-3), 50)
    assert adam.param_groups[0]["lr"] == pytest.approx(5e-4)
