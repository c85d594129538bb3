"""The quadrature rules against which the equations are checked are correct."""

import math

import numpy as np
import torch
from torch.distributions import Normal

from course_lib.vae.derivations.random_cases import (
    density,
    gauss_hermite,
    gaussian,
    independent,
    joint,
    plane,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_gauss_hermite_nodes_agree_with_numpy():
    nodes, expected_weights = np.polynomial.hermite_e.hermegauss(5)
    (points,), weights = gauss_hermite(Normal(torch.zeros(1).double(), 1.0))
    assert np.allclose(points[0], nodes)
    assert np.allclose(weights, expected_weights / expected_weights.sum())


def test_gauss_hermite_is_exact_for_moments_up_to_the_ninth():
    distribution = Normal(*torch.tensor([[0.0], [1.5]]).double())
    (points,), weights = gauss_hermite(distribution)
    for power in range(10):  # n nodes are exact up to degree 2n - 1
        double_factorial = math.prod(range(power - 1, 0, -2))
        exact = 0 if power % 2 else 1.5**power * double_factorial
        moment = (points[0] ** power @ weights).item()
        assert math.isclose(moment, exact, rel_tol=1e-12, abs_tol=1e-11)


def test_gauss_hermite_has_mean_and_covariance_of_several_axes():
    distribution = independent(gaussian(rng(), 2))
    (points,), weights = gauss_hermite(distribution)
    assert points.shape == (2, 25)
    assert torch.allclose(points @ weights, distribution.mean)
    centred = points - distribution.mean[:, None]
    covariance = (centred * weights) @ centred.T
    assert torch.allclose(covariance, distribution.variance.diag())


def test_densities_integrate_to_1_over_the_plane():
    (points,), areas = plane()
    for mean, scale in ((0.0, 1.0), (3.3, 0.1), (-4.7, 0.5)):
        distribution = Normal(torch.full((2,), mean).double(), scale)
        assert abs(density(distribution)(points) @ areas - 1) < 1e-12


def test_the_joint_density_is_the_product_over_independent_axes():
    parameters = gaussian(rng(1), 3)
    z = torch.randn(3, 6, generator=rng(2)).double()
    product = density(independent(parameters))(z)
    assert torch.allclose(product, joint(parameters).log_prob(z.T).exp())
