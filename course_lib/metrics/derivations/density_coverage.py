"""E5.5: expected density and coverage of two sets from one distribution."""

from collections.abc import Sequence
from itertools import combinations

import torch
from sympy import Add, Eq, Product, symbols

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import Expectation, unevaluated
from course_lib.metrics.manifold import density_coverage

SIZES = (
    (4, 3, 1),
    (5, 4, 2),
    (5, 5, 3),
)  # numbers of real samples, fake samples, neighbours
LARGE = 10.0**9  # size of the sets for the limit

D, C, split, j, n, m, k = symbols("D C split j n m k")
C_limit = symbols(r"C_\infty")

with unevaluated():
    uncovered = Product((n - j) / Add(n, m, -j), (j, 1, k))
    formula = (
        Eq(Expectation(D, D, split), 1),
        Eq(Expectation(C, C, split), Add(1, -uncovered)),
        Eq(C_limit, Add(1, -(2 ** (-k)))),
    )


def split_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Random points, split into real and fake samples in every possible way."""
    cases = [_split_case(rng, *sizes) for sizes in SIZES for _ in range(2)]
    enumerated = "the library's mean over all splits of random points, exactly"
    return (
        Comparison(cases, 1e-10, f"density: {enumerated}"),
        Comparison(cases, 1e-10, f"coverage: {enumerated}"),
        Comparison(cases, 1e-7, "coverage of very large sets, and its limit"),
    )


def _split_case(
    rng: torch.Generator, n_real: int, n_fake: int, n_neighbours: int
) -> AtomValues:
    points = torch.randn(n_real + n_fake, 2, generator=rng, dtype=torch.float64)
    results = []
    for indices in combinations(range(len(points)), n_real):
        real = torch.zeros(len(points), dtype=torch.bool)
        real[list(indices)] = True
        results.append(density_coverage(points[real], points[~real], k=n_neighbours))
    densities, coverages = torch.tensor(results, dtype=torch.float64).T
    weights = torch.full_like(densities, 1 / len(results))
    steps = torch.arange(1, n_neighbours + 1, dtype=torch.float64)
    return {
        (D, split): WeightedPoints((densities,), weights),
        (C, split): WeightedPoints((coverages,), weights),
        n: torch.tensor(n_real, dtype=torch.float64),
        m: torch.tensor(n_fake, dtype=torch.float64),
        k: torch.tensor(n_neighbours, dtype=torch.float64),
        C_limit: 1 - ((LARGE - steps) / (2 * LARGE - steps)).prod(),
    }


DENSITY_COVERAGE = Equation(
    "E5.5",
    "For n real and m fake samples from one distribution, the expected density is 1. "
    "A real sample is not covered if its k nearest neighbours are all real; for large "
    "sets of equal size the probability of this tends to 2^-k.",
    formula,
    "Naeem et al. 2020, section 3, for both expectations",
    split_cases,
)
