"""State what log p(x) is made of, and the one code that leaves no gap: E3.1, E3.2."""

from collections.abc import Callable, Sequence

import torch
from sympy import Dummy, Eq, Function, Symbol, log, symbols
from torch import Tensor
from torch.autograd.functional import hessian, jacobian
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import (
    Divergence,
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
STEPS, GUESSES = 30, 500  # of the climb to the posterior; beside it

x, z, q = symbols("x z q")
KL = symbols(r"\operatorname{KL}")
prior, exact = Symbol("p(z)"), Symbol(r"p(z \mid x)")
p, p_code, p_shown, q_at = map(Dummy, "pppq")
bound = Function(r"\operatorname{ELBO}")

with unevaluated():
    together = Probability(p_shown, x, z) * Probability(p_code, z)
    two_parts = (
        Eq(log(Probability(p, x)), log(IntegralOver(together, z))),
        Eq(log(Probability(p, x)), bound(q) + Divergence(KL, q, exact)),
        Eq(bound(q), Expectation(log(together / Probability(q_at, z)), z, q)),
        Eq(
            bound(q),
            Expectation(log(Probability(p_shown, x, z)), z, q)
            - Divergence(KL, q, prior),
        ),
    )
    no_gap = (
        Eq(log(Probability(p, x)), bound(exact)),
        Eq(log(Probability(p, x)), Supremum(bound(q), q)),
    )


def take_apart(rng: torch.Generator) -> Sequence[Comparison]:
    """Random lines, clips that they draw, and codes that do not fit them."""
    cases = [_parts(rng) for _ in range(8)]
    return (
        Comparison(cases, 1e-10, "the library's log p(x) against a sum over a grid"),
        Comparison(cases, 1e-10, "the same against the library's ELBO and a KL"),
        Comparison(cases, 1e-10, "its ELBO in closed form against Gauss-Hermite"),
        Comparison(cases, 1e-10, "the same against torch.distributions, term by term"),
    )


def _parts(rng: torch.Generator) -> AtomValues:
    model = _model(rng)
    seen, guess = _clip(rng, model), draw.code(rng, LATENTS)
    true = posterior(model, seen[None])
    standard, own = (
        draw.independent(torch.zeros(2, LATENTS).double()),
        draw.independent(guess),
    )

    def shown(seen: Tensor, z: Tensor) -> Tensor:
        drawn = Normal(decode(model, z.T), model.sigma)
        return drawn.log_prob(seen).sum(dim=1).exp()

    return {
        **{x: seen, q: guess, z: draw.plane(), (z, q): draw.gauss_hermite(own)},
        prior: draw.joint(torch.zeros(2, LATENTS).double()),
        exact: MultivariateNormal(true.mean[0], true.covariance),
        KL: lambda guess, law: kl_divergence(draw.joint(guess), law),
        p: lambda seen: log_evidence(model, seen[None])[0].exp(),
        p_code: draw.density(standard),
        p_shown: shown,
        q_at: draw.density(own),
        bound: lambda guess: _bound(model, seen, guess),
    }


def climb(rng: torch.Generator) -> Sequence[Comparison]:
    """Lines whose posterior has independent axes, so that a code can reach it."""
    cases = [_reachable(rng) for _ in range(8)]
    return (
        Comparison(cases, 1e-10, "the library's log p(x), its ELBO at its posterior"),
        Comparison(
            cases, 1e-10, f"the best of {GUESSES} codes and of a climb from one"
        ),
    )


def _reachable(rng: torch.Generator) -> AtomValues:
    model = _model(rng)
    upright = torch.linalg.qr(model.weight).Q * draw.normal(rng, LATENTS)
    model = model._replace(weight=upright)
    seen = _clip(rng, model)
    true = posterior(model, seen[None])
    guesses = draw.normal(rng, GUESSES, 2, LATENTS)

    def value(guess: Tensor) -> Tensor:
        return _bound(model, seen, guess)

    return {
        x: seen,
        exact: torch.stack((true.mean[0], true.covariance.diag().log())),
        q: torch.cat((guesses, _climb(value, guesses[0]))),
        p: lambda seen: log_evidence(model, seen[None])[0].exp(),
        bound: value,
    }


def _model(rng: torch.Generator) -> LinearGaussian:
    weight, bias = draw.normal(rng, AXES, LATENTS), draw.normal(rng, AXES)
    return LinearGaussian(weight, bias, 0.6 + torch.rand((), generator=rng).item())


def _clip(rng: torch.Generator, model: LinearGaussian) -> Tensor:
    mean = decode(model, draw.normal(rng, 1, LATENTS))[0]
    return mean + model.sigma * draw.normal(rng, AXES)


def _bound(model: LinearGaussian, seen: Tensor, codes: Tensor) -> Tensor:
    """The library's bound in the exact mean over z, of one code or of many."""
    mu, logvar = codes.reshape(-1, 2, LATENTS).unbind(dim=1)
    at_mu = elbo(seen.expand(len(mu), -1), decode(model, mu), mu, logvar, model.sigma)
    spread = logvar.exp() @ model.weight.square().sum(dim=0)  # of W z about W mu
    return (at_mu.bound - spread / (2 * model.sigma**2)).view(codes.shape[:-2])


def _climb(value: Callable[[Tensor], Tensor], start: Tensor) -> Tensor:
    """Newton's way up: every code on it, the first included."""
    way = [start]
    for _ in range(STEPS):
        slope, bend = jacobian(value, way[-1]), hessian(value, way[-1])
        step = torch.linalg.tensorsolve(bend, slope)
        way.append(way[-1] - step)
    return torch.stack(way)


TWO_PARTS = Equation(
    "E3.1",
    "What a clip's probability is worth in nats is the ELBO plus the KL from the code "
    "to the true posterior; the ELBO is what the code explains, less what it costs.",
    two_parts,
    "Kingma and Welling 2014, equations 1 to 3",
    take_apart,
)

NO_GAP = Equation(
    "E3.2",
    "At the true posterior the ELBO is log p(x), and no code lifts it higher.",
    no_gap,
    "Neal and Hinton 1998, lemmas 1 and 2",
    climb,
)
