"""State what an interval promises, and hold it to that: E5.7."""

from collections.abc import Sequence

import torch
from sympy import Eq, Function, symbols

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import Expectation, unevaluated
from course_lib.metrics.intervals import bootstrap_interval

SETS, CLIPS, DRAWS = 1000, 60, 400
LEVEL, SLACK = 0.9, 0.03  # 87 to 93 % of the sets

mu, x, p, level = symbols("mu x p alpha")
holds = Function(r"\mathbf{1}_{[L,U]}")

with unevaluated():
    formula = (Eq(Expectation(holds(mu, x), x, p), level),)


def repeat(rng: torch.Generator) -> Sequence[Comparison]:
    """A thousand sets of clips whose true mean is known."""
    routes = "the library's intervals of 1,000 sets against what they promise"
    return (Comparison([_sets(rng)], SLACK, routes),)


def _sets(rng: torch.Generator) -> AtomValues:
    figures = torch.randn(SETS, CLIPS, generator=rng, dtype=torch.float64)
    found = [
        bootstrap_interval(values, rng, level=LEVEL, n_draws=DRAWS)
        for values in figures
    ]
    low, _, high = torch.tensor(found, dtype=torch.float64).T
    shares = torch.full((SETS,), 1 / SETS, dtype=torch.float64)
    return {
        mu: torch.zeros(1, dtype=torch.float64),
        (x, p): WeightedPoints((torch.arange(SETS),), shares),
        holds: lambda mean, number: (
            (low[number] <= mean) & (mean <= high[number])
        ).double(),
        level: torch.tensor(LEVEL, dtype=torch.float64),
    }


INTERVAL_COVERAGE = Equation(
    "E5.7",
    "Of all sets of clips that could have been drawn, the interval of level alpha "
    "holds the true mean for that share.",
    formula,
    "Efron and Tibshirani 1993, chapter 13",
    repeat,
)
