"""D4.1 and D4.5: moments of the content and of the category at two times."""

from collections.abc import Sequence

import torch
from sympy import Integer, Mul, Symbol, symbols

from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import Expectation, unevaluated

z_s, z_t, z_C, p = map(Symbol, ("z_{C,s}", "z_{C,t}", "z_C", "p"))
c_s, c_t, c, K = map(Symbol, ("c_{k,s}", "c_{k,t}", "c_k", "K"))

with unevaluated():
    frequency = 1 / K
    content_steps = (
        Step(
            Expectation(z_s * z_t, z_s, z_t, p),
            "The expected product of one entry of the content code in two frames $s$ "
            "and $t$ of a clip.",
        ),
        Step(
            Expectation(z_C**2, z_C, p),
            "The content code is sampled once for a clip: both factors are the same "
            "number.",
        ),
        Step(
            Expectation((z_C - 0) ** 2, z_C, p),
            "The mean of a standard normal is 0: subtract it.",
        ),
        Step(
            Integer(1),
            "The expected squared distance from the mean is the variance, 1. A code "
            "that is sampled anew for each frame would give 0.",
        ),
    )
    category_steps = (
        Step(
            Expectation(Mul(c_s - frequency, c_t), c_s, c_t, p),
            "The covariance of one entry of the one-hot category in two frames; each "
            "of the $K$ categories has the probability $1 / K$.",
        ),
        Step(
            Expectation(Mul(c - frequency, c), c, p),
            "The category is sampled once for a clip.",
        ),
        Step(
            Expectation(c**2, c, p) - frequency * Expectation(c, c, p),
            "Multiply out; the expectation of a difference is a difference.",
        ),
        Step(
            Expectation(c, c, p) - frequency * Expectation(c, c, p),
            "The entry is 0 or 1, so it equals its square.",
        ),
        Step(
            Mul(frequency, 1 - frequency),
            "The expectation of an entry is its probability of being 1, $1 / K$.",
        ),
    )


def content_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Three nodes and weights that have the first moments of a standard normal."""
    nodes = torch.tensor([-(3**0.5), 0.0, 3**0.5], dtype=torch.float64)
    weights = torch.tensor([1 / 6, 2 / 3, 1 / 6], dtype=torch.float64)
    once = WeightedPoints((nodes,), weights)
    twice = WeightedPoints((nodes, nodes), weights)
    return [{(z_s, z_t, p): twice, (z_C, p): once}]


def category_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """All outcomes of one entry, for 2 to 6 categories."""
    cases = []
    for n in range(2, 7):
        outcomes = torch.tensor([0.0, 1.0], dtype=torch.float64)
        weights = torch.tensor([1 - 1 / n, 1 / n], dtype=torch.float64)
        cases.append(
            {
                K: torch.tensor(n).double(),
                (c, p): WeightedPoints((outcomes,), weights),
                (c_s, c_t, p): WeightedPoints((outcomes, outcomes), weights),
            }
        )
    return cases


CONTENT = Derivation(
    "D4.1",
    "The content of two frames of a clip has the correlation 1.",
    content_steps,
    "Tulyakov et al. 2018, section 3.1",
    content_cases,
    proves=("E4.1.1",),
)

CATEGORY = Derivation(
    "D4.5",
    "The covariance of an entry of the one-hot category in two frames.",
    category_steps,
    "Tulyakov et al. 2018, section 3.3, for the one-hot category",
    category_cases,
    proves=("E4.1.2",),
)

n = symbols("K")
CATEGORY_LINE = OpenLine(
    "D4.5b",
    "D4.5",
    (1 - 1 / n) / n,
    {n: (2.0, 9.0)},
    (
        WrongLine(
            "the expected product, not the covariance",
            1 / n,
            "That is the expectation of c times c. The covariance subtracts the "
            "product of the means, 1 / K^2.",
        ),
        WrongLine(
            "the category is taken as sampled anew",
            0 * n,
            "Independent categories have the covariance 0. Here both frames have the "
            "same category.",
        ),
        WrongLine(
            "the covariance of two different entries",
            -1 / n**2,
            "Two different entries are never 1 together. The question is about the "
            "same entry in two frames.",
        ),
    ),
)
