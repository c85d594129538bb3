"""State when two players come to rest: the eigenvalues of the smallest game, E1.7."""

from collections.abc import Sequence
from functools import cache

import torch
from sympy import Eq, Function, I, ImmutableMatrix, sqrt, symbols

from course_lib.gan.derivations import random_cases as draw
from course_lib.gan.dirac import jacobian
from course_lib.gan.objectives import (
    HINGE,
    NONSATURATING,
    SATURATING,
    WASSERSTEIN,
    GANLosses,
)
from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import Measured
from course_lib.mathematics.notation import on_blackboard

# f'(0), the slope of what a fake costs the judge at logit 0: that of softplus is 1/2
PULLS = ((SATURATING, 0.5), (NONSATURATING, 0.5), (WASSERSTEIN, 1.0), (HINGE, 1.0))

gamma, pull = symbols("gamma {f'(0)}")
J, upper, lower = map(Function, ("J", r"\lambda_+", r"\lambda_-"))

with on_blackboard():
    formula = (
        Eq(J(gamma), ImmutableMatrix([[0, pull], [-pull, -gamma]])),
        Eq(upper(0), I * pull),
        Eq(lower(0), -I * pull),
        Eq(upper(gamma), -(gamma / 2) + sqrt(gamma**2 / 4 - pull**2)),
        Eq(lower(gamma), -(gamma / 2) - sqrt(gamma**2 / 4 - pull**2)),
    )


def disturb(rng: torch.Generator) -> Sequence[Comparison]:
    """Every game near its rest: spirals below gamma = 2 f'(0), straight ways above."""
    cases = [
        _near_rest(game, slope, weight=float(share) * slope)
        for game, slope in PULLS
        for share in (*draw.uniform(rng, 0.2, 1.8, 2), *draw.uniform(rng, 2.2, 4.0, 2))
    ]
    return (
        Comparison(cases, 1e-9, "Jacobian of the velocity by autograd, closed form"),
        Comparison(cases, 1e-9, "its eigenvalue without R1: purely imaginary"),
        Comparison(cases, 1e-9, "its eigenvalue without R1: purely imaginary"),
        Comparison(cases, 1e-9, "its eigenvalue with R1: negative real part"),
        Comparison(cases, 1e-9, "its eigenvalue with R1: negative real part"),
    )


def _near_rest(game: GANLosses, slope: float, *, weight: float) -> Measured:
    @cache
    def turned(gamma: float) -> torch.Tensor:
        return jacobian(game, gamma=gamma)

    return {
        gamma: torch.tensor(weight + 0j, dtype=torch.complex128),
        pull: torch.tensor(slope + 0j, dtype=torch.complex128),
        J: lambda at: turned(at.real.item()),
        upper: lambda at: _eigenvalues(turned(at.real.item()))[1],
        lower: lambda at: _eigenvalues(turned(at.real.item()))[0],
    }


def _eigenvalues(matrix: torch.Tensor) -> torch.Tensor:
    """In rising order: of the imaginary parts of a pair, else of the real parts."""
    found = torch.linalg.eigvals(matrix)
    turning = bool(found.imag.abs().max() > 1e-9)
    return found[(found.imag if turning else found.real).argsort()]


CIRCLING = Equation(
    "E1.7",
    "Without R1 the game circles its equilibrium for ever; with R1 it comes to rest.",
    formula,
    "Mescheder et al. 2018, sections 2.2 and 3.3",
    disturb,
)
