"""The plain measurements that equations are held against are right themselves."""

import math

import torch

from course_lib.gan.densities import GaussianMixture
from course_lib.gan.derivations.random_cases import (
    FARTHEST,
    density,
    line,
    minimiser,
    random_judge,
    random_mixture,
    tabulated,
    uniform,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_every_mixture_that_is_drawn_lies_on_the_line():
    (points,), widths = line()
    for seed in range(50):
        inside = (density(random_mixture(rng(seed)))(points) * widths).sum()
        assert abs(inside.item() - 1) < 1e-12


def test_gauss_legendre_integrates_polynomials_exactly():
    (points,), widths = line(n_panels=1, n_nodes=4)
    for power in range(8):  # n nodes are exact up to degree 2n - 1
        exact = (FARTHEST ** (power + 1) - (-FARTHEST) ** (power + 1)) / (power + 1)
        found = (points**power * widths).sum().item()
        assert math.isclose(found, exact, rel_tol=1e-12, abs_tol=1e-6)


def test_the_line_is_symmetric():
    (points,), widths = line()
    assert torch.allclose(points, -points.flip(0))
    assert torch.allclose(widths, widths.flip(0))


def test_bisection_finds_the_vertex_of_every_parabola():
    vertices = uniform(rng(), -30.0, 30.0, 20)
    found = minimiser(lambda at: (at - vertices).square(), like=vertices)
    assert torch.allclose(found, vertices, rtol=0, atol=1e-12)


def test_a_table_gives_its_values_at_its_places():
    places = torch.tensor([-2.0, 0.5, 3.0])
    table = tabulated(places, torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    assert table(places).tolist() == [[1, 2, 3], [4, 5, 6]]
    assert table(torch.tensor([9.0, -9.0])).tolist() == [[3, 1], [6, 4]]


def test_judges_differ_and_are_never_very_sure():
    x = torch.linspace(-15, 15, 301, dtype=torch.float64)
    first, second = (random_judge(rng(seed))(x) for seed in (1, 2))
    assert not torch.allclose(first, second)
    assert max(first.abs().max(), second.abs().max()) <= 4


def test_densities_by_torch_distributions_agree_with_a_hand_sum():
    law = GaussianMixture((-1.0, 2.0), (0.5, 1.5), (0.3, 0.7))
    found = density(law)(torch.tensor([0.5], dtype=torch.float64)).item()
    first = 0.3 * math.exp(-4.5) / (0.5 * math.sqrt(2 * math.pi))
    second = 0.7 * math.exp(-0.5) / (1.5 * math.sqrt(2 * math.pi))
    assert math.isclose(found, first + second, rel_tol=1e-12)
