"""Rate and distortion of trained VAEs agree with rate-distortion theory."""

from itertools import pairwise

import pytest
import torch

from course_lib.data.handwritten_digits import images
from course_lib.data.splits import split_range
from course_lib.vae.elbo import active_units
from course_lib.vae.rate_distortion import LARGE_SIGMA, compare_kl_terms, sweep_sigma

IMAGES = images(size=16).images
TRAIN, TEST = (IMAGES[split_range(len(IMAGES), split)] for split in ("train", "test"))
SIGMAS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def points():
    return sweep_sigma(TRAIN, TEST, SIGMAS, 150, rng())


@pytest.fixture(scope="module", params=[0, 3])
def kl_terms(request):
    return compare_kl_terms(TRAIN, TEST, 500, rng(request.param))


def test_a_larger_sigma_has_a_lower_rate_and_a_higher_distortion(points):
    assert [point.sigma for point in points] == [*SIGMAS]
    for small, large in pairwise(points):
        assert large.rate < 0.75 * small.rate
        assert large.distortion > small.distortion or large.sigma <= 0.2
    # below .2, ten latent axes are the limit, and more nats lower the error little
    assert points[0].distortion > 0.85 * points[1].distortion


def test_the_secant_between_two_sigmas_lies_between_both_tangents(points):
    for small, large in pairwise(points[2:]):
        error_per_nat = (large.distortion - small.distortion) / (
            small.rate - large.rate
        )
        assert 2 * small.sigma**2 < error_per_nat < 2 * large.sigma**2


def test_the_posterior_collapses_above_the_largest_deviation_of_the_data(points):
    largest_std = torch.linalg.eigvalsh(torch.cov(TRAIN.flatten(1).T)).amax().sqrt()
    mean = TRAIN.mean(dim=0)
    error_of_mean = (TEST - mean).square().flatten(1).sum(dim=1).mean().item()
    assert SIGMAS[-2] < largest_std < SIGMAS[-1]
    assert points[-1].active <= 2 and points[-1].rate < 0.1
    assert points[-1].distortion == pytest.approx(error_of_mean, rel=0.05)
    assert all(point.active == 10 for point in points[:-2])


def test_reconstructions_are_those_of_the_first_test_images(points):
    for point in points[:3]:
        assert point.reconstructions.shape == point.samples.shape == (8, 1, 16, 16)
        errors = torch.cdist(point.reconstructions.flatten(1), TEST[:8].flatten(1))
        assert errors.argmin(dim=1).tolist() == [*range(8)]


def test_points_are_reproducible_by_the_seed():
    (one,), (other,) = (sweep_sigma(TRAIN, TEST, (0.5,), 2, rng(4)) for _ in range(2))
    assert one.rate == other.rate and torch.equal(one.samples, other.samples)


def test_a_sigma_of_0_raises_an_error():
    with pytest.raises(ValueError, match="above 0"):
        sweep_sigma(TRAIN, TEST, (0.0,), 1, rng())


# Three KL terms


def test_annealing_leaves_more_units_active_and_a_higher_elbo(kl_terms):
    plain, annealed = kl_terms["plain"], kl_terms["annealed"]
    assert active_units(plain.mu) < active_units(annealed.mu) < 10
    assert annealed.kl.sum() > 1.3 * plain.kl.sum()
    assert annealed.elbo > plain.elbo + 0.3  # so the collapse is no optimum


def test_free_bits_keep_every_unit_active_near_the_floor(kl_terms):
    plain, free = kl_terms["plain"], kl_terms["free bits"]
    assert active_units(free.mu) == 10
    assert free.kl.amin() > 0.04 > plain.kl.median()
    assert free.elbo > plain.elbo + 0.1
    assert (free.kl < 0.16).sum() >= 5  # near the floor of 0.1


def test_a_shallow_vae_at_the_same_sigma_does_not_collapse(kl_terms, points):
    (shallow,) = (point for point in points if point.sigma == LARGE_SIGMA)
    assert shallow.active > 2 * active_units(kl_terms["plain"].mu)
    assert shallow.rate > 1.3 * kl_terms["plain"].kl.sum()


def test_all_kl_terms_start_from_the_same_weights():
    untrained = compare_kl_terms(TRAIN, TEST, 0, rng()).values()
    for one, other in pairwise(untrained):
        assert torch.equal(one.mu, other.mu) and one.elbo == other.elbo
