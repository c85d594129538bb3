"""Fidelity and diversity: known shares, independent neighbours, expected values."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from course_lib.metrics.manifold import density_coverage, precision_recall

CLOUD_K = 5


def cloud(n, d=3, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_half_of_the_world_has_full_precision_and_half_the_recall():
    left, right = cloud(200), cloud(200, seed=1) + 100
    found = precision_recall(torch.cat((left, right)), left + 1e-6, k=3)
    assert found == pytest.approx((1.0, 0.5))
    assert density_coverage(torch.cat((left, right)), left + 1e-6, k=3).coverage == 0.5


def test_debris_costs_precision_alone():
    real = cloud(300)
    fake = torch.cat((real + 1e-6, cloud(100, seed=1) + 100))
    found = precision_recall(real, fake, k=3)
    assert found == pytest.approx((0.75, 1.0))


def test_one_outlier_among_the_fakes_buys_recall_and_no_coverage():
    """Its ball reaches back to the crowd: the fault that coverage mends."""
    real, fake = cloud(100), torch.cat((cloud(2, seed=1) + 50, cloud(2, seed=2) - 50))
    assert precision_recall(real, fake, k=2).recall == 1.0
    assert density_coverage(real, fake, k=2).coverage == 0.0


def test_independent_neighbours_agree():
    real, fake = cloud(80, 4), cloud(60, 4, seed=1) + 0.4

    def balls(samples):
        near = NearestNeighbors(n_neighbors=CLOUD_K + 1).fit(samples.numpy())
        return near.kneighbors(samples.numpy())[0][:, -1]

    apart = np.linalg.norm(real.numpy()[:, None] - fake.numpy(), axis=2)
    inside = apart <= balls(real)[:, None]
    expected = inside.any(0).mean(), (apart <= balls(fake)).any(1).mean()
    assert precision_recall(real, fake, k=CLOUD_K) == pytest.approx(expected)
    expected = inside.sum(0).mean() / CLOUD_K, inside.any(1).mean()
    assert density_coverage(real, fake, k=CLOUD_K) == pytest.approx(expected)


def test_equal_laws_have_density_1_and_coverage_1_less_2_to_the_minus_k():
    pairs = [(cloud(400, 3, 2 * i), cloud(400, 3, 2 * i + 1)) for i in range(20)]
    found = np.array([density_coverage(*pair, k=CLOUD_K) for pair in pairs])
    density, coverage = found.mean(axis=0)
    assert density == pytest.approx(1, abs=0.02)
    assert coverage == pytest.approx(1 - 2**-CLOUD_K, abs=0.005)


@pytest.mark.parametrize("measure", [precision_recall, density_coverage])
def test_balls_need_neighbours(measure):
    with pytest.raises(ValueError, match="6 samples or more"):
        measure(cloud(5), cloud(9), k=CLOUD_K)
    with pytest.raises(ValueError, match="at least 1; got 0"):
        measure(cloud(5), cloud(9), k=0)
