"""E1.5: the optimal least-squares discriminator, and the chi-square divergence."""

from collections.abc import Sequence

import torch
from sympy import Eq, Function, symbols

from course_lib.gan.derivations import random_cases as draw
from course_lib.gan.divergences import pearson_chi_square
from course_lib.gan.objectives import least_squares_discriminator_loss
from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import (
    DivergenceBetween,
    Expectation,
    IntegralOver,
    unevaluated,
)

a, b, c, p, q, x = symbols("a b c p q x")
chi_square = symbols(r"\chi^2")
D_star, p_at, q_at = map(Function, ("D^*", "p", "q"))

with unevaluated():
    cost = Expectation((D_star(x) - c) ** 2, x, p) + Expectation(
        (D_star(x) - c) ** 2, x, q
    )
    formula = (
        Eq(D_star(x), (b * p_at(x) + a * q_at(x)) / (p_at(x) + q_at(x))),
        Eq(cost, IntegralOver((p_at(x) - q_at(x)) ** 2 / (p_at(x) + q_at(x)), x)),
        Eq(cost, DivergenceBetween(chi_square, 2 * q, p + q)),
    )


def minimum_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Pointwise minima of the library's loss, for random densities and labels."""
    any_labels, coupled = zip(*(_scores(rng) for _ in range(8)), strict=True)
    return (
        Comparison(
            any_labels, 1e-9, "minimum of the discriminator's loss against closed form"
        ),
        Comparison(coupled, 1e-9, "the generator's loss there against an integral"),
        Comparison(coupled, 1e-9, "the same loss against the library's chi-square"),
    )


def _scores(rng: torch.Generator) -> tuple[AtomValues, AtomValues]:
    """One pair of densities: with any labels, and with b - c = 1 and b - a = 2."""
    (points,), weights = draw.line()
    p_density, q_density = (draw.density(draw.random_mixture(rng)) for _ in range(2))
    densities = {p_at: p_density, q_at: q_density}
    at_p, at_q = p_density(points), q_density(points)
    real, fake = draw.uniform(rng, -2.0, 2.0, 2)

    def loss(score: torch.Tensor) -> torch.Tensor:
        parts = torch.vmap(least_squares_discriminator_loss)(score, score)
        return at_p * parts.real + at_q * parts.fake

    score = draw.minimiser(loss, like=at_p)  # for labels 0 and 1; affine in the labels
    any_labels = {
        x: points,
        a: fake,
        b: real,
        D_star: draw.tabulated(points, fake + (real - fake) * score),
    }
    coupled = {
        x: WeightedPoints((points,), weights),
        (x, p): WeightedPoints((points,), at_p * weights),
        (x, q): WeightedPoints((points,), at_q * weights),
        p: at_p * weights,
        q: at_q * weights,
        c: real - 1,
        D_star: draw.tabulated(points, real - 2 + 2 * score),
        chi_square: pearson_chi_square,
    }
    return densities | any_labels, densities | coupled


LEAST_SQUARES = Equation(
    "E1.5",
    "The optimal least-squares score is a weighted mean of the labels b (real) and a "
    "(fake); with b - c = 1 and b - a = 2 the generator then minimizes the Pearson "
    "chi-square divergence between 2q and p + q.",
    formula,
    "Mao et al. 2017, equations 5 to 7 (they name p + q before 2q)",
    minimum_cases,
)
