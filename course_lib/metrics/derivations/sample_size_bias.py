"""State how far apart two sets of one law seem to be: E5.4."""

from collections.abc import Sequence

import torch
from sympy import Add, Eq, Function, Mul, Symbol, symbols

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import Expectation, unevaluated
from course_lib.metrics.frechet import frechet_distance

SIZES = ((4, 600), (6, 400))  # features, samples
PAIRS = 1500  # of sets: the mean is sure to about 1 %

X, Y, n, d = symbols("X Y n d")
law = Symbol(r"\mathcal{N}(0, I_d)^n")
distance = Function(r"d_F")

with unevaluated():
    formula = (
        Eq(
            Mul(n, Expectation(distance(X, Y), X, Y, law)),
            Add(2 * d, d * (d + 1) / 2),
        ),
    )


def compare(rng: torch.Generator) -> Sequence[Comparison]:
    """Pairs of sets from one Gaussian, in few axes and many samples."""
    routes = "the library's distance of equal crowds, in the mean, against the formula"
    return (Comparison([_pairs(rng, *size) for size in SIZES], 5e-2, routes),)


def _pairs(rng: torch.Generator, n_axes: int, n_samples: int) -> AtomValues:
    found = torch.tensor(
        [
            frechet_distance(*torch.randn(2, n_samples, n_axes, generator=rng))
            for _ in range(PAIRS)
        ],
        dtype=torch.float64,
    )
    number = torch.arange(PAIRS)
    return {
        (X, Y, law): WeightedPoints(
            (number, number), torch.full_like(found, 1 / PAIRS)
        ),
        distance: lambda one, other: found[one],  # the pair of this number
        n: torch.tensor(n_samples, dtype=torch.float64),
        d: torch.tensor(n_axes, dtype=torch.float64),
    }


BIAS = Equation(
    "E5.4",
    "Two sets of n samples from one Gaussian are apart by the same expected distance, "
    "which falls as 1 / n and grows with the square of the number of features.",
    formula,
    "the course's own, to first order in 1 / n",
    compare,
)
