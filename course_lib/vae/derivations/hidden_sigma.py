"""E3.4: the Gaussian likelihood whose ELBO a bare beta weight stands for."""

from collections.abc import Sequence

import torch
from sympy import Eq, Symbol, log, pi, symbols
from torch.distributions import kl_divergence

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import DivergenceBetween, Norm, unevaluated
from course_lib.vae.derivations import random_cases as draw
from course_lib.vae.elbo import elbo, sigma_from_beta

CLIP, LATENTS = (3, 1, 4, 5), 3  # time, channel, height, width

x, decoded, beta, sigma, D, q = symbols(r"x \hat{x} beta sigma D q")
ELBO, KL = symbols(r"\operatorname{ELBO} \operatorname{KL}")
prior = Symbol("p(z)")

with unevaluated():
    formula = (
        Eq(
            Norm(x - decoded) ** 2 / D + beta * DivergenceBetween(KL, q, prior),
            -beta * ELBO - sigma**2 * log(2 * pi * sigma**2),
        ),
        Eq(sigma**2, beta * D / 2),
    )


def clip_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Random clips, decoded clips and betas, with the library's sigma."""
    cases = [_clip(rng) for _ in range(16)]
    return (
        Comparison(
            cases, 1e-10, "the formula and torch's KL against the library's ELBO"
        ),
        Comparison(cases, 1e-10, "the library's sigma against the formula"),
    )


def _clip(rng: torch.Generator) -> AtomValues:
    clip, mean = draw.normal(rng, 2, 1, *CLIP)
    q_parameters = draw.gaussian(rng, LATENTS)
    weight, n_axes = draw.normal(rng).exp(), clip.numel()
    hidden_sigma = sigma_from_beta(weight.item(), n_axes)
    return {
        x: clip.flatten(),
        decoded: mean.flatten(),
        beta: weight,
        sigma: torch.tensor(hidden_sigma, dtype=torch.float64),
        D: torch.tensor(n_axes).double(),
        q: draw.joint(q_parameters),
        prior: draw.joint(torch.zeros(2, LATENTS).double()),
        KL: kl_divergence,
        ELBO: elbo(clip, mean, *q_parameters.unsqueeze(1), hidden_sigma).bound[0],
    }


HIDDEN_SIGMA = Equation(
    "E3.4",
    "The mean squared error plus beta times the KL is the negative ELBO, scaled and "
    "shifted, of a Gaussian likelihood with the variance beta D / 2 for D pixels.",
    formula,
    "Higgins et al. 2017, equation 4, for beta; Rybkin et al. 2021 for sigma",
    clip_cases,
)
