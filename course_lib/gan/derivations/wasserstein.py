"""E1.6: JSD and W1 of two point masses, and the Kantorovich-Rubinstein duality."""

from collections.abc import Sequence
from itertools import permutations, product

import torch
from sympy import Abs, Eq, Function, log, symbols

from course_lib.gan.derivations import random_cases as draw
from course_lib.gan.divergences import jensen_shannon, wasserstein_1d
from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import (
    DivergenceBetween,
    Expectation,
    Infimum,
    Supremum,
    unevaluated,
)

p, q, x, y, theta, pi = symbols("p q x y theta pi")
JSD, delta_0, delta_theta = symbols(r"\operatorname{JSD} \delta_0 \delta_theta")
one_lipschitz, transports = symbols(r"{\|f\|_{L}\le{1}} {\pi\in\Pi(p\,q)}")
f, W = map(Function, ("f", "W_1"))

with unevaluated():
    formula = (
        Eq(DivergenceBetween(JSD, delta_0, delta_theta), log(2)),
        Eq(W(delta_0, delta_theta), Abs(theta)),
        Eq(W(p, q), Infimum(Expectation(Abs(x - y), x, y, pi), transports)),
        Eq(
            W(p, q),
            Supremum(Expectation(f(x), x, p) - Expectation(f(x), x, q), one_lipschitz),
        ),
    )


def transport_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Point masses, and small samples with all transports and all slopes of +-1."""
    masses = [_point_masses(rng) for _ in range(16)]
    points = [_points(rng) for _ in range(16)]
    samples = [_samples(rng) for _ in range(16)]
    return (
        Comparison(masses, 1e-9, "the library's JSD against closed form"),
        Comparison(points, 1e-9, "the library's W1 against the distance"),
        Comparison(samples, 1e-9, "sorted samples against the best of 120 transports"),
        Comparison(samples, 1e-9, "sorted samples against the best of 512 functions"),
    )


def _point_masses(rng: torch.Generator) -> AtomValues:
    first, second = torch.eye(8, dtype=torch.float64)[
        torch.randperm(8, generator=rng)[:2]
    ]
    return {JSD: jensen_shannon, delta_0: first, delta_theta: second}


def _points(rng: torch.Generator) -> AtomValues:
    distance = draw.uniform(rng, -9.0, 9.0)
    samples = {delta_0: torch.zeros(3).double(), delta_theta: distance.repeat(3)}
    return {W: wasserstein_1d, theta: distance, **samples}


def _samples(rng: torch.Generator) -> AtomValues:
    n = 5
    sources, targets = draw.uniform(rng, -3.0, 3.0, 2, n)
    weights = torch.full((n,), 1 / n, dtype=torch.float64)
    order = torch.tensor(list(permutations(range(n))))
    support = torch.cat((sources, targets)).sort().values
    # the difference of means is linear in each slope, so the optimal slopes are +-1
    slopes = torch.tensor(list(product((-1.0, 1.0), repeat=2 * n - 1)))
    heights = (slopes * support.diff()).cumsum(1)
    heights = torch.cat((torch.zeros(len(heights), 1), heights), 1)
    return {
        W: wasserstein_1d,
        p: sources,
        q: targets,
        (x, y, pi): WeightedPoints(
            (sources.expand(order.shape), targets[order]), weights
        ),
        f: draw.tabulated(support, heights),
        (x, p): WeightedPoints((sources,), weights),
        (x, q): WeightedPoints((targets,), weights),
    }


WASSERSTEIN = Equation(
    "E1.6",
    "Two point masses have the same JSD at any distance, while W1 is the distance; the "
    "minimal cost of transport is the maximal difference of means of a 1-Lipschitz "
    "function.",
    formula,
    "Arjovsky et al. 2017, example 1 and equations 1 and 2",
    transport_cases,
)
