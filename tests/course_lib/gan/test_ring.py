"""Mode coverage on the ring: definitions, baselines, invariance."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.gan.ring import (
    MAX_SIGMAS,
    MIN_MODE_FRACTION,
    N_MODES,
    RADIUS,
    SIGMA,
    mode_centres,
    mode_coverage,
    sample_ring,
    sample_single_mode,
    sample_square,
)

N = 20_000


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def points_at(mode, distance, n=1):
    """n points at a distance from a mode centre, in radial direction."""
    centre = mode_centres()[mode]
    return (centre * (1 + distance / RADIUS)).repeat(n, 1)


def test_the_data_cover_all_modes_with_98_9_percent_high_quality():
    result = mode_coverage(sample_ring(N, rng()))
    assert result.modes == 8
    assert result.high_quality_fraction == pytest.approx(
        1 - math.exp(-(MAX_SIGMAS**2) / 2), abs=0.003
    )


def test_samples_of_one_mode_cover_one_mode_with_high_quality():
    result = mode_coverage(sample_single_mode(N, rng()))
    assert result.modes == 1
    assert result.high_quality_fraction == pytest.approx(
        1 - math.exp(-(MAX_SIGMAS**2) / 2), abs=0.003
    )
    assert result.counts[1:].sum() == 0


def test_uniform_samples_are_of_high_quality_in_proportion_to_the_area_of_the_discs():
    result = mode_coverage(sample_square(N, rng()))
    # half of each of the four discs on the axes lies outside the square
    discs = (4 + 4 / 2) * math.pi * (MAX_SIGMAS * SIGMA) ** 2
    assert result.high_quality_fraction == pytest.approx(
        discs / (2 * RADIUS) ** 2, abs=0.003
    )
    assert result.modes == 0  # each has a third of a percent of the samples


def test_mode_centres_have_the_radius_and_neighbours_at_45_degrees():
    centres = mode_centres()
    assert torch.allclose(centres.norm(dim=1), torch.full((N_MODES,), RADIUS))
    cosine = (centres * centres.roll(1, 0)).sum(1) / RADIUS**2
    assert torch.allclose(cosine, torch.full((N_MODES,), math.cos(math.pi / 4)))


def test_the_standard_deviation_of_a_mode_is_sigma_on_both_axes():
    points = sample_ring(N, rng())
    nearest = torch.cdist(points, mode_centres()).argmin(1)
    spread = (points - mode_centres()[nearest]).std(dim=0)
    assert torch.allclose(spread, torch.full((2,), SIGMA), rtol=0.03)


def test_high_quality_ends_at_three_standard_deviations():
    assert (
        mode_coverage(points_at(2, 0.99 * MAX_SIGMAS * SIGMA)).high_quality_fraction
        == 1
    )
    assert (
        mode_coverage(points_at(2, 1.01 * MAX_SIGMAS * SIGMA)).high_quality_fraction
        == 0
    )


def test_a_mode_is_covered_from_one_percent_of_all_samples():
    n = 1000
    least = int(MIN_MODE_FRACTION * n)
    for n_good, modes in ((least, 2), (least - 1, 1)):
        result = mode_coverage(
            torch.cat([points_at(0, 0, n - n_good), points_at(5, 0, n_good)])
        )
        assert (result.modes, result.counts[5].item()) == (modes, n_good)


def test_points_that_are_not_finite_are_of_low_quality():
    points = torch.cat(
        [points_at(0, 0, 3), torch.full((3, 2), torch.nan), points_at(1, 0) / 0]
    )
    result = mode_coverage(points)
    assert result.high_quality_fraction == pytest.approx(3 / 7)
    assert result.counts.tolist() == [3, 0, 0, 0, 0, 0, 0, 0]


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, 2**31), st.integers(0, 7))
def test_a_rotation_by_45_degrees_shifts_the_counts_by_one_mode(seed, turns):
    points = sample_ring(200, rng(seed))
    angle = torch.tensor(turns * math.pi / 4)
    rotation = torch.stack(
        [
            torch.stack([angle.cos(), angle.sin()]),
            torch.stack([-angle.sin(), angle.cos()]),
        ]
    )
    original, rotated = mode_coverage(points), mode_coverage(points @ rotation)
    assert (rotated.counts - original.counts.roll(turns)).abs().sum() <= 2


def test_sampling_is_reproducible_and_advances_the_generator():
    for draw in (sample_ring, sample_square, sample_single_mode):
        one = rng(3)
        first, second = draw(50, one), draw(50, one)
        assert torch.equal(first, draw(50, rng(3)))
        assert not torch.equal(first, second)


@pytest.mark.parametrize("shape", [(0, 2), (5, 3), (5,)])
def test_points_of_another_shape_raise_an_error(shape):
    with pytest.raises((ValueError, TypeError), match="batch"):
        mode_coverage(torch.zeros(shape))
