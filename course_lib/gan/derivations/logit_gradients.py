"""D1.11 to D1.13: derivatives of the sigmoid and of both generator losses."""

from collections.abc import Sequence

import torch
from sympy import Derivative, Function, exp, log, symbols

from course_lib.gan.derivations import random_cases as draw
from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import unevaluated

N_CASES = 64

logit = symbols(r"\ell")
sigma = Function(r"\sigma")

with unevaluated():
    denominator = 1 + exp(-logit)
    sigmoid_derivative = sigma(logit) * (1 - sigma(logit))
    sigmoid_steps = (
        Step(
            Derivative(sigma(logit), logit),
            r"The derivative of the sigmoid, "
            r"$\sigma(\ell) = 1 / (1 + e^{-\ell})$.",
        ),
        Step(
            exp(-logit) / denominator**2,
            r"The chain rule: the derivative of $u^{-1}$ is $-u^{-2}$, and that of "
            r"$u = 1 + e^{-\ell}$ is $-e^{-\ell}$. The two minus signs cancel.",
        ),
        Step(
            1 / denominator * (exp(-logit) / denominator),
            "Write the fraction as a product.",
        ),
        Step(
            1 / denominator * (1 - 1 / denominator),
            r"$e^{-\ell} = (1 + e^{-\ell}) - 1$.",
        ),
        Step(sigmoid_derivative, r"Both fractions are $\sigma(\ell)$."),
    )
    saturating_steps = (
        Step(
            Derivative(log(1 - sigma(logit)), logit),
            r"The derivative of the saturating loss, with $D = \sigma(\ell)$.",
        ),
        Step(
            -(Derivative(sigma(logit), logit) / (1 - sigma(logit))),
            r"The chain rule: the derivative of $\log u$ is $1 / u$, and "
            r"$u = 1 - \sigma$.",
        ),
        Step(
            -(sigmoid_derivative / (1 - sigma(logit))),
            r"The derivative of the sigmoid is $\sigma (1 - \sigma)$, D1.11.",
        ),
        Step(
            -sigma(logit),
            r"Cancel $1 - \sigma$. The derivative is $-D$: near 0 for a sample that "
            "the discriminator recognizes as generated.",
        ),
    )
    nonsaturating_steps = (
        Step(
            Derivative(-log(sigma(logit)), logit),
            r"The derivative of the non-saturating loss, with $D = \sigma(\ell)$.",
        ),
        Step(
            -(Derivative(sigma(logit), logit) / sigma(logit)),
            r"The chain rule: the derivative of $\log u$ is $1 / u$, and $u = \sigma$.",
        ),
        Step(
            -(sigmoid_derivative / sigma(logit)),
            r"The derivative of the sigmoid is $\sigma (1 - \sigma)$, D1.11.",
        ),
        Step(
            -(1 - sigma(logit)),
            r"Cancel $\sigma$. The derivative is $-(1 - D)$: near $-1$ for a sample "
            "that the discriminator recognizes as generated.",
        ),
    )


def logit_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random logits from -4 to 4."""
    values = draw.uniform(rng, -4.0, 4.0, N_CASES)
    return [{logit: value, sigma: torch.sigmoid} for value in values]


SIGMOID = Derivation(
    "D1.11",
    "The derivative of the sigmoid is the sigmoid times one minus the sigmoid.",
    sigmoid_steps,
    "Bishop 2006, equation 4.88",
    logit_cases,
)

SATURATING = Derivation(
    "D1.12",
    "The derivative of the saturating loss by the logit is -D.",
    saturating_steps,
    "Goodfellow et al. 2014, section 3",
    logit_cases,
    proves=("E1.4.2",),
)

NONSATURATING_LOGIT = Derivation(
    "D1.13",
    "The derivative of the non-saturating loss by the logit is -(1 - D).",
    nonsaturating_steps,
    "Goodfellow et al. 2014, section 3",
    logit_cases,
    proves=("E1.4.4",),
)

D = symbols("D", positive=True)
LOSS_DERIVATIVE = OpenLine(
    "D1.13b",
    "D1.13",
    -(1 - D),
    {D: (0.05, 0.95)},
    (
        WrongLine(
            "the derivative of the saturating loss",
            -D,
            "That is the derivative of log(1 - D). The non-saturating loss is -log D.",
        ),
        WrongLine(
            "the sign of the loss is missing",
            1 - D,
            "The loss is -log D, with a minus sign. Its derivative is negative: a "
            "larger logit lowers the loss.",
        ),
        WrongLine(
            "the derivative by D",
            -1 / D,
            "That is the derivative by D. The chain rule multiplies it by the "
            "derivative of the sigmoid, D (1 - D).",
        ),
    ),
)
