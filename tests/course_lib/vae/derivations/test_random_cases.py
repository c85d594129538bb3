"""The plain averages that equations are held against are right themselves."""

import math

import numpy as np
import torch
from torch.distributions import Normal

from course_lib.vae.derivations.random_cases import (
    code,
    density,
    gauss_hermite,
    independent,
    joint,
    plane,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_gauss_hermite_nodes_are_numpy_s():
    nodes, shares = np.polynomial.hermite_e.hermegauss(5)
    (points,), weights = gauss_hermite(Normal(torch.zeros(1).double(), 1.0))
    assert np.allclose(points[0], nodes)
    assert np.allclose(weights, shares / shares.sum())


def test_gauss_hermite_has_every_moment_up_to_the_ninth():
    law = Normal(*torch.tensor([[0.0], [1.5]]).double())
    (points,), weights = gauss_hermite(law)
    for power in range(10):  # n nodes are exact up to degree 2n - 1
        odd = math.prod(range(power - 1, 0, -2))  # 1 3 5 ... (power - 1)
        exact = 0 if power % 2 else 1.5**power * odd
        found = (points[0] ** power @ weights).item()
        assert math.isclose(found, exact, rel_tol=1e-12, abs_tol=1e-11)


def test_several_axes_are_averaged_over_together():
    law = independent(code(rng(), 2))
    (points,), weights = gauss_hermite(law)
    assert points.shape == (2, 25)
    assert torch.allclose(points @ weights, law.mean)
    apart = points - law.mean[:, None]
    assert torch.allclose((apart * weights) @ apart.T, law.variance.diag())


def test_the_plane_holds_the_prior_and_laws_much_narrower_than_it():
    (points,), areas = plane()
    for mean, scale in ((0.0, 1.0), (3.3, 0.1), (-4.7, 0.5)):
        law = Normal(torch.full((2,), mean).double(), scale)
        assert abs(density(law)(points) @ areas - 1) < 1e-12


def test_a_code_s_axes_together_are_as_likely_as_their_product():
    given = code(rng(1), 3)
    z = torch.randn(3, 6, generator=rng(2)).double()
    one, other = density(independent(given))(z), joint(given).log_prob(z.T).exp()
    assert torch.allclose(one, other)
