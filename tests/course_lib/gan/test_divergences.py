"""Divergences and W1, against closed forms and independent references."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import linprog
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy, wasserstein_distance

from course_lib.gan.divergences import (
    jensen_shannon,
    kl_divergence,
    pearson_chi_square,
    wasserstein_1d,
)

DIVERGENCES = (kl_divergence, jensen_shannon, pearson_chi_square)


def pair(seed=0, shape=(6, 9)):
    generator = torch.Generator().manual_seed(seed)
    weights = torch.rand(2, *shape, generator=generator, dtype=torch.float64)
    return weights / weights.sum(-1, keepdim=True)


def sample(seed, n=40):
    return torch.randn(n, generator=torch.Generator().manual_seed(seed)).double()


def test_kl_agrees_with_scipy_s_relative_entropy():
    p, q = pair()
    assert np.allclose(kl_divergence(p, q), entropy(p.numpy(), q.numpy(), axis=-1))


def test_jensen_shannon_agrees_with_scipy_s_squared_distance():
    p, q = pair()
    reference = jensenshannon(p.numpy(), q.numpy(), axis=-1) ** 2
    assert np.allclose(jensen_shannon(p, q), reference)


def test_jensen_shannon_is_the_mean_of_two_kls_to_the_mean_distribution():
    p, q = pair(1)
    middle = (p + q) / 2
    expected = (kl_divergence(p, middle) + kl_divergence(q, middle)) / 2
    assert torch.allclose(jensen_shannon(p, q), expected)


def test_chi_square_divides_squared_differences_by_the_second_argument():
    p, q = torch.tensor([0.5, 0.5]), torch.tensor([0.25, 0.75])
    by_hand = 0.0625 / 0.25 + 0.0625 / 0.75
    assert math.isclose(pearson_chi_square(p, q).item(), by_hand, rel_tol=1e-6)


def test_divergences_of_equal_distributions_are_zero():
    p, _ = pair(2)
    for divergence in DIVERGENCES:
        assert torch.allclose(divergence(p, p), torch.zeros(6).double(), atol=1e-15)


def test_divergences_of_different_distributions_are_positive():
    p, q = pair(3)
    for divergence in DIVERGENCES:
        assert (divergence(p, q) > 0).all()


def test_disjoint_distributions_have_jsd_log_2_and_infinite_kl():
    p, q = torch.eye(3)[0], torch.eye(3)[2]
    assert math.isclose(jensen_shannon(p, q).item(), math.log(2), rel_tol=1e-6)
    assert kl_divergence(p, q) == math.inf
    assert pearson_chi_square(p, q) == math.inf


def test_an_outcome_of_probability_zero_adds_nothing():
    p, q = pair(4, shape=(5,))
    zero = torch.zeros(1, dtype=torch.float64)
    for divergence in DIVERGENCES:
        wider = divergence(torch.cat((p, zero)), torch.cat((q, zero)))
        assert torch.allclose(wider, divergence(p, q))


def test_only_jensen_shannon_is_symmetric():
    p, q = pair(5)
    assert torch.allclose(jensen_shannon(p, q), jensen_shannon(q, p))
    assert not torch.allclose(kl_divergence(p, q), kl_divergence(q, p))
    assert not torch.allclose(pearson_chi_square(p, q), pearson_chi_square(q, p))


def test_the_order_of_outcomes_does_not_matter():
    p, q = pair(6)
    order = torch.randperm(9)
    for divergence in DIVERGENCES:
        assert torch.allclose(divergence(p[:, order], q[:, order]), divergence(p, q))


def test_w1_agrees_with_scipy():
    for seed in range(5):
        a, b = sample(seed), 2 * sample(seed + 50) + 1
        reference = wasserstein_distance(a.numpy(), b.numpy())
        assert math.isclose(wasserstein_1d(a, b).item(), reference, rel_tol=1e-9)


def test_w1_equals_the_optimum_of_the_transport_linear_program():
    n = 6
    a, b = sample(1, n), sample(2, n)
    costs = (a[:, None] - b[None]).abs().flatten().numpy()
    rows, columns = np.kron(np.eye(n), np.ones(n)), np.kron(np.ones(n), np.eye(n))
    plan = linprog(costs, A_eq=np.vstack((rows, columns)), b_eq=np.full(2 * n, 1 / n))
    assert math.isclose(wasserstein_1d(a, b).item(), plan.fun, rel_tol=1e-9)


def test_w1_of_a_shifted_sample_is_the_shift():
    a = sample(3)
    for shift in (-4.0, 0.25):
        assert math.isclose(wasserstein_1d(a, a + shift).item(), abs(shift))


def test_the_order_of_samples_does_not_matter():
    a, b = sample(4), sample(5)
    assert torch.allclose(wasserstein_1d(a.flip(0), b), wasserstein_1d(a, b))


def test_w1_of_samples_of_unequal_size_raises_an_error():
    with pytest.raises(ValueError, match="same number of points"):
        wasserstein_1d(torch.zeros(3), torch.zeros(4))
    with pytest.raises(ValueError, match="vectors of equal length"):
        wasserstein_1d(torch.zeros(2, 2), torch.zeros(2, 2))
