"""D1.19: the gradient of the chi-square divergence, which a held D* does not have."""

from collections.abc import Sequence

import torch
from sympy import Derivative, Function, Subs, symbols
from torch import Tensor

from course_lib.gan.derivations import random_cases as draw
from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import IntegralOver, unevaluated

x, theta, theta_0 = symbols("x theta theta_0")
p, q, g, D_star = map(Function, ("p", "q", "g", "D^*"))
C2 = Function(r"\chi^2")

with unevaluated():
    chi_square_steps = (
        Step(
            Subs(Derivative(C2(theta), theta), theta, theta_0),
            r"The gradient of $\int (p - q_\theta)^2 / (p + q_\theta) \, dx$, the "
            "last line but one of D1.5.",
        ),
        Step(
            IntegralOver(
                (
                    -2 * (p(x) - q(x)) / (p(x) + q(x))
                    - ((p(x) - q(x)) / (p(x) + q(x))) ** 2
                )
                * g(x),
                x,
            ),
            r"The quotient rule, at every $x$; $g = \partial q_\theta / \partial "
            r"\theta$.",
        ),
        Step(
            IntegralOver((-2 * D_star(x) - D_star(x) ** 2) * g(x), x),
            r"Insert $D^* = (p - q) / (p + q)$. With $D^*$ held fixed, twice the "
            r"generator's loss has the gradient $\int {D^*}^2 g \, dx$: another sign "
            "and no first-order term.",
        ),
    )


def chi_square_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """A density q whose mixture weights change with theta, and its divergence."""
    return [_moving_case(rng) for _ in range(16)]


def _moving_case(rng: torch.Generator) -> AtomValues:
    (points,), weights = draw.line(n_panels=90)
    real, first, second = (draw.broad_density(rng) for _ in range(3))
    weight = draw.uniform(rng, 0.3, 0.7)

    def fake(shift: Tensor | float, at: Tensor) -> Tensor:
        return (weight + shift) * first(at) + (1 - weight - shift) * second(at)

    def divergence(shift: Tensor) -> Tensor:
        at_p, at_q = real(points), fake(shift, points)
        return (weights * (at_p - at_q).square() / (at_p + at_q)).sum()

    return {
        x: draw.line(n_panels=90),
        theta_0: torch.tensor(0.0, dtype=torch.float64),
        p: real,
        q: lambda at: fake(0.0, at),
        g: lambda at: first(at) - second(at),
        D_star: lambda at: 1 - 2 * fake(0.0, at) / (real(at) + fake(0.0, at)),
        C2: divergence,
    }


CHI_SQUARE_GRADIENT = Derivation(
    "D1.19",
    "The gradient of the chi-square divergence, and what a held discriminator gives.",
    chi_square_steps,
    "follows from Mao et al. 2017, equation 8",
    chi_square_cases,
)
