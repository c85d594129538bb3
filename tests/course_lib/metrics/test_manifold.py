"""Precision, recall, density, coverage: known sets, sklearn, expectations, errors."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from course_lib.metrics.manifold import density_coverage, precision_recall

K = 5


def normal(n, d=3, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_one_of_two_modes_has_precision_1_and_recall_one_half():
    left, right = normal(200), normal(200, seed=1) + 100
    found = precision_recall(torch.cat((left, right)), left + 1e-6, k=3)
    assert found == pytest.approx((1.0, 0.5))
    assert density_coverage(torch.cat((left, right)), left + 1e-6, k=3).coverage == 0.5


def test_outliers_among_fake_samples_lower_precision_only():
    real = normal(300)
    fake = torch.cat((real + 1e-6, normal(100, seed=1) + 100))
    found = precision_recall(real, fake, k=3)
    assert found == pytest.approx((0.75, 1.0))


def test_outliers_among_fake_samples_raise_recall_but_not_coverage():
    """Their balls are large enough to contain the real samples."""
    real, fake = (
        normal(100),
        torch.cat((normal(2, seed=1) + 50, normal(2, seed=2) - 50)),
    )
    assert precision_recall(real, fake, k=2).recall == 1.0
    assert density_coverage(real, fake, k=2).coverage == 0.0


def test_metrics_equal_those_of_sklearn_s_neighbours():
    real, fake = normal(80, 4), normal(60, 4, seed=1) + 0.4

    def radii(samples):
        near = NearestNeighbors(n_neighbors=K + 1).fit(samples.numpy())
        return near.kneighbors(samples.numpy())[0][:, -1]

    between = np.linalg.norm(real.numpy()[:, None] - fake.numpy(), axis=2)
    inside = between <= radii(real)[:, None]
    expected = inside.any(0).mean(), (between <= radii(fake)).any(1).mean()
    assert precision_recall(real, fake, k=K) == pytest.approx(expected)
    expected = inside.sum(0).mean() / K, inside.any(1).mean()
    assert density_coverage(real, fake, k=K) == pytest.approx(expected)


def test_equal_distributions_have_density_1_and_coverage_1_minus_2_to_the_minus_k():
    pairs = [(normal(400, 3, 2 * i), normal(400, 3, 2 * i + 1)) for i in range(20)]
    found = np.array([density_coverage(*pair, k=K) for pair in pairs])
    density, coverage = found.mean(axis=0)
    assert density == pytest.approx(1, abs=0.02)
    assert coverage == pytest.approx(1 - 2**-K, abs=0.005)


@pytest.mark.parametrize("metric", [precision_recall, density_coverage])
def test_too_few_samples_or_neighbours_raise_an_error(metric):
    with pytest.raises(ValueError, match="6 samples or more"):
        metric(normal(5), normal(9), k=K)
    with pytest.raises(ValueError, match="at least 1; got 0"):
        metric(normal(5), normal(9), k=0)
