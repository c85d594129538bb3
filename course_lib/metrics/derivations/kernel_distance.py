"""D5.13, D5.14 and D5.17: squared MMD by kernels, and its unbiased estimate."""

from collections.abc import Sequence

import torch
from sympy import Function, Symbol, symbols
from torch import Tensor

from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import Expectation, Norm, SumOver, unevaluated

OUTCOMES, N_SAMPLES, N_CASES = 3, 3, 16

x, x_other, y, y_other = map(Symbol, ("x", "x'", "y", "y'"))
p, q = symbols("p q")
pp, qq, pq = symbols(r"p\times{p} q\times{q} p\times{q}")
features = Symbol(r"\text{features}")
phi, k = map(Function, (r"\varphi", "k"))

with unevaluated():
    mean_x, mean_y = Expectation(phi(x), x, p), Expectation(phi(y), y, q)
    discrepancy_steps = (
        Step(
            Norm(mean_x - mean_y) ** 2,
            "The squared maximum mean discrepancy (MMD): the distance of the mean "
            r"features $\varphi$ of two distributions. The cubic kernel has the "
            "features 1, $x$, $x^2$ and $x^3$ with factors, and for vectors all "
            "products of up to three entries.",
        ),
        Step(
            Norm(mean_x) ** 2
            + Norm(mean_y) ** 2
            - 2 * SumOver(mean_x * mean_y, features),
            r"$\|a - b\|^2 = \|a\|^2 + \|b\|^2 - 2 a \cdot b$.",
        ),
        Step(
            Expectation(k(x, x_other), x, x_other, pp)
            + Expectation(k(y, y_other), y, y_other, qq)
            - 2 * Expectation(k(x, y), x, y, pq),
            r"$E[\varphi(x)] \cdot E[\varphi(y)] = E[\varphi(x) \cdot \varphi(y)]$ for "
            r"independent $x$ and $y$, and $\varphi(x) \cdot \varphi(y)$ is the kernel "
            "$k(x, y)$. The features need not be computed.",
        ),
    )


def _kernel(one: Tensor, other: Tensor) -> Tensor:
    return (one * other + 1) ** 3


def discrepancy_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Two random distributions over three numbers each."""
    return [_discrepancy_case(rng) for _ in range(N_CASES)]


def _random(rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Outcomes and their probabilities."""
    outcomes, logits = torch.randn(2, OUTCOMES, generator=rng, dtype=torch.float64)
    return outcomes, logits.softmax(0)


def _pairs(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> WeightedPoints:
    first, second = torch.cartesian_prod(one[0], other[0]).T
    return WeightedPoints((first, second), torch.outer(one[1], other[1]).flatten())


def _discrepancy_case(rng: torch.Generator) -> AtomValues:
    one, other = _random(rng), _random(rng)

    def map_to_features(at: Tensor) -> Tensor:
        root = 3**0.5
        return torch.stack((torch.ones_like(at), root * at, root * at**2, at**3))

    return {
        **{phi: map_to_features, k: _kernel},
        (x, p): WeightedPoints((one[0],), one[1]),
        (y, q): WeightedPoints((other[0],), other[1]),
        (x, x_other, pp): _pairs(one, one),
        (y, y_other, qq): _pairs(other, other),
        (x, y, pq): _pairs(one, other),
    }


DISCREPANCY = Derivation(
    "D5.13",
    "The squared distance of mean features is a sum of mean kernels.",
    discrepancy_steps,
    "Gretton et al. 2012, lemma 6",
    discrepancy_cases,
)

# D5.14 and D5.17: estimates from n samples.

x_i, x_j, n = symbols("x_i x_j n")
samples = Symbol("p^n")
different, all_pairs = Symbol(r"i \ne j"), Symbol("i, j")

with unevaluated():
    n_pairs = n * (n - 1)
    independent_mean = Expectation(k(x, x_other), x, x_other, pp)
    own_mean = Expectation(k(x, x), x, p)
    unbiased_steps = (
        Step(
            Expectation(SumOver(k(x_i, x_j), different) / n_pairs, x_i, x_j, samples),
            "The expectation of the mean kernel of all pairs of different samples, "
            "over sets of $n$ samples.",
        ),
        Step(
            SumOver(Expectation(k(x_i, x_j), x_i, x_j, samples), different) / n_pairs,
            "The expectation of a sum is the sum of the expectations.",
        ),
        Step(
            n_pairs * independent_mean / n_pairs,
            "Two different samples are independent, so each of the $n (n - 1)$ terms "
            "is the same expectation over independent $x$ and $x'$.",
        ),
        Step(
            independent_mean,
            "Cancel: the estimate is unbiased. The kernels between two sets need no "
            "such care, because their samples are always independent.",
        ),
    )
    biased_steps = (
        Step(
            Expectation(SumOver(k(x_i, x_j), all_pairs) / n**2, x_i, x_j, samples),
            "The expectation of the mean over all pairs, each sample with itself "
            "included.",
        ),
        Step(
            (n * own_mean + n_pairs * independent_mean) / n**2,
            "$n$ pairs hold one sample twice; the other $n (n - 1)$ are independent.",
        ),
        Step(
            independent_mean + (own_mean - independent_mean) / n,
            "$n (n - 1) = n^2 - n$. A sample is more similar to itself than to "
            "another, so this estimate is too large by an amount that falls as "
            "$1 / n$.",
        ),
    )


def unbiased_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """All sets of three samples of a random distribution; pairs of different ones."""
    return [_estimate_case(rng, with_itself=False) for _ in range(N_CASES)]


def biased_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """The same with all pairs."""
    return [_estimate_case(rng, with_itself=True) for _ in range(N_CASES)]


def _estimate_case(rng: torch.Generator, *, with_itself: bool) -> AtomValues:
    outcomes, probabilities = distribution = _random(rng)
    numbers = torch.arange(OUTCOMES)
    sets = torch.cartesian_prod(*[numbers] * N_SAMPLES).T  # (sample, set)
    first, second = torch.cartesian_prod(*[torch.arange(N_SAMPLES)] * 2).T
    if not with_itself:
        first, second = (index[first != second] for index in (first, second))
    return {
        k: _kernel,
        n: torch.tensor(N_SAMPLES).double(),
        (x, p): WeightedPoints((outcomes,), probabilities),
        (x, x_other, pp): _pairs(distribution, distribution),
        (x_i, x_j, samples): WeightedPoints(
            (outcomes[sets[first]], outcomes[sets[second]]), probabilities[sets].prod(0)
        ),
    }


UNBIASED = Derivation(
    "D5.14",
    "The mean kernel of all pairs of different samples is unbiased.",
    unbiased_steps,
    "Gretton et al. 2012, lemma 6",
    unbiased_cases,
)

BIASED = Derivation(
    "D5.17",
    "With every sample compared with itself the estimate is biased.",
    biased_steps,
    "Gretton et al. 2012, equation 5",
    biased_cases,
)
