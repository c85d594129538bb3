"""The independent measurements behind the equations agree with closed forms."""

import math

import torch

from course_lib.gan.densities import GaussianMixture
from course_lib.gan.derivations.random_cases import (
    LIMIT,
    density,
    line,
    minimiser,
    random_discriminator,
    random_mixture,
    tabulated,
    uniform,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_interval_holds_the_mass_of_every_random_mixture():
    (points,), weights = line()
    for seed in range(50):
        mass = (density(random_mixture(rng(seed)))(points) * weights).sum()
        assert abs(mass.item() - 1) < 1e-12


def test_gauss_legendre_integrates_polynomials_exactly():
    (points,), weights = line(n_panels=1, n_nodes=4)
    for power in range(8):  # n nodes are exact up to degree 2n - 1
        exact = (LIMIT ** (power + 1) - (-LIMIT) ** (power + 1)) / (power + 1)
        integral = (points**power * weights).sum().item()
        assert math.isclose(integral, exact, rel_tol=1e-12, abs_tol=1e-6)


def test_the_quadrature_is_symmetric():
    (points,), weights = line()
    assert torch.allclose(points, -points.flip(0))
    assert torch.allclose(weights, weights.flip(0))


def test_bisection_finds_the_minimum_of_parabolas():
    vertices = uniform(rng(), -30.0, 30.0, 20)
    minima = minimiser(lambda at: (at - vertices).square(), like=vertices)
    assert torch.allclose(minima, vertices, rtol=0, atol=1e-12)


def test_a_tabulated_function_has_its_values_at_its_points():
    points = torch.tensor([-2.0, 0.5, 3.0])
    function = tabulated(points, torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    assert function(points).tolist() == [[1, 2, 3], [4, 5, 6]]
    assert function(torch.tensor([9.0, -9.0])).tolist() == [[3, 1], [6, 4]]


def test_random_discriminators_differ_and_stay_within_4():
    x = torch.linspace(-15, 15, 301, dtype=torch.float64)
    first, second = (random_discriminator(rng(seed))(x) for seed in (1, 2))
    assert not torch.allclose(first, second)
    assert max(first.abs().max(), second.abs().max()) <= 4


def test_densities_agree_with_a_sum_by_hand():
    mixture = GaussianMixture((-1.0, 2.0), (0.5, 1.5), (0.3, 0.7))
    value = density(mixture)(torch.tensor([0.5], dtype=torch.float64)).item()
    first = 0.3 * math.exp(-4.5) / (0.5 * math.sqrt(2 * math.pi))
    second = 0.7 * math.exp(-0.5) / (1.5 * math.sqrt(2 * math.pi))
    assert math.isclose(value, first + second, rel_tol=1e-12)
