"""The rate of a step: it warms up, stays and falls, and some groups are in haste."""

import pytest
import torch

from course_lib.runs.learning import pace, set_pace
from course_lib.runs.presets import PredictorPreset


def test_the_rate_warms_up_stays_and_falls():
    assert pace(1, 0.001) == pytest.approx(0.01)
    assert pace(5000, 0.5) == 1
    assert pace(7500, 0.75) == pytest.approx(0.5)
    assert pace(10_000, 1.0) == pytest.approx(0.02)


def test_a_group_in_haste_has_a_multiple_of_the_rate():
    slow, fast = (torch.nn.Parameter(torch.zeros(1)) for _ in range(2))
    adam = torch.optim.Adam([{"params": [slow]}, {"params": [fast], "haste": 10.0}])
    set_pace(adam, PredictorPreset(steps=1000, batch=1, every=1, rate=1e-3), 50)
    assert [g["lr"] for g in adam.param_groups] == pytest.approx([5e-4, 5e-3])
