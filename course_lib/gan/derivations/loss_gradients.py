"""E1.4: the generator losses as functions of the logit, and their derivatives."""

from collections.abc import Sequence

import torch
from sympy import Derivative, Eq, Function, log, symbols

from course_lib.gan.derivations import random_cases as draw
from course_lib.gan.objectives import (
    nonsaturating_generator_loss,
    saturating_generator_loss,
)
from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.notation import unevaluated

logit = symbols(r"\ell")
sigma = Function(r"\sigma")
saturating, nonsaturating = map(Function, (r"L_{\mathrm{sat}}", r"L_{\mathrm{ns}}"))

with unevaluated():
    formula = (
        Eq(saturating(logit), log(1 - sigma(logit))),
        Eq(Derivative(saturating(logit), logit), -sigma(logit)),
        Eq(nonsaturating(logit), -log(sigma(logit))),
        Eq(Derivative(nonsaturating(logit), logit), -(1 - sigma(logit))),
    )


def logit_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """The library's losses and their autograd derivatives at logits from -20 to 20."""
    ends = torch.tensor((-20.0, 20.0), dtype=torch.float64)
    cases = [
        {
            logit: value,
            sigma: lambda t: 1 / (1 + torch.exp(-t)),
            saturating: saturating_generator_loss,
            nonsaturating: nonsaturating_generator_loss,
        }
        for value in torch.cat((ends, draw.uniform(rng, -20.0, 20.0, 62)))
    ]
    # evaluated literally, log(1 - sigma) loses 8 of 16 digits at logit 20: hence 1e-6
    return (
        Comparison(cases, 1e-6, "the library's saturating loss against the formula"),
        Comparison(cases, 1e-9, "its derivative by autograd against closed form"),
        Comparison(
            cases, 1e-6, "the library's non-saturating loss against the formula"
        ),
        Comparison(cases, 1e-9, "its derivative by autograd against closed form"),
    )


LOSS_GRADIENTS = Equation(
    "E1.4",
    "The gradient of the saturating loss is -D, that of the non-saturating loss "
    "-(1 - D).",
    formula,
    "Goodfellow et al. 2014, equation 1 and section 3",
    logit_cases,
)
