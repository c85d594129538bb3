"""State the best least-squares score and the chi-square that it leaves: E1.5."""

from collections.abc import Sequence

import torch
from sympy import Eq, Function, symbols

from course_lib.gan.derivations import random_cases as draw
from course_lib.gan.divergences import pearson_chi_square
from course_lib.gan.objectives import least_squares_discriminator_loss
from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Cloud, Measured
from course_lib.mathematics.notation import Apart, Integrated, Mean, on_blackboard

a, b, c, p, q, x = symbols("a b c p q x")
chi_square = symbols(r"\chi^2")
best, p_at, q_at = map(Function, ("D^*", "p", "q"))

with on_blackboard():
    cost = Mean((best(x) - c) ** 2, x, p) + Mean((best(x) - c) ** 2, x, q)
    formula = (
        Eq(best(x), (b * p_at(x) + a * q_at(x)) / (p_at(x) + q_at(x))),
        Eq(cost, Integrated((p_at(x) - q_at(x)) ** 2 / (p_at(x) + q_at(x)), x)),
        Eq(cost, Apart(chi_square, 2 * q, p + q)),
    )


def judge_by_squares(rng: torch.Generator) -> Sequence[Comparison]:
    """Minimise the library's loss point by point, under labels drawn at random."""
    free, tied = zip(*(_scores(rng) for _ in range(8)), strict=True)
    return (
        Comparison(free, 1e-9, "minimum of the judge's loss against closed form"),
        Comparison(tied, 1e-9, "the cost at that minimum against an integral"),
        Comparison(tied, 1e-9, "the same cost against the library's chi-square"),
    )


def _scores(rng: torch.Generator) -> tuple[Measured, Measured]:
    """One pair of laws, with free labels and with b - c = 1, b - a = 2."""
    (points,), widths = draw.line()
    laws = {p_at: draw.random_mixture(rng), q_at: draw.random_mixture(rng)}
    laws = {name: draw.density(law) for name, law in laws.items()}
    at_p, at_q = (law(points) for law in laws.values())
    real, fake = draw.uniform(rng, -2.0, 2.0, 2)

    def loss(score: torch.Tensor) -> torch.Tensor:
        parts = torch.vmap(least_squares_discriminator_loss)(score, score)
        return at_p * parts.real + at_q * parts.fake

    share = draw.minimiser(loss, like=at_p)  # labels 0 and 1; others stretch the score
    free = {
        x: points,
        a: fake,
        b: real,
        best: draw.tabulated(points, fake + (real - fake) * share),
    }
    tied = {
        x: Cloud((points,), widths),
        (x, p): Cloud((points,), at_p * widths),
        (x, q): Cloud((points,), at_q * widths),
        p: at_p * widths,
        q: at_q * widths,
        c: real - 1,
        best: draw.tabulated(points, real - 2 + 2 * share),
        chi_square: pearson_chi_square,
    }
    return laws | free, laws | tied


LEAST_SQUARES = Equation(
    "E1.5",
    "The best least-squares score is a mean of the labels b (real) and a (fake); with "
    "b - c = 1 and b - a = 2 it costs Pearson's chi-square of 2q from p + q.",
    formula,
    "Mao et al. 2017, equations 5 to 7 (they name p + q before 2q)",
    judge_by_squares,
)
