"""The Frechet distance: closed forms, an independent root, fewer rows than axes."""

import numpy as np
import pytest
import scipy.linalg
import torch

from course_lib.metrics.frechet import (
    distance_of_crowds,
    fitted,
    frechet_distance,
    gaussian,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def cloud(n, d, seed=0):
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
def test_closed_forms(a, b, expected):
    assert distance_of_crowds(gaussian(*a), gaussian(*b)) == pytest.approx(expected)


def test_commuting_spreads_differ_by_their_roots():
    a, b = (torch.rand(6, generator=rng(s), dtype=torch.float64) for s in (1, 2))
    axes = torch.linalg.qr(cloud(6, 6)).Q
    crowds = (gaussian(torch.zeros(6), axes @ torch.diag(x) @ axes.T) for x in (a, b))
    expected = (a.sqrt() - b.sqrt()).square().sum().item()
    assert distance_of_crowds(*crowds) == pytest.approx(expected, abs=1e-12)


def test_means_a_unit_apart_in_2048_axes_cost_2048():
    features = cloud(600, 2048)
    assert frechet_distance(features, features + 1) == pytest.approx(2048, abs=1e-6)


def test_an_independent_matrix_square_root_agrees():
    a, b = cloud(300, 12), cloud(200, 12, seed=1) @ cloud(12, 12, seed=2) + 0.3
    spread = [np.cov(x.numpy().T) for x in (a, b)]
    root = scipy.linalg.sqrtm(spread[0] @ spread[1]).real
    expected = np.square((a.mean(0) - b.mean(0)).numpy()).sum()
    expected += np.trace(spread[0] + spread[1] - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_fewer_samples_than_axes_are_no_trouble():
    """n = 512 < d = 2048: itself, turned round, twice, and with inputs untouched."""
    a, b = cloud(512, 2048).float(), 1.1 * cloud(512, 2048, seed=1).float()
    before = a.clone()
    assert frechet_distance(a, a) < 1e-6
    once = frechet_distance(a, b)
    assert frechet_distance(b, a) == pytest.approx(once, rel=1e-9)
    assert frechet_distance(a, b) == once
    assert (a == before).all()


def test_a_turned_and_shifted_pair_is_as_far_apart():
    a, b, turn = cloud(90, 7), 2 * cloud(80, 7, 1), torch.linalg.qr(cloud(7, 7, 2)).Q
    moved = frechet_distance(a @ turn + 3, b @ turn + 3)
    assert moved == pytest.approx(frechet_distance(a, b), rel=1e-9)


def test_the_root_of_a_set_is_that_of_its_covariance():
    a = cloud(50, 4)
    root = fitted(a).root
    torch.testing.assert_close(root.T @ root, torch.cov(a.T))


@pytest.mark.parametrize("n", [512, 2048])
def test_two_sets_of_one_law_are_apart_by_the_known_bias(n):
    d, pairs = 64, 12
    found = [
        frechet_distance(cloud(n, d, seed=2 * i), cloud(n, d, seed=2 * i + 1))
        for i in range(pairs)
    ]
    expected = (2 * d + d * (d + 1) / 2) / n
    assert np.mean(found) == pytest.approx(expected, rel=0.05)


def test_a_single_sample_is_refused():
    with pytest.raises(ValueError, match="2 samples or more"):
        frechet_distance(cloud(1, 3), cloud(5, 3))
