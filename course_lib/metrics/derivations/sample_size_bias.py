"""E5.4: the bias of the Frechet distance of two sets from one distribution."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, Function, Mul, Symbol, symbols

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import Expectation, unevaluated
from course_lib.metrics.frechet import frechet_distance

SIZES = ((4, 600), (6, 400))  # features, samples
N_PAIRS = 1500  # of sets, so that the mean is accurate to about 1 %

X, Y, n, d = symbols("X Y n d")
distribution = Symbol(r"\mathcal{N}(0, I_d)^n")
distance = Function(r"d_F")

with unevaluated():
    formula = (
        Eq(
            Mul(n, Expectation(distance(X, Y), X, Y, distribution)),
            Add(2 * d, d * (d + 1) / 2),
        ),
    )


def bias_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Pairs of sets from one Gaussian, with few features and many samples."""
    label = "the library's mean distance of equal distributions against the formula"
    return (Comparison([_bias_case(rng, *size) for size in SIZES], 5e-2, label),)


def _bias_case(rng: torch.Generator, n_features: int, n_samples: int) -> AtomValues:
    distances = torch.tensor(
        [
            frechet_distance(*torch.randn(2, n_samples, n_features, generator=rng))
            for _ in range(N_PAIRS)
        ],
        dtype=torch.float64,
    )
    index = torch.arange(N_PAIRS)
    return {
        (X, Y, distribution): WeightedPoints(
            (index, index), torch.full_like(distances, 1 / N_PAIRS)
        ),
        distance: lambda one, other: distances[one],  # of the pair with this index
        n: torch.tensor(n_samples, dtype=torch.float64),
        d: torch.tensor(n_features, dtype=torch.float64),
    }


SAMPLE_SIZE_BIAS = Equation(
    "E5.4",
    "Two sets of n samples from one Gaussian have an expected distance above 0, which "
    "falls as 1 / n and grows with the square of the number of features.",
    formula,
    "the course's own, to first order in 1 / n",
    bias_cases,
)
