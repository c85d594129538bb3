"""Restless digits: a new random direction at each wall."""

import pytest
import torch

from course_lib.data import moving_digits
from course_lib.data.restless_digits import FRAMES, TEST_CLIPS, sample_clips, wander
from course_lib.data.restless_digits import test_clips as fixed_clips


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def at(x, y):
    return torch.tensor([[[x, y]]])


def test_away_from_the_walls_the_direction_is_constant():
    start, velocity = at(0.1, 0.2), at(0.08, 0.06)
    path = wander(start, velocity, 7, generator())
    assert torch.equal(path, moving_digits.bounce(start, velocity, 7))


def test_at_a_wall_the_direction_is_random_and_the_speed_constant():
    start, velocity = at(0.95, 0.5).expand(400, 1, 2), at(0.1, 0.0).expand(400, 1, 2)
    path = wander(start, velocity, 3, generator())
    assert (path[:, 0, 0, 0] == 1).all()  # at the wall, all alike
    back = path[:, 1, 0] - path[:, 0, 0]
    assert (back[:, 0] <= 0).all()
    assert torch.allclose(back.norm(dim=1), torch.full((400,), 0.1), atol=1e-6)
    assert back[:, 1].min() < -0.09 and back[:, 1].max() > 0.09
    assert torch.allclose(path[:, 2, 0] - path[:, 1, 0], back, atol=1e-6)


def test_in_a_corner_a_digit_leaves_both_walls():
    start, velocity = at(0.05, 0.05).expand(100, 1, 2), at(-0.1, -0.1).expand(100, 1, 2)
    path = wander(start, velocity, 2, generator())
    assert (path[:, 0] == 0).all()
    assert (path[:, 1] >= 0).all() and (path[:, 1].sum(dim=-1) > 0.09).all()


def test_digits_stay_inside_the_frame():
    clips = sample_clips(8, generator(), n_frames=60)
    assert clips.shape == (8, 60, 1, 64, 64)
    assert clips.min() == -1 and clips.max() <= 1


def test_two_futures_of_one_context_differ_after_the_first_wall():
    start, velocity = at(0.5, 0.5), at(0.1, 0.0)
    one, other = (wander(start, velocity, 12, generator(seed)) for seed in (1, 2))
    assert torch.equal(one[:, :5], other[:, :5])
    assert not torch.equal(one[:, 6:], other[:, 6:])


def test_the_test_clips_are_always_the_same_and_of_no_training_digit():
    first = fixed_clips(3)
    assert first.shape == (3, FRAMES, 1, 64, 64)
    assert torch.equal(first, fixed_clips(TEST_CLIPS)[:3])


def test_numbers_below_one_are_rejected():
    with pytest.raises(ValueError, match="count from 1"):
        sample_clips(0, generator())
    with pytest.raises(ValueError, match="test clips"):
        fixed_clips(TEST_CLIPS + 1)
