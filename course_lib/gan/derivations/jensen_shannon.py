"""State what the best judge makes of the game: a distance between two laws, E1.3."""

from collections.abc import Sequence

import torch
from sympy import Derivative, Eq, Function, Subs, log, symbols

from course_lib.gan.densities import (
    GaussianMixture,
    mixture_jensen_shannon,
    optimal_logits,
    value,
)
from course_lib.gan.derivations import random_cases as draw
from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Measured
from course_lib.mathematics.notation import Apart, on_blackboard

D, G, D_best, p, q, theta = symbols("D G D^* p q theta")
JSD = symbols(r"\operatorname{JSD}")
V, D_best_at, G_at = map(Function, ("V", "D^*", "G"))

with on_blackboard():
    formula = (
        Eq(V(D_best, G), 2 * Apart(JSD, p, q) - log(4)),
        Eq(
            Derivative(V(D_best_at(theta), G_at(theta)), theta),
            Subs(Derivative(V(D, G_at(theta)), theta), D, D_best_at(theta)),
        ),
    )


def seat_best_judge(rng: torch.Generator) -> Sequence[Comparison]:
    """V at the best judge, JSD from its two KLs; slopes as the generator moves."""
    return (
        Comparison(
            [_seated(rng) for _ in range(64)],
            1e-9,
            "quadrature of V at D* against JSD by its two KLs",
        ),
        Comparison(
            [_moving(rng) for _ in range(16)],
            1e-9,
            "slope with D* following against slope with D held",
        ),
    )


def _seated(rng: torch.Generator) -> Measured:
    data, fakes = draw.random_mixture(rng), draw.random_mixture(rng)
    return {
        V: lambda judge, fakes: value(judge, data, fakes),
        D_best: optimal_logits(data, fakes),
        G: fakes,
        JSD: mixture_jensen_shannon,
        p: data,
        q: fakes,
    }


def _moving(rng: torch.Generator) -> Measured:
    data, start = draw.random_mixture(rng), draw.random_mixture(rng)
    means, scales, weights = start.bumps()

    def moved(shift: torch.Tensor) -> GaussianMixture:
        return GaussianMixture(means + shift, scales, weights)

    return {
        V: lambda judge, fakes: value(judge, data, fakes),
        G_at: moved,
        D_best_at: lambda shift: optimal_logits(data, moved(shift)),
        theta: draw.uniform(rng, -1.0, 1.0),
    }


DISTANCE = Equation(
    "E1.3",
    "Against the best judge the value is twice the Jensen-Shannon divergence minus "
    "log 4, and its slope is the one with the judge held fixed.",
    formula,
    "Goodfellow et al. 2014, theorem 1",
    seat_best_judge,
)
