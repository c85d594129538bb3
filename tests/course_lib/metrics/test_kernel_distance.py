"""Kernel distance: an independent kernel, no bias, symmetry, errors."""

import numpy as np
import pytest
import torch
from sklearn.metrics.pairwise import polynomial_kernel

from course_lib.metrics.kernel_distance import kernel_distance


def normal(n, d, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_the_distance_equals_that_of_sklearn_s_kernel():
    a, b = normal(30, 5), normal(40, 5, seed=1) + 0.5
    aa, bb, ab = (polynomial_kernel(*pair) for pair in ((a, a), (b, b), (a, b)))
    within = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (aa, bb)]
    assert kernel_distance(a, b) == pytest.approx(sum(within) - 2 * ab.mean(), rel=1e-4)


def test_for_equal_distributions_the_mean_is_0_and_about_half_are_negative():
    estimates = np.array(
        [
            kernel_distance(normal(50, 8, 2 * i), normal(50, 8, 2 * i + 1))
            for i in range(200)
        ]
    )
    assert abs(estimates.mean()) < 3 * estimates.std() / 200**0.5
    assert 0.35 < (estimates < 0).mean() < 0.75


def test_the_distance_is_symmetric_and_repeatable():
    a, b = normal(20, 3), normal(25, 3, seed=1)
    once = kernel_distance(a, b)
    assert kernel_distance(a, b) == once
    assert kernel_distance(b, a) == pytest.approx(once, rel=1e-12)


def test_a_single_sample_raises_an_error():
    with pytest.raises(ValueError, match="2 samples or more"):
        kernel_distance(normal(1, 3), normal(5, 3))
