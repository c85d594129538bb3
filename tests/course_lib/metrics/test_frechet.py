"""Frechet distance: closed forms, an independent matrix root, few samples, bias."""

import numpy as np
import pytest
import scipy.linalg
import torch

from course_lib.metrics.frechet import (
    fit_gaussian,
    frechet_distance,
    frechet_distance_of_moments,
    gaussian,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(n, d, seed=0):
    return torch.randn(n, d, generator=rng(seed), dtype=torch.float64)


ONES, EYE = torch.ones(5), torch.eye(5)
ZEROS = torch.zeros(5)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((ZEROS, EYE), (ONES, EYE), 5.0),
        ((ZEROS, EYE), (ZEROS, 4 * EYE), 5.0),
        (
            (torch.zeros(2), torch.diag(torch.tensor([4.0, 1]))),
            (torch.zeros(2), torch.diag(torch.tensor([1.0, 4]))),
            2.0,
        ),
    ],
)
def test_distances_of_known_gaussians_have_their_closed_forms(a, b, expected):
    assert frechet_distance_of_moments(gaussian(*a), gaussian(*b)) == pytest.approx(
        expected
    )


def test_commuting_covariances_have_the_closed_form():
    a, b = (torch.rand(6, generator=rng(s), dtype=torch.float64) for s in (1, 2))
    axes = torch.linalg.qr(normal(6, 6)).Q
    moments = (gaussian(torch.zeros(6), axes @ torch.diag(x) @ axes.T) for x in (a, b))
    expected = (a.sqrt() - b.sqrt()).square().sum().item()
    assert frechet_distance_of_moments(*moments) == pytest.approx(expected, abs=1e-12)


def test_means_that_differ_by_1_in_2048_features_have_distance_2048():
    features = normal(600, 2048)
    assert frechet_distance(features, features + 1) == pytest.approx(2048, abs=1e-6)


def test_the_distance_equals_that_of_scipy_s_matrix_square_root():
    a, b = normal(300, 12), normal(200, 12, seed=1) @ normal(12, 12, seed=2) + 0.3
    covariances = [np.cov(x.numpy().T) for x in (a, b)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    expected = np.square((a.mean(0) - b.mean(0)).numpy()).sum()
    expected += np.trace(covariances[0] + covariances[1] - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_the_distance_needs_no_more_samples_than_features():
    """n = 512 < d = 2048: zero for itself, symmetric, repeatable, inputs unchanged."""
    a, b = normal(512, 2048).float(), 1.1 * normal(512, 2048, seed=1).float()
    before = a.clone()
    assert frechet_distance(a, a) < 1e-6
    once = frechet_distance(a, b)
    assert frechet_distance(b, a) == pytest.approx(once, rel=1e-9)
    assert frechet_distance(a, b) == once
    assert (a == before).all()


def test_rotation_and_translation_of_both_sets_keep_the_distance():
    a, b, rotation = (
        normal(90, 7),
        2 * normal(80, 7, 1),
        torch.linalg.qr(normal(7, 7, 2)).Q,
    )
    moved = frechet_distance(a @ rotation + 3, b @ rotation + 3)
    assert moved == pytest.approx(frechet_distance(a, b), rel=1e-9)


def test_the_root_of_a_fitted_gaussian_is_that_of_the_covariance():
    a = normal(50, 4)
    root = fit_gaussian(a).root
    torch.testing.assert_close(root.T @ root, torch.cov(a.T))


@pytest.mark.parametrize("n", [512, 2048])
def test_two_sets_of_one_distribution_have_the_expected_bias(n):
    d, pairs = 64, 12
    distances = [
        frechet_distance(normal(n, d, seed=2 * i), normal(n, d, seed=2 * i + 1))
        for i in range(pairs)
    ]
    expected = (2 * d + d * (d + 1) / 2) / n
    assert np.mean(distances) == pytest.approx(expected, rel=0.05)


def test_a_single_sample_raises_an_error():
    with pytest.raises(ValueError, match="2 samples or more"):
        frechet_distance(normal(1, 3), normal(5, 3))
