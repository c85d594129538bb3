"""D3.4 and D3.16: the sigma behind a beta, and the most likely sigma."""

from collections.abc import Sequence

import torch
from sympy import Derivative as D
from sympy import Symbol, log, pi, sqrt, symbols
from torch.distributions import Normal, kl_divergence

from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import DivergenceBetween, Norm, unevaluated
from course_lib.vae.derivations import random_cases as draw

PIXELS, N_CASES = 5, 16

x, decoded, beta, sigma, n, q = symbols(r"x \hat{x} beta sigma D q")
ELBO, KL = symbols(r"\operatorname{ELBO} \operatorname{KL}")
prior = Symbol("p(z)")

with unevaluated():
    rate = DivergenceBetween(KL, q, prior)
    squared = Norm(x - decoded) ** 2
    constant = log(2 * pi * sigma**2)
    sigma_steps = (
        Step(
            -(beta * ELBO),
            r"The negative ELBO of one clip with $D$ pixels, decoded as $\hat{x}$, "
            r"times a positive number $\beta$.",
        ),
        Step(
            -(beta * (-(squared / (2 * sigma**2)) - n / 2 * constant - rate)),
            "The ELBO is the log likelihood minus the rate (D3.6). The log likelihood "
            "of a Gaussian is D2.14.",
        ),
        Step(
            beta * squared / (2 * sigma**2) + beta * n / 2 * constant + beta * rate,
            "The minus signs cancel.",
        ),
        Step(
            squared / n + sigma**2 * constant + beta * rate,
            r"Choose $\sigma^2 = \beta D / 2$. Then $\beta / (2 \sigma^2) = 1 / D$ and "
            r"$\beta D / 2 = \sigma^2$. The first and the last term are the mean "
            r"squared error plus $\beta$ times the KL; the middle one is a constant.",
        ),
    )


def clip_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random clips and betas; the ELBO by torch.distributions."""
    return [_clip_case(rng) for _ in range(N_CASES)]


def _clip_case(rng: torch.Generator) -> AtomValues:
    clip, mean = draw.normal(rng, 2, PIXELS)
    weight, n_pixels = draw.normal(rng).exp(), torch.tensor(PIXELS).double()
    deviation = (weight * n_pixels / 2).sqrt()
    approximate = Normal(draw.normal(rng), draw.normal(rng).exp())
    unit = Normal(*torch.tensor([0.0, 1.0]).double())
    likelihood = Normal(mean, deviation).log_prob(clip).sum()
    return {
        **{x: clip, decoded: mean, beta: weight, sigma: deviation, n: n_pixels},
        **{q: approximate, prior: unit, KL: kl_divergence},
        ELBO: likelihood - kl_divergence(approximate, unit),
    }


SIGMA_OF_BETA = Derivation(
    "D3.4",
    "The mean squared error plus beta times the KL is the negative ELBO of one sigma, "
    "scaled and shifted.",
    sigma_steps,
    "Rybkin et al. 2021, section 3.1",
    clip_cases,
    proves=("E3.4.1",),
)

SIGMA_LINE = OpenLine(
    "D3.4b",
    "D3.4",
    beta * n / 2,
    {beta: (0.01, 2.0), n: (1.0, 50.0)},
    (
        WrongLine(
            "the number of pixels is missing",
            beta / 2,
            "The squared error is a mean over D pixels, but the log likelihood is a "
            "sum: 1 / D must equal beta / (2 sigma^2).",
        ),
        WrongLine(
            "the factor one half is missing",
            beta * n,
            "The exponent of the Gaussian is the squared error over 2 sigma^2.",
        ),
        WrongLine(
            "sigma in place of its square",
            sqrt(beta * n / 2),
            "That is sigma. The variance, sigma squared, was asked for.",
        ),
        WrongLine(
            "the pixels divide",
            beta / (2 * n),
            "Solve 1 / D = beta / (2 sigma^2) for sigma^2: D stands in the numerator.",
        ),
    ),
)

# D3.16: the most likely sigma.

count, total = symbols("N S")

with unevaluated():
    calibration_steps = (
        Step(
            D(count * log(sigma) + total / (2 * sigma**2), sigma),
            r"The derivative by $\sigma$ of the negative log-likelihood (D2.14) of $N$ "
            r"values with the summed squared error $S$. The constant "
            r"$\frac{N}{2} \log 2 \pi$ has no derivative.",
        ),
        Step(
            count / sigma - total / sigma**3,
            r"The derivative of $\log \sigma$ is $1 / \sigma$; that of "
            r"$\frac12 \sigma^{-2}$ is $-\sigma^{-3}$.",
        ),
        Step(
            count / sigma**3 * (sigma**2 - total / count),
            r"Factor out $N / \sigma^3$. The derivative is negative below "
            r"$\sigma^2 = S / N$ and positive above: the most likely variance is the "
            "mean squared error.",
        ),
    )


def error_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random numbers of values, errors and sigmas."""
    return [
        {
            count: torch.randint(1, 20, (), generator=rng).double(),
            total: draw.normal(rng).exp(),
            sigma: (draw.normal(rng) / 2).exp(),
        }
        for _ in range(N_CASES)
    ]


CALIBRATION = Derivation(
    "D3.16",
    "The most likely variance of the pixels is the mean squared error.",
    calibration_steps,
    "Rybkin et al. 2021, section 3.2",
    error_cases,
)
