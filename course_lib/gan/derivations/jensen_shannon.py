"""E1.3: the value function at the optimal discriminator, and its gradient."""

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
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import DivergenceBetween, unevaluated

D, G, D_star, p, q, theta = symbols("D G D^* p q theta")
JSD = symbols(r"\operatorname{JSD}")
V, D_star_at, G_at = map(Function, ("V", "D^*", "G"))

with unevaluated():
    formula = (
        Eq(V(D_star, G), 2 * DivergenceBetween(JSD, p, q) - log(4)),
        Eq(
            Derivative(V(D_star_at(theta), G_at(theta)), theta),
            Subs(Derivative(V(D, G_at(theta)), theta), D, D_star_at(theta)),
        ),
    )


def optimal_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """V at D* against JSD; derivatives with D* recomputed and with D* held fixed."""
    return (
        Comparison(
            [_pair(rng) for _ in range(64)],
            1e-9,
            "quadrature of V at D* against JSD from its two KLs",
        ),
        Comparison(
            [_shifted_pair(rng) for _ in range(16)],
            1e-9,
            "gradient with D* recomputed against gradient with D fixed",
        ),
    )


def _pair(rng: torch.Generator) -> AtomValues:
    data, generator = draw.random_mixture(rng), draw.random_mixture(rng)
    return {
        V: lambda discriminator, generator: value(discriminator, data, generator),
        D_star: optimal_logits(data, generator),
        G: generator,
        JSD: mixture_jensen_shannon,
        p: data,
        q: generator,
    }


def _shifted_pair(rng: torch.Generator) -> AtomValues:
    data, start = draw.random_mixture(rng), draw.random_mixture(rng)
    means, scales, weights = start.parameters()

    def shifted(shift: torch.Tensor) -> GaussianMixture:
        return GaussianMixture(means + shift, scales, weights)

    return {
        V: lambda discriminator, generator: value(discriminator, data, generator),
        G_at: shifted,
        D_star_at: lambda shift: optimal_logits(data, shifted(shift)),
        theta: draw.uniform(rng, -1.0, 1.0),
    }


JENSEN_SHANNON = Equation(
    "E1.3",
    "At the optimal discriminator the value is twice the Jensen-Shannon divergence "
    "minus log 4, and its gradient is the gradient with the discriminator held fixed.",
    formula,
    "Goodfellow et al. 2014, theorem 1",
    optimal_cases,
)
