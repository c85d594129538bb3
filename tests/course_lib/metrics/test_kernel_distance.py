"""The kernel distance: a fixture by hand, an independent kernel, and no bias."""

import numpy as np
import pytest
import torch
from sklearn.metrics.pairwise import polynomial_kernel

from course_lib.metrics.kernel_distance import kernel_distance


def cloud(n, d, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_an_independent_kernel_agrees():
    a, b = cloud(30, 5), cloud(40, 5, seed=1) + 0.5
    aa, bb, ab = (polynomial_kernel(*pair) for pair in ((a, a), (b, b), (a, b)))
    others = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (aa, bb)]
    assert kernel_distance(a, b) == pytest.approx(sum(others) - 2 * ab.mean(), rel=1e-4)


def test_at_equality_its_mean_is_0_and_about_half_of_it_is_negative():
    found = np.array(
        [
            kernel_distance(cloud(50, 8, 2 * i), cloud(50, 8, 2 * i + 1))
            for i in range(200)
        ]
    )
    assert abs(found.mean()) < 3 * found.std() / 200**0.5
    assert 0.35 < (found < 0).mean() < 0.75


def test_it_is_symmetric_and_answers_twice_the_same():
    a, b = cloud(20, 3), cloud(25, 3, seed=1)
    once = kernel_distance(a, b)
    assert kernel_distance(a, b) == once
    assert kernel_distance(b, a) == pytest.approx(once, rel=1e-12)


def test_a_single_sample_is_refused():
    with pytest.raises(ValueError, match="2 samples or more"):
        kernel_distance(cloud(1, 3), cloud(5, 3))
