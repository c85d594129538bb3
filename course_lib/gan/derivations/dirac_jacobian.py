"""D1.17: the Jacobian of the Dirac-GAN's gradient vector field."""

from collections.abc import Sequence

import torch
from sympy import Derivative, Function, ImmutableMatrix, symbols

from course_lib.gan.derivations import random_cases as draw
from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import unevaluated

theta, psi, gamma = symbols("theta psi gamma")
f_prime, f_second = map(Function, ("f'", "f''"))

with unevaluated():
    logit = theta * psi
    theta_velocity = psi * f_prime(logit)
    psi_velocity = -(theta * f_prime(logit)) - gamma * psi
    jacobian_steps = (
        Step(
            ImmutableMatrix(
                [
                    [
                        Derivative(theta_velocity, theta),
                        Derivative(theta_velocity, psi),
                    ],
                    [Derivative(psi_velocity, theta), Derivative(psi_velocity, psi)],
                ]
            ),
            r"A sample at $\theta$ has the logit $\theta \psi$. The discriminator's "
            r"loss on it is $f(\theta \psi)$, plus R1, $\frac{\gamma}{2} \psi^2$; the "
            r"generator's is $-f(\theta \psi)$. The velocities are the negative "
            r"gradients: $\dot\theta = \psi f'(\theta \psi)$ and "
            r"$\dot\psi = -\theta f'(\theta \psi) - \gamma \psi$. Their derivatives by "
            r"$\theta$ and $\psi$ are the Jacobian.",
        ),
        Step(
            ImmutableMatrix(
                [
                    [
                        psi**2 * f_second(logit),
                        f_prime(logit) + logit * f_second(logit),
                    ],
                    [
                        -f_prime(logit) - logit * f_second(logit),
                        -(theta**2 * f_second(logit)) - gamma,
                    ],
                ]
            ),
            r"Product and chain rule; the derivative of $\theta \psi$ by $\theta$ is "
            r"$\psi$. At the equilibrium $\theta = \psi = 0$ every term with $f''$ is "
            r"0, and $\begin{pmatrix} 0 & f'(0) \\ -f'(0) & -\gamma \end{pmatrix}$ is "
            "left.",
        ),
    )


def state_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random states; f is softplus plus a cubic, so that f'' is not even."""
    cases = []
    for _ in range(64):
        states = draw.uniform(rng, -2.0, 2.0, 2)
        cases.append(
            {
                **dict(zip((theta, psi), states, strict=True)),
                gamma: draw.uniform(rng, 0.1, 4.0),
                f_prime: lambda t: torch.sigmoid(t) + t**2 / 5,
                f_second: lambda t: 1 / (2 * torch.cosh(t / 2)) ** 2 + 2 * t / 5,
            }
        )
    return cases


DIRAC_JACOBIAN = Derivation(
    "D1.17",
    "The Jacobian of the Dirac-GAN: the off-diagonal entries have opposite signs, and "
    "R1 adds a negative entry on the diagonal.",
    jacobian_steps,
    "Mescheder et al. 2018, sections 2.2 and 3.3",
    state_cases,
    proves=("E1.7.1",),
)
