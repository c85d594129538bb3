"""E1.1 and E1.2: the value function of a GAN, and the optimal discriminator."""

from collections.abc import Sequence

import torch
from sympy import Derivative, Eq, Function, Subs, log, symbols

from course_lib.gan.densities import value
from course_lib.gan.derivations import random_cases as draw
from course_lib.gan.objectives import discriminator_loss
from course_lib.gan.optimal_discriminator import optimal_discriminator
from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import Expectation, IntegralOver, unevaluated

BATCHES, BATCH = 32, 1000  # the variance over batches gives the standard error

D, G, D_star, p, q, x, y = symbols("D G D^* p q x y")
V, D_at, p_at, q_at = map(Function, "VDpq")

with unevaluated():
    value_function = (
        Eq(
            V(D, G),
            Expectation(log(D_at(x)), x, p) + Expectation(log(1 - D_at(x)), x, q),
        ),
        Eq(
            V(D, G),
            IntegralOver(p_at(x) * log(D_at(x)) + q_at(x) * log(1 - D_at(x)), x),
        ),
    )
    integrand = p * log(y) + q * log(1 - y)
    optimal_discriminator_relations = (
        Eq(D_star, p / (p + q)),
        Eq(Subs(Derivative(integrand, y), y, D_star), 0),
        Eq(Subs(Derivative(integrand, (y, 2)), y, D_star), -((p + q) ** 3 / (p * q))),
    )


def value_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """V of random discriminators and densities: quadrature, samples, Gauss-Legendre."""
    cases = [_case(rng) for _ in range(16)]
    return (
        Comparison(
            cases, 6, "quadrature of V against means over samples", sampled=True
        ),
        Comparison(cases, 1e-9, "trapezoid rule against Gauss-Legendre panels"),
    )


def _case(rng: torch.Generator) -> AtomValues:
    data, generator = draw.random_mixture(rng), draw.random_mixture(rng)
    discriminator = draw.random_discriminator(rng)
    real, fake = (p.sample(BATCHES * BATCH, rng) for p in (data, generator))
    weights = torch.full((BATCH,), 1 / BATCH, dtype=torch.float64)
    return {
        V: lambda discriminator, generator: value(discriminator, data, generator),
        D: discriminator,
        G: generator,
        D_at: lambda points: torch.sigmoid(discriminator(points)),
        p_at: draw.density(data),
        q_at: draw.density(generator),
        x: draw.line(),
        (x, p): WeightedPoints((real.view(BATCHES, BATCH),), weights),
        (x, q): WeightedPoints((fake.view(BATCHES, BATCH),), weights),
    }


def minimum_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """D* as the minimum of the discriminator's loss, and as the library computes it."""
    log_p, log_q = draw.uniform(rng, -3.0, 3.0, 2, 64)

    def cost(logits: torch.Tensor) -> torch.Tensor:
        loss = torch.vmap(discriminator_loss)(logits, logits)
        return log_p.exp() * loss.real + log_q.exp() * loss.fake

    def cases(outputs: torch.Tensor) -> list[AtomValues]:
        columns = zip(log_p.exp(), log_q.exp(), outputs, strict=True)
        return [dict(zip((p, q, D_star), column, strict=True)) for column in columns]

    minima = cases(torch.sigmoid(draw.minimiser(cost, like=log_p)))
    library = cases(optimal_discriminator(log_p, log_q))
    return (
        Comparison(
            minima, 1e-9, "minimum of the discriminator's loss against closed form"
        ),
        Comparison(library, 1e-9, "symbolic derivative at the library's D* against 0"),
        Comparison(
            library, 1e-9, "symbolic second derivative there: negative, a maximum"
        ),
    )


VALUE_FUNCTION = Equation(
    "E1.1",
    "The value function is the mean of log D over the data plus the mean of "
    "log(1 - D) over generated samples.",
    value_function,
    "Goodfellow et al. 2014, equations 1 and 3",
    value_cases,
)

OPTIMAL_DISCRIMINATOR = Equation(
    "E1.2",
    "At every point the optimal discriminator is the density of the data divided by "
    "the sum of both densities.",
    optimal_discriminator_relations,
    "Goodfellow et al. 2014, proposition 1",
    minimum_cases,
)
