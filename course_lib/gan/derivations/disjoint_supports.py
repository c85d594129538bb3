"""D1.18: two distributions that share no point have the JSD log 2."""

from collections.abc import Sequence

import torch
from sympy import Function, log, symbols
from torch import Tensor

from course_lib.gan.derivations import random_cases as draw
from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import IntegralOver, unevaluated

x, z = symbols("x z")
p, q, m = map(Function, ("p", "q", "m"))

# x runs over the support of p, z over that of q.
with unevaluated():
    disjoint_steps = (
        Step(
            IntegralOver(p(x) * log(p(x) / m(x)), x) / 2
            + IntegralOver(q(z) * log(q(z) / m(z)), z) / 2,
            "The definition of JSD. $x$ runs over the points where $p > 0$ and $z$ "
            "over those where $q > 0$; elsewhere the integrands are 0.",
        ),
        Step(
            IntegralOver(p(x) * log(2), x) / 2 + IntegralOver(q(z) * log(2), z) / 2,
            r"No point has both: at $x$ the mixture is $m = \frac12 p$, at $z$ it is "
            r"$m = \frac12 q$.",
        ),
        Step(
            log(2),
            "Each density integrates to 1. The distance between the two supports does "
            "not occur: moving one of them changes nothing.",
        ),
    )


def disjoint_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random positive densities on two intervals that do not meet."""
    return [_disjoint(rng) for _ in range(16)]


def _disjoint(rng: torch.Generator) -> AtomValues:
    (nodes,), weights = draw.line(n_panels=4)
    start, gap = draw.uniform(rng, 20.0, 40.0, 2)
    at_p, at_q = nodes - start, nodes + start + gap

    def density(points: Tensor) -> tuple[Tensor, Tensor]:
        values = draw.uniform(rng, 0.2, 2.0, len(points))
        return points, values / (weights * values).sum()

    (_, of_p), (_, of_q) = density(at_p), density(at_q)

    def real(at: Tensor) -> Tensor:
        return torch.where(at < 0, draw.tabulated(at_p, of_p)(at), 0.0)

    def fake(at: Tensor) -> Tensor:
        return torch.where(at > 0, draw.tabulated(at_q, of_q)(at), 0.0)

    return {
        x: WeightedPoints((at_p,), weights),
        z: WeightedPoints((at_q,), weights),
        p: real,
        q: fake,
        m: lambda at: (real(at) + fake(at)) / 2,
    }


DISJOINT = Derivation(
    "D1.18",
    "Two distributions that share no point have JSD log 2, at any distance.",
    disjoint_steps,
    "Arjovsky et al. 2017, example 1",
    disjoint_cases,
)
