"""D3.1, D3.2 and D3.6 to D3.8: the evidence lower bound, twice, and its two terms."""

from collections.abc import Callable, Sequence

import torch
from sympy import Dummy, Function, Symbol, log, symbols
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import (
    DivergenceBetween,
    Expectation,
    IntegralOver,
    Probability,
    unevaluated,
)
from course_lib.vae.derivations import random_cases as draw

PIXELS, N_CASES = 2, 16

x, z, q = symbols("x z q")
KL = symbols(r"\operatorname{KL}")
prior, exact = Symbol("p(z)"), Symbol(r"p(z \mid x)")
p_x, p_prior, p_likelihood, p_posterior, q_z = map(Dummy, "ppppq")
bound = Function(r"\operatorname{ELBO}")

with unevaluated():
    evidence = Probability(p_x, x)
    likelihood = Probability(p_likelihood, x, z)
    prior_density = Probability(p_prior, z)
    posterior_density = Probability(p_posterior, z, x)
    density = Probability(q_z, z)
    joint = likelihood * prior_density
    gap_steps = (
        Step(
            DivergenceBetween(KL, q, exact),
            "How far an approximate posterior $q(z)$ is from the true posterior "
            r"$p(z \mid x)$.",
        ),
        Step(
            Expectation(log(density / posterior_density), z, q),
            "The definition of the Kullback-Leibler divergence.",
        ),
        Step(
            Expectation(log(density * evidence / joint), z, q),
            r"Bayes' rule: $p(z \mid x) = p(x \mid z) p(z) / p(x)$.",
        ),
        Step(
            Expectation(log(density / joint), z, q) + log(evidence),
            r"The logarithm of a product is a sum, and $\log p(x)$ does not depend on "
            "$z$.",
        ),
        Step(
            log(evidence) - Expectation(log(joint / density), z, q),
            r"$\log (1 / u) = -\log u$.",
        ),
        Step(
            log(evidence) - bound(q),
            r"The definition of the ELBO. So $\log p(x)$ is the ELBO plus this "
            "divergence, which is never negative (D3.8): the ELBO is a lower bound.",
        ),
    )
    jensen_steps = (
        Step(log(evidence), r"The evidence, $\log p(x)$."),
        Step(
            log(IntegralOver(joint, z)),
            "The law of total probability: $x$ can have come from every $z$.",
        ),
        Step(
            log(IntegralOver(density * (joint / density), z)),
            "Multiply and divide by a density $q(z)$ that is nowhere 0.",
        ),
        Step(
            log(Expectation(joint / density, z, q)),
            "An integral with the factor $q(z)$ is an expectation over $q$.",
        ),
        Step(
            Expectation(log(joint / density), z, q),
            "Jensen's inequality: the logarithm is concave, so the logarithm of a mean "
            "is at least the mean of the logarithms. Both are equal only if the ratio "
            r"is the same for all $z$, that is, if $q(z) = p(z \mid x)$.",
            relation=">=",
        ),
        Step(bound(q), "The definition of the ELBO."),
    )
    terms_steps = (
        Step(
            bound(q),
            "The ELBO of an approximate posterior $q$.",
        ),
        Step(
            Expectation(log(joint / density), z, q),
            "Its definition.",
        ),
        Step(
            Expectation(log(likelihood) + log(prior_density / density), z, q),
            "The logarithm of a product is a sum.",
        ),
        Step(
            Expectation(log(likelihood), z, q)
            + Expectation(log(prior_density / density), z, q),
            "The expectation of a sum is a sum.",
        ),
        Step(
            Expectation(log(likelihood), z, q)
            - Expectation(log(density / prior_density), z, q),
            r"$\log (1 / u) = -\log u$.",
        ),
        Step(
            Expectation(log(likelihood), z, q) - DivergenceBetween(KL, q, prior),
            "The definition of the Kullback-Leibler divergence. The first term rewards "
            "a good reconstruction; the second is the rate.",
        ),
    )
    tight_steps = (
        Step(
            bound(exact),
            r"The ELBO, if $q$ is the true posterior $p(z \mid x)$.",
        ),
        Step(
            Expectation(log(joint / posterior_density), z, exact),
            "Its definition.",
        ),
        Step(
            Expectation(
                log(posterior_density * evidence / posterior_density), z, exact
            ),
            r"The product rule, in both orders: "
            r"$p(x \mid z) p(z) = p(z \mid x) p(x)$.",
        ),
        Step(
            log(evidence),
            "The posterior cancels, and a constant is its own expectation. The bound "
            "is tight.",
        ),
    )
    gibbs_steps = (
        Step(
            -DivergenceBetween(KL, q, prior),
            "The negative of a Kullback-Leibler divergence, here of $q(z)$ from "
            "$p(z)$.",
        ),
        Step(
            Expectation(log(prior_density / density), z, q),
            r"Its definition, with $-\log u = \log (1 / u)$.",
        ),
        Step(
            Expectation(prior_density / density - 1, z, q),
            r"$\log u \le u - 1$: the logarithm lies below its tangent at $u = 1$, and "
            "touches it only there.",
            relation="<=",
        ),
        Step(
            IntegralOver(prior_density, z) - IntegralOver(density, z),
            "In the expectation over $q$ the density $q(z)$ cancels. Both integrals "
            "are 1, so the difference is 0: the divergence is never negative, and it "
            "is 0 only if $u = p(z) / q(z)$ is 1 everywhere.",
        ),
    )


def linear_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Linear Gaussian models with one latent axis, their samples, and arbitrary q."""
    return [_linear_case(rng) for _ in range(N_CASES)]


def _linear_case(rng: torch.Generator) -> AtomValues:
    weight, bias = 2.4 * torch.rand(2, PIXELS, generator=rng).double() - 1.2
    sigma = 0.8 + 0.6 * torch.rand((), generator=rng).double()
    sample = bias + weight * draw.normal(rng) + sigma * draw.normal(rng, PIXELS)
    precision = 1 + (weight / sigma).square().sum()
    posterior = Normal(
        (weight * (sample - bias)).sum() / sigma**2 / precision, precision**-0.5
    )
    unit = Normal(*torch.tensor([0.0, 1.0]).double())
    approximate = Normal(
        draw.normal(rng) / 2, 0.5 + 0.7 * torch.rand((), generator=rng).double()
    )
    covariance = torch.outer(weight, weight) + sigma**2 * torch.eye(PIXELS).double()
    of_x = MultivariateNormal(bias, covariance).log_prob(sample).exp()
    (points,), weights = grid = draw.line()

    def likelihood_of(_: Tensor, z: Tensor) -> Tensor:
        decoded = Normal(bias + weight * z.unsqueeze(1), sigma)
        return decoded.log_prob(sample).sum(1).exp()

    def density_of(distribution: Normal) -> Callable[..., Tensor]:
        return lambda z, *_: distribution.log_prob(z).exp()

    def elbo(distribution: Normal) -> Tensor:
        mean, variance = distribution.mean, distribution.variance
        at_mean = Normal(bias + weight * mean, sigma).log_prob(sample).sum()
        spread = variance * weight.square().sum() / (2 * sigma**2)
        return at_mean - spread - kl_divergence(distribution, unit)

    return {
        **{x: sample, z: grid, q: approximate, prior: unit, exact: posterior},
        **{
            (z, name): WeightedPoints(
                (points,), weights * density.log_prob(points).exp()
            )
            for name, density in ((q, approximate), (exact, posterior))
        },
        **{KL: kl_divergence, bound: elbo},
        p_x: lambda _: of_x,
        p_likelihood: likelihood_of,
        p_prior: density_of(unit),
        p_posterior: density_of(posterior),
        q_z: density_of(approximate),
    }


GAP = Derivation(
    "D3.1",
    "The log evidence is the ELBO plus the divergence of q from the true posterior.",
    gap_steps,
    "Kingma and Welling 2014, equation 1",
    linear_cases,
    proves=("E3.1.2",),
)

JENSEN = Derivation(
    "D3.2",
    "The ELBO is a lower bound of the log evidence, by Jensen's inequality.",
    jensen_steps,
    "Jordan et al. 1999, section 6; Rezende et al. 2014, equations 5 and 6",
    linear_cases,
    proves=("E3.1.1", "E3.2.2"),
)

TWO_TERMS = Derivation(
    "D3.6",
    "The ELBO is the expected log likelihood minus the divergence from the prior.",
    terms_steps,
    "Kingma and Welling 2014, equations 2 and 3",
    linear_cases,
    proves=("E3.1.4",),
)

TIGHT = Derivation(
    "D3.7",
    "The bound equals the log evidence if q is the true posterior.",
    tight_steps,
    "Neal and Hinton 1998, lemma 1",
    linear_cases,
    proves=("E3.2.1",),
)

GIBBS = Derivation(
    "D3.8",
    "A Kullback-Leibler divergence is never negative (Gibbs' inequality).",
    gibbs_steps,
    "Cover and Thomas 2006, theorem 2.6.3, here by the tangent of the logarithm",
    linear_cases,
)
