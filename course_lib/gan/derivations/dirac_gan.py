"""E1.7: the Jacobian of the Dirac-GAN at its equilibrium, and its eigenvalues."""

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
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import unevaluated

# f'(0), the derivative of the discriminator's loss on a fake sample at logit 0
OBJECTIVES = ((SATURATING, 0.5), (NONSATURATING, 0.5), (WASSERSTEIN, 1.0), (HINGE, 1.0))

gamma, f_prime = symbols("gamma {f'(0)}")
J, upper, lower = map(Function, ("J", r"\lambda_+", r"\lambda_-"))

with unevaluated():
    formula = (
        Eq(J(gamma), ImmutableMatrix([[0, f_prime], [-f_prime, -gamma]])),
        Eq(upper(0), I * f_prime),
        Eq(lower(0), -I * f_prime),
        Eq(upper(gamma), -(gamma / 2) + sqrt(gamma**2 / 4 - f_prime**2)),
        Eq(lower(gamma), -(gamma / 2) - sqrt(gamma**2 / 4 - f_prime**2)),
    )


def linearized_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Four objectives at the equilibrium, with gamma below and above 2 f'(0)."""
    cases = [
        _case(losses, derivative, weight=float(ratio) * derivative)
        for losses, derivative in OBJECTIVES
        for ratio in (*draw.uniform(rng, 0.2, 1.8, 2), *draw.uniform(rng, 2.2, 4.0, 2))
    ]
    return (
        Comparison(
            cases, 1e-9, "Jacobian of the vector field by autograd, closed form"
        ),
        Comparison(cases, 1e-9, "its eigenvalue without R1: purely imaginary"),
        Comparison(cases, 1e-9, "its eigenvalue without R1: purely imaginary"),
        Comparison(cases, 1e-9, "its eigenvalue with R1: negative real part"),
        Comparison(cases, 1e-9, "its eigenvalue with R1: negative real part"),
    )


def _case(losses: GANLosses, derivative: float, *, weight: float) -> AtomValues:
    @cache
    def matrix(gamma: float) -> torch.Tensor:
        return jacobian(losses, gamma=gamma)

    return {
        gamma: torch.tensor(weight + 0j, dtype=torch.complex128),
        f_prime: torch.tensor(derivative + 0j, dtype=torch.complex128),
        J: lambda at: matrix(at.real.item()),
        upper: lambda at: _eigenvalues(matrix(at.real.item()))[1],
        lower: lambda at: _eigenvalues(matrix(at.real.item()))[0],
    }


def _eigenvalues(matrix: torch.Tensor) -> torch.Tensor:
    """Sorted by the imaginary parts of a complex pair, else by the real parts."""
    eigenvalues = torch.linalg.eigvals(matrix)
    is_complex = bool(eigenvalues.imag.abs().max() > 1e-9)
    key = eigenvalues.imag if is_complex else eigenvalues.real
    return eigenvalues[key.argsort()]


DIRAC_EIGENVALUES = Equation(
    "E1.7",
    "Without R1 both eigenvalues are purely imaginary and training rotates around the "
    "equilibrium; with R1 their real parts are negative and training converges.",
    formula,
    "Mescheder et al. 2018, sections 2.2 and 3.3",
    linearized_cases,
)
