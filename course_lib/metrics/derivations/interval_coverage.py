"""E5.7: the coverage of bootstrap intervals."""

from collections.abc import Sequence

import torch
from sympy import Eq, Function, symbols

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import Expectation, unevaluated
from course_lib.metrics.intervals import bootstrap_interval

N_SETS, N_CLIPS, N_DRAWS = 1000, 60, 400
LEVEL, TOLERANCE = 0.9, 0.03  # coverage of 87 to 93 %

mu, x, p, level = symbols("mu x p alpha")
covers = Function(r"\mathbf{1}_{[L,U]}")

with unevaluated():
    formula = (Eq(Expectation(covers(mu, x), x, p), level),)


def coverage_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """A thousand random samples with known true mean."""
    label = "the coverage of the library's intervals of 1,000 sets against the level"
    return (Comparison([_coverage_case(rng)], TOLERANCE, label),)


def _coverage_case(rng: torch.Generator) -> AtomValues:
    samples = torch.randn(N_SETS, N_CLIPS, generator=rng, dtype=torch.float64)
    intervals = [
        bootstrap_interval(values, rng, level=LEVEL, n_draws=N_DRAWS)
        for values in samples
    ]
    low, _, high = torch.tensor(intervals, dtype=torch.float64).T
    weights = torch.full((N_SETS,), 1 / N_SETS, dtype=torch.float64)
    return {
        mu: torch.zeros(1, dtype=torch.float64),
        (x, p): WeightedPoints((torch.arange(N_SETS),), weights),
        covers: lambda mean, index: (
            (low[index] <= mean) & (mean <= high[index])
        ).double(),
        level: torch.tensor(LEVEL, dtype=torch.float64),
    }


INTERVAL_COVERAGE = Equation(
    "E5.7",
    "Over all sets of clips that could have been sampled, the interval of level alpha "
    "contains the true mean with probability alpha.",
    formula,
    "Efron and Tibshirani 1993, chapter 13",
    coverage_cases,
)
