"""The ring: what is good, what is covered, and what the trivial forgers score."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.gan.ring import (
    MODES,
    PRESENCE,
    RADIUS,
    REACH,
    SIGMA,
    coverage,
    mode_centres,
    sample_ring,
    single_mode,
    uniform_square,
)

N = 20_000


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def at(mode, distance, n=1):
    """n points ``distance`` away from a centre, outwards."""
    centre = mode_centres()[mode]
    return (centre * (1 + distance / RADIUS)).repeat(n, 1)


def test_the_data_cover_all_modes_and_98_9_percent_are_good():
    seen = coverage(sample_ring(N, rng()))
    assert seen.modes == 8
    assert seen.good_share == pytest.approx(1 - math.exp(-(REACH**2) / 2), abs=0.003)


def test_a_collapsed_forger_is_perfect_and_covers_one_mode():
    seen = coverage(single_mode(N, rng()))
    assert seen.modes == 1
    assert seen.good_share == pytest.approx(1 - math.exp(-(REACH**2) / 2), abs=0.003)
    assert seen.counts[1:].sum() == 0


def test_noise_on_the_square_is_good_as_often_as_the_discs_are_large():
    seen = coverage(uniform_square(N, rng()))
    # Of the four discs on the axes half lies outside the square, which ends at RADIUS.
    discs = (4 + 4 / 2) * math.pi * (REACH * SIGMA) ** 2
    assert seen.good_share == pytest.approx(discs / (2 * RADIUS) ** 2, abs=0.003)
    assert seen.modes == 0  # a third of a percent each


def test_every_centre_has_the_radius_and_a_neighbour_at_45_degrees():
    centres = mode_centres()
    assert torch.allclose(centres.norm(dim=1), torch.full((MODES,), RADIUS))
    cosine = (centres * centres.roll(1, 0)).sum(1) / RADIUS**2
    assert torch.allclose(cosine, torch.full((MODES,), math.cos(math.pi / 4)))


def test_the_spread_of_each_mode_is_sigma_on_both_axes():
    points = sample_ring(N, rng())
    nearest = torch.cdist(points, mode_centres()).argmin(1)
    spread = (points - mode_centres()[nearest]).std(dim=0)
    assert torch.allclose(spread, torch.full((2,), SIGMA), rtol=0.03)


def test_good_ends_at_three_standard_deviations():
    assert coverage(at(2, 0.99 * REACH * SIGMA)).good_share == 1
    assert coverage(at(2, 1.01 * REACH * SIGMA)).good_share == 0


def test_a_mode_is_covered_from_one_percent_of_all_samples_on():
    n = 1000
    enough = int(PRESENCE * n)
    for good, modes in ((enough, 2), (enough - 1, 1)):
        seen = coverage(torch.cat([at(0, 0, n - good), at(5, 0, good)]))
        assert (seen.modes, seen.counts[5].item()) == (modes, good)


def test_points_that_are_not_finite_are_not_good():
    points = torch.cat([at(0, 0, 3), torch.full((3, 2), torch.nan), at(1, 0) / 0])
    seen = coverage(points)
    assert seen.good_share == pytest.approx(3 / 7)
    assert seen.counts.tolist() == [3, 0, 0, 0, 0, 0, 0, 0]


@settings(deadline=None)  # other tests run beside it
@given(st.integers(0, 2**31), st.integers(0, 7))
def test_turning_the_ring_by_45_degrees_moves_the_counts_along(seed, turns):
    points = sample_ring(200, rng(seed))
    angle = torch.tensor(turns * math.pi / 4)
    turn = torch.stack(
        [
            torch.stack([angle.cos(), angle.sin()]),
            torch.stack([-angle.sin(), angle.cos()]),
        ]
    )
    seen, turned = coverage(points), coverage(points @ turn)
    assert (turned.counts - seen.counts.roll(turns)).abs().sum() <= 2  # at the rim


def test_the_same_generator_draws_the_same_points_and_moves_on():
    for draw in (sample_ring, uniform_square, single_mode):
        one = rng(3)
        first, second = draw(50, one), draw(50, one)
        assert torch.equal(first, draw(50, rng(3)))
        assert not torch.equal(first, second)


@pytest.mark.parametrize("shape", [(0, 2), (5, 3), (5,)])
def test_coverage_refuses_what_is_not_a_sample_of_the_plane(shape):
    with pytest.raises((ValueError, TypeError), match="batch"):
        coverage(torch.zeros(shape))
