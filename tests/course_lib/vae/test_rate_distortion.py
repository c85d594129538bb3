"""Rate against distortion: what theory says of prices holds for trained VAEs."""

from itertools import pairwise

import pytest
import torch

from course_lib.data.handwritten_digits import images
from course_lib.data.splits import split_range
from course_lib.vae.elbo import active_units
from course_lib.vae.rate_distortion import FOG, compare_recipes, sweep

EVERY = images(size=16).images
SEEN, UNSEEN = (EVERY[split_range(len(EVERY), split)] for split in ("train", "test"))
SIGMAS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def points():
    return sweep(SEEN, UNSEEN, SIGMAS, 150, rng())


@pytest.fixture(scope="module", params=[0, 3])
def recipes(request):
    return compare_recipes(SEEN, UNSEEN, 500, rng(request.param))


def test_the_wider_a_pixel_the_fewer_nats_and_the_more_error(points):
    assert [point.sigma for point in points] == [*SIGMAS]
    for narrow, wide in pairwise(points):
        assert wide.rate < 0.75 * narrow.rate
        assert wide.distortion > narrow.distortion or wide.sigma <= 0.2
    # ten numbers hold no more: below .2, nats buy nothing
    assert points[0].distortion > 0.85 * points[1].distortion


def test_between_two_widths_a_nat_saves_what_lies_between_both_prices(points):
    for narrow, wide in pairwise(points[2:]):
        saved = (wide.distortion - narrow.distortion) / (narrow.rate - wide.rate)
        assert 2 * narrow.sigma**2 < saved < 2 * wide.sigma**2


def test_above_the_widest_axis_of_the_data_every_code_collapses(points):
    spread = torch.linalg.eigvalsh(torch.cov(SEEN.flatten(1).T)).amax().sqrt()
    mean = SEEN.mean(dim=0)
    guessed = (UNSEEN - mean).square().flatten(1).sum(dim=1).mean().item()
    assert SIGMAS[-2] < spread < SIGMAS[-1]
    assert points[-1].active <= 2 and points[-1].rate < 0.1
    assert points[-1].distortion == pytest.approx(guessed, rel=0.05)
    assert all(point.active == 10 for point in points[:-2])


def test_a_point_shows_the_first_digits_that_training_did_not_see(points):
    for point in points[:3]:
        assert point.rebuilt.shape == point.sampled.shape == (8, 1, 16, 16)
        errors = torch.cdist(point.rebuilt.flatten(1), UNSEEN[:8].flatten(1))
        assert errors.argmin(dim=1).tolist() == [*range(8)]


def test_a_seed_gives_the_same_points_again():
    for one, other in zip(*[sweep(SEEN, UNSEEN, (0.5,), 2, rng(4))] * 2, strict=True):
        assert one.rate == other.rate and torch.equal(one.sampled, other.sampled)


def test_a_width_of_zero_is_refused_in_words():
    with pytest.raises(ValueError, match="above 0"):
        sweep(SEEN, UNSEEN, (0.0,), 1, rng())


# Three ways to pay


def test_a_deep_vae_that_pays_at_once_closes_axes_that_would_have_paid(recipes):
    plain, annealed = recipes["plain"], recipes["annealed"]
    assert active_units(plain.mu) < active_units(annealed.mu) < 10
    assert annealed.kl.sum() > 1.3 * plain.kl.sum()
    assert annealed.bound > plain.bound + 0.3  # so it was no optimum


def test_free_bits_keep_every_axis_open_at_about_the_floor(recipes):
    plain, free = recipes["plain"], recipes["free bits"]
    assert active_units(free.mu) == 10
    assert free.kl.amin() > 0.04 > plain.kl.median()
    assert free.bound > plain.bound + 0.1
    assert (free.kl < 0.16).sum() >= 5  # which pay for no more than they must


def test_a_shallow_vae_at_the_same_width_was_never_closed(recipes, points):
    (shallow,) = (point for point in points if point.sigma == FOG)
    assert shallow.active > 2 * active_units(recipes["plain"].mu)
    assert shallow.rate > 1.3 * recipes["plain"].kl.sum()


def test_all_recipes_have_the_same_start():
    untrained = compare_recipes(SEEN, UNSEEN, 0, rng()).values()
    for one, other in pairwise(untrained):
        assert torch.equal(one.mu, other.mu) and one.bound == other.bound
