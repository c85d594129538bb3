"""D3.5 and D3.14: the KL divergence of Gaussians, for one axis and for several."""

from collections.abc import Sequence

import torch
from sympy import Dummy, Rational, log, symbols
from torch import Tensor
from torch.distributions import Independent, Normal, kl_divergence

from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import (
    DivergenceBetween,
    Expectation,
    Probability,
    unevaluated,
)
from course_lib.vae.derivations import random_cases as draw

N_CASES = 16

p, q, z = symbols("p q z")
KL = symbols(r"\operatorname{KL}")
mu_q, mu_p, sigma_q, sigma_p = symbols("mu_q mu_p sigma_q sigma_p")
q_z, p_z = map(Dummy, "qp")
half = Rational(1, 2)

with unevaluated():
    scale = log(sigma_p / sigma_q)
    own, other = (z - mu_q) ** 2, (z - mu_p) ** 2
    axis_steps = (
        Step(
            DivergenceBetween(KL, q, p),
            r"Two Gaussians over one axis: $q = N(\mu_q, \sigma_q^2)$ and "
            r"$p = N(\mu_p, \sigma_p^2)$. Independent axes add up (D3.14).",
        ),
        Step(
            Expectation(log(Probability(q_z, z) / Probability(p_z, z)), z, q),
            "The definition of the Kullback-Leibler divergence.",
        ),
        Step(
            Expectation(
                scale - own / (2 * sigma_q**2) + other / (2 * sigma_p**2), z, q
            ),
            r"Insert $\log N(z; \mu, \sigma^2) = -\log \sigma - (z - \mu)^2 / "
            r"(2 \sigma^2) - \frac12 \log 2 \pi$ twice. The last term cancels.",
        ),
        Step(
            scale
            - Expectation(own, z, q) / (2 * sigma_q**2)
            + Expectation(other, z, q) / (2 * sigma_p**2),
            "The expectation of a sum is a sum; constants stand outside.",
        ),
        Step(
            scale - half + Expectation(other, z, q) / (2 * sigma_p**2),
            r"$E_q (z - \mu_q)^2$ is the variance of $q$, $\sigma_q^2$.",
        ),
        Step(
            scale - half + (sigma_q**2 + (mu_q - mu_p) ** 2) / (2 * sigma_p**2),
            r"$z - \mu_p = (z - \mu_q) + (\mu_q - \mu_p)$: the expected square is the "
            "variance plus the squared difference of the means, because the mixed term "
            "has the mean 0.",
        ),
    )


def axis_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random pairs of Gaussians over one axis."""
    return [_axis_case(rng) for _ in range(N_CASES)]


def _gaussian(rng: torch.Generator) -> Normal:
    return Normal(draw.normal(rng), (draw.normal(rng) / 2).exp())


def _density(distribution: Normal):
    return lambda at: distribution.log_prob(at).exp()


def _axis_case(rng: torch.Generator) -> AtomValues:
    one, two = _gaussian(rng), _gaussian(rng)
    return {
        **{q: one, p: two, KL: kl_divergence, q_z: _density(one), p_z: _density(two)},
        **{mu_q: one.mean, sigma_q: one.stddev, mu_p: two.mean, sigma_p: two.stddev},
        (z, q): draw.nodes_on_a_line(one),
    }


KL_OF_AN_AXIS = Derivation(
    "D3.5",
    "The KL divergence of two Gaussians over one axis.",
    axis_steps,
    "Kingma and Welling 2014, appendix B, for any p",
    axis_cases,
    proves=("E3.5.2",),
)

mu, sigma = symbols("mu sigma")
KL_LINE = OpenLine(
    "D3.5b",
    "D3.5",
    (sigma**2 + mu**2 - 1) / 2 - log(sigma),
    {mu: (-2.0, 2.0), sigma: (0.2, 2.0)},
    (
        WrongLine(
            "the logarithm has the wrong sign",
            (sigma**2 + mu**2 - 1) / 2 + log(sigma),
            "The first term is log(sigma_p / sigma_q). With sigma_p = 1 it is "
            "-log(sigma).",
        ),
        WrongLine(
            "the constant is missing",
            (sigma**2 + mu**2) / 2 - log(sigma),
            "For mu = 0 and sigma = 1 both distributions are equal and the divergence "
            "must be 0: subtract 1/2.",
        ),
        WrongLine(
            "the log variance in place of log sigma",
            (sigma**2 + mu**2 - 1) / 2 - log(sigma**2),
            "log(sigma^2) is 2 log(sigma). With the factor 1/2 outside it would be "
            "right; here the term is log(sigma).",
        ),
        WrongLine(
            "the factor one half is missing",
            sigma**2 + mu**2 - 1 - 2 * log(sigma),
            "That is twice the divergence. The exponent of a Gaussian has a factor "
            "1/2.",
        ),
        WrongLine(
            "the divergence in the other direction",
            (1 + mu**2) / (2 * sigma**2) - Rational(1, 2) + log(sigma),
            "That is the divergence of N(0, 1) from q. The mean is taken under q.",
        ),
    ),
)

# D3.14: independent axes.

z_1, z_2, q_1, q_2, p_1, p_2 = symbols("z_1 z_2 q_1 q_2 p_1 p_2")
(q_1z, q_2z), (p_1z, p_2z) = (
    map(Dummy, names) for names in (("q_1", "q_2"), ("p_1", "p_2"))
)

with unevaluated():
    first = log(Probability(q_1z, z_1) / Probability(p_1z, z_1))
    second = log(Probability(q_2z, z_2) / Probability(p_2z, z_2))
    axes_steps = (
        Step(
            DivergenceBetween(KL, q, p),
            "Two distributions over two independent axes; more axes are treated in the "
            "same way.",
        ),
        Step(
            Expectation(
                log(
                    Probability(q_1z, z_1)
                    * Probability(q_2z, z_2)
                    / (Probability(p_1z, z_1) * Probability(p_2z, z_2))
                ),
                z_1,
                z_2,
                q,
            ),
            "The definition. Independence means that the joint density is the product "
            "of the densities of the axes.",
        ),
        Step(
            Expectation(first + second, z_1, z_2, q),
            "The logarithm of a product is a sum.",
        ),
        Step(
            Expectation(first, z_1, q_1) + Expectation(second, z_2, q_2),
            "Each term depends on one axis alone; the density of the other axis "
            "integrates to 1.",
        ),
        Step(
            DivergenceBetween(KL, q_1, p_1) + DivergenceBetween(KL, q_2, p_2),
            "The definition again, for each axis.",
        ),
    )


def axes_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random pairs of Gaussians over two axes."""
    return [_axes_case(rng) for _ in range(N_CASES)]


def _axes_case(rng: torch.Generator) -> AtomValues:
    ones, twos = ([_gaussian(rng) for _ in range(2)] for _ in range(2))

    def joint(axes: list[Normal]) -> Independent:
        parameters = ([axis.mean for axis in axes], [axis.stddev for axis in axes])
        return Independent(Normal(*map(torch.stack, parameters)), 1)

    (first_nodes,), first_weights = draw.nodes_on_a_line(ones[0])
    (second_nodes,), second_weights = draw.nodes_on_a_line(ones[1])
    pairs = torch.cartesian_prod(first_nodes, second_nodes).T
    weights: Tensor = torch.outer(first_weights, second_weights).flatten()
    return {
        **{q: joint(ones), p: joint(twos), KL: kl_divergence},
        **dict(zip((q_1, q_2, p_1, p_2), (*ones, *twos), strict=True)),
        **dict(
            zip((q_1z, q_2z, p_1z, p_2z), map(_density, (*ones, *twos)), strict=True)
        ),
        (z_1, z_2, q): WeightedPoints(tuple(pairs), weights),
        (z_1, q_1): WeightedPoints((first_nodes,), first_weights),
        (z_2, q_2): WeightedPoints((second_nodes,), second_weights),
    }


KL_OF_INDEPENDENT_AXES = Derivation(
    "D3.14",
    "The KL divergences of independent axes add up.",
    axes_steps,
    "Cover and Thomas 2006, theorem 2.5.3, for independent axes",
    axes_cases,
)
