"""State what density and coverage are where both crowds are one: E5.5."""

from collections.abc import Sequence
from itertools import combinations

import torch
from sympy import Add, Eq, Product, symbols

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import Expectation, unevaluated
from course_lib.metrics.manifold import density_coverage

SIZES = ((4, 3, 1), (5, 4, 2), (5, 5, 3))  # real samples, fakes, neighbours
MANY = 10.0**9

D, C, split, j, n, m, k = symbols("D C split j n m k")
C_limit = symbols(r"C_\infty")

with unevaluated():
    missed = Product((n - j) / Add(n, m, -j), (j, 1, k))
    formula = (
        Eq(Expectation(D, D, split), 1),
        Eq(Expectation(C, C, split), Add(1, -missed)),
        Eq(C_limit, Add(1, -(2 ** (-k)))),
    )


def divide(rng: torch.Generator) -> Sequence[Comparison]:
    """A few points, divided into real and fake in every way that there is."""
    cases = [_divided(rng, *sizes) for sizes in SIZES for _ in range(2)]
    enumerated = "the library, over all ways to divide random points, exactly"
    return (
        Comparison(cases, 1e-10, f"density: {enumerated}"),
        Comparison(cases, 1e-10, f"coverage: {enumerated}"),
        Comparison(cases, 1e-7, "coverage of very large sets, and its limit"),
    )


def _divided(rng: torch.Generator, n_real: int, n_fake: int, near: int) -> AtomValues:
    points = torch.randn(n_real + n_fake, 2, generator=rng, dtype=torch.float64)
    found = []
    for chosen in combinations(range(len(points)), n_real):
        real = torch.zeros(len(points), dtype=torch.bool)
        real[list(chosen)] = True
        found.append(density_coverage(points[real], points[~real], k=near))
    densities, coverages = torch.tensor(found, dtype=torch.float64).T
    shares = torch.full_like(densities, 1 / len(found))
    steps = torch.arange(1, near + 1, dtype=torch.float64)
    return {
        (D, split): WeightedPoints((densities,), shares),
        (C, split): WeightedPoints((coverages,), shares),
        n: torch.tensor(n_real, dtype=torch.float64),
        m: torch.tensor(n_fake, dtype=torch.float64),
        k: torch.tensor(near, dtype=torch.float64),
        C_limit: 1 - ((MANY - steps) / (2 * MANY - steps)).prod(),
    }


NEIGHBOURS = Equation(
    "E5.5",
    "Of n real samples and m fakes from one law, density is 1 in the mean; a real "
    "sample is missed if its k nearest neighbours are all real, which tends to 2^-k "
    "for large sets of equal size.",
    formula,
    "Naeem et al. 2020, section 3, for both expectations",
    divide,
)
