"""State what it costs to expect one Gaussian and meet another: E3.5."""

from collections.abc import Sequence

import torch
from sympy import Add, Dummy, Eq, Rational, Symbol, log, symbols
from torch.distributions import kl_divergence

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import (
    Divergence,
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
    Symbol(rf"\{name}_{{{law},i}}") for name in ("mu", "sigma") for law in "qp"
)
q_at, p_at = map(Dummy, "qp")

with unevaluated():
    apart = sigma_q**2 + (mu_q - mu_p) ** 2
    axis = Add(log(sigma_p / sigma_q), apart / (2 * sigma_p**2), -Rational(1, 2))
    formula = (
        Eq(
            Divergence(KL, q, p),
            Expectation(log(Probability(q_at, z) / Probability(p_at, z)), z, q),
        ),
        Eq(Divergence(KL, q, p), SumOver(axis, i)),
    )


def compare(rng: torch.Generator) -> Sequence[Comparison]:
    """Random pairs of Gaussians: the library's KL, and torch's."""
    ours, torch_s = zip(*(_pair(rng) for _ in range(16)), strict=True)
    return (
        Comparison(ours, 1e-12, "the library's KL against Gauss-Hermite"),
        Comparison(torch_s, 1e-12, "torch.distributions against the formula"),
    )


def _pair(rng: torch.Generator) -> tuple[AtomValues, AtomValues]:
    codes = torch.stack([draw.code(rng, LATENTS) for _ in range(2)])
    laws = [draw.independent(code) for code in codes]
    by_library = {
        (z, q): draw.gauss_hermite(laws[0]),
        **dict(zip((q, p), codes.unsqueeze(2), strict=True)),
        **dict(zip((q_at, p_at), map(draw.density, laws), strict=True)),
        KL: lambda q, p: kl_between(*q, *p)[0],
    }
    by_torch = {
        **dict(zip((q, p), laws, strict=True)),
        **dict(zip((mu_q, mu_p), codes[:, 0], strict=True)),
        **dict(zip((sigma_q, sigma_p), (law.stddev for law in laws), strict=True)),
        KL: lambda q, p: kl_divergence(q, p).sum(),
    }
    return by_library, by_torch


TWO_GAUSSIANS = Equation(
    "E3.5",
    "A KL is the mean of a log ratio; of two Gaussians with independent axes it is a "
    "sum over the axes, of how their widths differ and how far their means are apart.",
    formula,
    "Kingma and Welling 2014, appendix B, for the prior N(0, I)",
    compare,
)
