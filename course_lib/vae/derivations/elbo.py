"""E3.1: log p(x) as ELBO plus KL. E3.2: the bound is tight at the true posterior."""

from collections.abc import Callable, Sequence

import torch
from sympy import Dummy, Eq, Function, Symbol, log, symbols
from torch import Tensor
from torch.autograd.functional import hessian, jacobian
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import (
    DivergenceBetween,
    Expectation,
    IntegralOver,
    Probability,
    Supremum,
    unevaluated,
)
from course_lib.vae.derivations import random_cases as draw
from course_lib.vae.elbo import elbo
from course_lib.vae.linear_gaussian import (
    LinearGaussian,
    decode,
    log_evidence,
    posterior,
)

AXES, LATENTS = 4, 2
NEWTON_STEPS, N_RANDOM = 30, 500  # candidates for the largest ELBO

x, z, q = symbols("x z q")
KL = symbols(r"\operatorname{KL}")
prior, exact = Symbol("p(z)"), Symbol(r"p(z \mid x)")
p, p_prior, p_likelihood, q_density = map(Dummy, "pppq")
bound = Function(r"\operatorname{ELBO}")

with unevaluated():
    joint = Probability(p_likelihood, x, z) * Probability(p_prior, z)
    decomposition = (
        Eq(log(Probability(p, x)), log(IntegralOver(joint, z))),
        Eq(log(Probability(p, x)), bound(q) + DivergenceBetween(KL, q, exact)),
        Eq(bound(q), Expectation(log(joint / Probability(q_density, z)), z, q)),
        Eq(
            bound(q),
            Expectation(log(Probability(p_likelihood, x, z)), z, q)
            - DivergenceBetween(KL, q, prior),
        ),
    )
    tight_bound = (
        Eq(log(Probability(p, x)), bound(exact)),
        Eq(log(Probability(p, x)), Supremum(bound(q), q)),
    )


def decomposition_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Random linear Gaussian models, their samples x, and arbitrary Gaussians q."""
    cases = [_decomposition_case(rng) for _ in range(8)]
    return (
        Comparison(cases, 1e-10, "the library's log p(x) against a sum over a grid"),
        Comparison(cases, 1e-10, "the same against the library's ELBO and a KL"),
        Comparison(cases, 1e-10, "its ELBO in closed form against Gauss-Hermite"),
        Comparison(cases, 1e-10, "the same against torch.distributions, term by term"),
    )


def _decomposition_case(rng: torch.Generator) -> AtomValues:
    model = _random_model(rng)
    sample, q_parameters = _sample(rng, model), draw.gaussian(rng, LATENTS)
    true = posterior(model, sample[None])
    q_distribution = draw.independent(q_parameters)
    prior_distribution = draw.independent(torch.zeros(2, LATENTS).double())

    def likelihood(x: Tensor, z: Tensor) -> Tensor:
        distribution = Normal(decode(model, z.T), model.sigma)
        return distribution.log_prob(x).sum(dim=1).exp()

    return {
        **{x: sample, q: q_parameters},
        **{z: draw.plane(), (z, q): draw.gauss_hermite(q_distribution)},
        prior: draw.joint(torch.zeros(2, LATENTS).double()),
        exact: MultivariateNormal(true.mean[0], true.covariance),
        KL: lambda q, other: kl_divergence(draw.joint(q), other),
        p: lambda x: log_evidence(model, x[None])[0].exp(),
        p_prior: draw.density(prior_distribution),
        p_likelihood: likelihood,
        q_density: draw.density(q_distribution),
        bound: lambda q: _expected_elbo(model, sample, q),
    }


def tight_bound_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Models whose posterior has independent axes, so that q can equal it."""
    cases = [_tight_bound_case(rng) for _ in range(8)]
    return (
        Comparison(cases, 1e-10, "the library's log p(x), its ELBO at its posterior"),
        Comparison(
            cases,
            1e-10,
            f"the largest ELBO of {N_RANDOM} random q and of Newton's method from one",
        ),
    )


def _tight_bound_case(rng: torch.Generator) -> AtomValues:
    model = _random_model(rng)
    # orthogonal columns give a diagonal posterior covariance
    weight = torch.linalg.qr(model.weight).Q * draw.normal(rng, LATENTS)
    model = model._replace(weight=weight)
    sample = _sample(rng, model)
    true = posterior(model, sample[None])
    candidates = draw.normal(rng, N_RANDOM, 2, LATENTS)

    def value(q: Tensor) -> Tensor:
        return _expected_elbo(model, sample, q)

    return {
        x: sample,
        exact: torch.stack((true.mean[0], true.covariance.diag().log())),
        q: torch.cat((candidates, _newton_iterates(value, candidates[0]))),
        p: lambda x: log_evidence(model, x[None])[0].exp(),
        bound: value,
    }


def _random_model(rng: torch.Generator) -> LinearGaussian:
    weight, bias = draw.normal(rng, AXES, LATENTS), draw.normal(rng, AXES)
    return LinearGaussian(weight, bias, 0.6 + torch.rand((), generator=rng).item())


def _sample(rng: torch.Generator, model: LinearGaussian) -> Tensor:
    mean = decode(model, draw.normal(rng, 1, LATENTS))[0]
    return mean + model.sigma * draw.normal(rng, AXES)


def _expected_elbo(model: LinearGaussian, x: Tensor, q: Tensor) -> Tensor:
    """The library's ELBO, with the exact expectation over z, of one or many q."""
    mu, logvar = q.reshape(-1, 2, LATENTS).unbind(dim=1)
    at_mu = elbo(x.expand(len(mu), -1), decode(model, mu), mu, logvar, model.sigma)
    variance = logvar.exp() @ model.weight.square().sum(dim=0)  # trace of cov(W z)
    return (at_mu.bound - variance / (2 * model.sigma**2)).view(q.shape[:-2])


def _newton_iterates(value: Callable[[Tensor], Tensor], start: Tensor) -> Tensor:
    """All iterates of Newton's method for a stationary point, the first included."""
    iterates = [start]
    for _ in range(NEWTON_STEPS):
        gradient = jacobian(value, iterates[-1])
        step = torch.linalg.tensorsolve(hessian(value, iterates[-1]), gradient)
        iterates.append(iterates[-1] - step)
    return torch.stack(iterates)


ELBO_DECOMPOSITION = Equation(
    "E3.1",
    "The log evidence is the ELBO plus the KL from q to the true posterior; the ELBO "
    "is the expected log likelihood minus the KL from q to the prior.",
    decomposition,
    "Kingma and Welling 2014, equations 1 to 3",
    decomposition_cases,
)

TIGHT_BOUND = Equation(
    "E3.2",
    "The ELBO equals log p(x) if q is the true posterior, and no q has a larger ELBO.",
    tight_bound,
    "Neal and Hinton 1998, lemmas 1 and 2",
    tight_bound_cases,
)
