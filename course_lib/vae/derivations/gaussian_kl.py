"""E3.5: the KL divergence between two Gaussians with independent axes."""

from collections.abc import Sequence

import torch
from sympy import Add, Dummy, Eq, Rational, Symbol, log, symbols
from torch.distributions import kl_divergence

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import (
    DivergenceBetween,
    Expectation,
    Probability,
    SumOver,
    unevaluated,
)
from course_lib.vae.derivations import random_cases as draw
from course_lib.vae.gaussian import kl_between

LATENTS = 3

i, p, q, z = symbols("i p q z")
KL = symbols(r"\operatorname{KL}")
mu_q, mu_p, sigma_q, sigma_p = (
    Symbol(rf"\{name}_{{{distribution},i}}")
    for name in ("mu", "sigma")
    for distribution in "qp"
)
q_density, p_density = map(Dummy, "qp")

with unevaluated():
    second_moment = sigma_q**2 + (mu_q - mu_p) ** 2
    per_axis = Add(
        log(sigma_p / sigma_q), second_moment / (2 * sigma_p**2), -Rational(1, 2)
    )
    log_ratio = log(Probability(q_density, z) / Probability(p_density, z))
    formula = (
        Eq(DivergenceBetween(KL, q, p), Expectation(log_ratio, z, q)),
        Eq(DivergenceBetween(KL, q, p), SumOver(per_axis, i)),
    )


def pair_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Random pairs of Gaussians: the library's KL, and that of torch.distributions."""
    by_library, by_torch = zip(*(_pair(rng) for _ in range(16)), strict=True)
    return (
        Comparison(by_library, 1e-12, "the library's KL against Gauss-Hermite"),
        Comparison(by_torch, 1e-12, "torch.distributions against the formula"),
    )


def _pair(rng: torch.Generator) -> tuple[AtomValues, AtomValues]:
    parameters = torch.stack([draw.gaussian(rng, LATENTS) for _ in range(2)])
    distributions = [draw.independent(part) for part in parameters]
    densities = map(draw.density, distributions)
    sigmas = (distribution.stddev for distribution in distributions)
    by_library = {
        (z, q): draw.gauss_hermite(distributions[0]),
        **dict(zip((q, p), parameters.unsqueeze(2), strict=True)),
        **dict(zip((q_density, p_density), densities, strict=True)),
        KL: lambda q, p: kl_between(*q, *p)[0],
    }
    by_torch = {
        **dict(zip((q, p), distributions, strict=True)),
        **dict(zip((mu_q, mu_p), parameters[:, 0], strict=True)),
        **dict(zip((sigma_q, sigma_p), sigmas, strict=True)),
        KL: lambda q, p: kl_divergence(q, p).sum(),
    }
    return by_library, by_torch


GAUSSIAN_KL = Equation(
    "E3.5",
    "The KL divergence is the mean log ratio of the densities under q; for Gaussians "
    "with independent axes it is a sum over the axes of a function of their means and "
    "standard deviations.",
    formula,
    "Kingma and Welling 2014, appendix B, for the prior N(0, I)",
    pair_cases,
)
