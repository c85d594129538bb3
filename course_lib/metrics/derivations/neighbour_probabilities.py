"""D5.5, D5.10 and D5.11: expected density and coverage, by counting orders."""

from collections.abc import Sequence
from itertools import permutations

import torch
from sympy import Add, IndexedBase, Integer, Mul, Product, Rational, symbols

from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import Expectation, SumOver, unevaluated

SIZES = ((3, 2, 2), (3, 2, 1), (2, 3, 1), (4, 1, 2))  # real, fake, neighbours
half = Rational(1, 2)

D, C, order, n, m, k, j, i = symbols(r"D C \text{order} n m k j i")
P_ij, rho, u = symbols(r"P_{ij} rho u")
P = IndexedBase("P")

with unevaluated():
    per_pair = 1 / Mul(k, m)
    density_steps = (
        Step(
            Expectation(D, D, order),
            "The expected density of $n$ real and $m$ fake samples from one "
            "distribution: all orders of the $n + m$ samples are equally likely.",
        ),
        Step(
            Mul(per_pair, SumOver(SumOver(P_ij, i), j)),
            "The density counts pairs: fake sample $j$ in the ball of real sample $i$, "
            "divided by $k m$. The expectation of a count is a sum of probabilities.",
        ),
        Step(
            Mul(per_pair, n, m, rho),
            r"All $n m$ pairs have the same probability $\rho$, because no sample "
            "differs from the others.",
        ),
        Step(
            Mul(per_pair, n, m, k / n),
            "Take real sample $i$. The other $n - 1$ real samples and fake sample $j$ "
            "are $n$ samples, and each of them is equally likely to be at any rank by "
            "its distance. $j$ is in the ball if it is among the $k$ nearest.",
        ),
        Step(Integer(1), "Everything cancels."),
    )
    coverage_steps = (
        Step(
            Expectation(C, C, order),
            "The expected coverage: the probability that a real sample has a fake "
            "sample in its ball.",
        ),
        Step(
            1 - u,
            "One minus the probability $u$ that the ball holds no fake sample.",
        ),
        Step(
            1 - Product(P[j], (j, 1, k)),
            "Then the $k$ nearest of the other samples are all real. The product rule: "
            "$P_j$ is the probability that neighbour $j$ is real, given that the "
            "nearer ones are.",
        ),
        Step(
            1 - Product((n - j) / Add(n, m, -j), (j, 1, k)),
            "Of the other $n + m - 1$ samples $j - 1$ real ones are nearer. "
            "Of the $n + m - j$ that are left $n - j$ are real, and each is equally "
            "likely to be the next.",
        ),
    )
    limit_steps = (
        Step(
            1 - Product((n - j) / (2 * n - j), (j, 1, k)),
            "The expected coverage of D5.10 for as many fake as real samples.",
        ),
        Step(
            1 - Product(half * (1 - j / (2 * n - j)), (j, 1, k)),
            r"$n - j = \frac12 ((2n - j) - j)$.",
        ),
        Step(
            1 - 2 ** (-k) * Product(1 - j / (2 * n - j), (j, 1, k)),
            "Take the $k$ factors one half out of the product. For large $n$ the other "
            "factors tend to 1, and the coverage to $1 - 2^{-k}$.",
        ),
    )


def order_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random points in all orders: the first are real, the others fake."""
    return [_order_case(rng, *sizes) for sizes in SIZES]


def _order_case(
    rng: torch.Generator, n_real: int, n_fake: int, n_neighbours: int
) -> AtomValues:
    total = n_real + n_fake
    points = torch.randn(total, 2, generator=rng, dtype=torch.float64)
    orders = torch.tensor(list(permutations(range(total))))
    distances = torch.cdist(points, points)[orders[:, :, None], orders[:, None, :]]
    within = distances[:, :n_real, :n_real]
    radii = within.kthvalue(n_neighbours + 1, dim=2).values  # the first is the sample
    inside = (distances[:, :n_real, n_real:] <= radii[:, :, None]).double()
    is_real = distances[:, 0].argsort(1)[:, 1:] < n_real  # neighbours of real sample 0
    only_real = [is_real[:, :length].all(1).double().mean() for length in range(total)]
    chances = [torch.tensor(1.0).double()]  # neighbours are numbered from 1
    chances += [only_real[at] / only_real[at - 1] for at in range(1, n_neighbours + 1)]
    weights = torch.full((len(orders),), 1 / len(orders), dtype=torch.float64)
    probabilities = inside.mean(0)
    return {
        (D, order): WeightedPoints(
            (inside.sum((1, 2)) / (n_neighbours * n_fake),), weights
        ),
        (C, order): WeightedPoints((inside.amax(2).mean(1),), weights),
        P_ij: probabilities,
        rho: probabilities[0, 0],
        u: 1 - inside[:, 0].amax(1).mean(),
        P: torch.stack([*chances, torch.tensor(torch.nan).double()]),  # no index -1
        n: torch.tensor(n_real).double(),
        m: torch.tensor(n_fake).double(),
        k: torch.tensor(n_neighbours).double(),
    }


def size_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Small sets of equal size."""
    return [
        {n: torch.tensor(size).double(), k: torch.tensor(neighbours).double()}
        for size, neighbours in ((5, 3), (4, 2), (9, 5), (3, 1))
    ]


DENSITY = Derivation(
    "D5.5",
    "The expected density of equal distributions is 1.",
    density_steps,
    "Naeem et al. 2020, lemma 1",
    order_cases,
    proves=("E5.5.1",),
)

COVERAGE = Derivation(
    "D5.10",
    "The expected coverage of equal distributions.",
    coverage_steps,
    "Naeem et al. 2020, lemma 2",
    order_cases,
    proves=("E5.5.2",),
)

COVERAGE_LIMIT = Derivation(
    "D5.11",
    "The expected coverage of large sets of equal size.",
    limit_steps,
    "Naeem et al. 2020, lemma 2",
    size_cases,
    proves=("E5.5.3",),
)
