"""E3.3: two gradient estimators with the same mean and different variance."""

from collections.abc import Callable, Sequence

import torch
from sympy import Add, Eq, Function, symbols
from torch import Tensor
from torch.distributions import Normal

from course_lib.mathematics.equation import Comparison, Equation
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import Expectation, Jacobian, unevaluated
from course_lib.vae.derivations import random_cases as draw
from course_lib.vae.estimators import (
    reparameterization_gradients,
    score_function_gradients,
)
from course_lib.vae.gaussian import reparameterize

Curve = Callable[[Tensor], Tensor]

N_SAMPLES = 100

a, b, c, mu, sigma, q, z = symbols("a b c mu sigma q z")
f, pathwise, score_function = map(Function, "frs")

with unevaluated():
    gradient = Jacobian(Expectation(f(z), z, q), mu)
    formula = (
        Eq(f(z), Add(a * z**2, b * z, c)),
        Eq(pathwise(z), 2 * a * z + b),
        Eq(score_function(z), f(z) * (z - mu) / sigma**2),
        Eq(gradient, Expectation(pathwise(z), z, q)),
        Eq(gradient, Expectation(score_function(z), z, q)),
        Eq(gradient, 2 * a * mu + b),
        Eq(Expectation((pathwise(z) - pathwise(mu)) ** 2, z, q), 4 * a**2 * sigma**2),
        Eq(
            Expectation((score_function(z) - pathwise(mu)) ** 2, z, q),
            Add(
                6 * a**2 * sigma**2,
                2 * pathwise(mu) ** 2,
                (f(mu) + 3 * a * sigma**2) ** 2 / sigma**2,
            ),
        ),
    )


def parabola_cases(rng: torch.Generator) -> Sequence[Comparison]:
    """Random parabolas: the library's estimates at samples, and exact expectations."""
    samples, nodes = zip(*(_parabola(rng) for _ in range(16)), strict=True)
    return (
        Comparison(samples, 1e-10, "the function f at the library's samples"),
        Comparison(
            samples, 1e-10, "r: the library's reparameterization gradients, by sample"
        ),
        Comparison(
            samples, 1e-10, "s: the library's score-function gradients, by sample"
        ),
        Comparison(nodes, 1e-10, "autograd in mu against the mean of r, Gauss-Hermite"),
        Comparison(nodes, 1e-10, "the same against the mean of s, Gauss-Hermite"),
        Comparison(nodes, 1e-10, "the same against closed form"),
        Comparison(nodes, 1e-10, "variance of r: Gauss-Hermite against closed form"),
        Comparison(nodes, 1e-10, "variance of s: Gauss-Hermite against closed form"),
    )


def _parabola(rng: torch.Generator) -> tuple[AtomValues, AtomValues]:
    """Values for one parabola: at samples of z, and at Gauss-Hermite nodes."""
    quadratic, linear, constant, mean, logvar = draw.normal(rng, 5)
    distribution = Normal(mean, (logvar / 2).exp())

    def parabola(z: Tensor) -> Tensor:
        return (quadratic * z + linear) * z + constant

    parameters = {
        **{a: quadratic, b: linear, c: constant},
        **{mu: mean, sigma: distribution.stddev, f: parabola},
    }
    (points,), weights = quadrature = draw.gauss_hermite(distribution)

    def score(z: Tensor) -> Tensor:
        means = mean.expand_as(z)  # one for each node, so that each has its derivative
        return _derivative(lambda m: Normal(m, distribution.stddev).log_prob(z), means)

    nodes = {
        (z, q): quadrature,
        gradient: _derivative(lambda m: parabola(points - mean + m) @ weights, mean),
        pathwise: lambda z: _derivative(parabola, z),
        score_function: lambda z: parabola(z) * score(z),
    }
    samples = _library_estimates(parabola, mean, logvar, rng)
    return parameters | samples, parameters | nodes


def _library_estimates(
    parabola: Curve, mean: Tensor, logvar: Tensor, rng: torch.Generator
) -> AtomValues:
    """Both of the library's estimates, from the same samples of z."""
    posterior = mean.expand(N_SAMPLES, 1), logvar.expand(N_SAMPLES, 1)
    start = rng.get_state()

    def same_generator() -> torch.Generator:
        return torch.Generator().set_state(start)

    samples = reparameterize(*posterior, rng)

    def estimates(estimator: Callable[..., Tensor]) -> Curve:
        values = estimator(lambda z: parabola(z)[:, 0], *posterior, same_generator())
        return lambda z: values.where(z == samples, torch.nan)  # defined only there

    return {
        z: samples,
        pathwise: estimates(reparameterization_gradients),
        score_function: estimates(score_function_gradients),
    }


def _derivative(function: Curve, at: Tensor) -> Tensor:
    """The derivative of an elementwise function at each element, by autograd."""
    point = at.detach().clone().requires_grad_()
    (derivative,) = torch.autograd.grad(function(point).sum(), point)
    return derivative


GRADIENT_ESTIMATORS = Equation(
    "E3.3",
    "The reparameterization gradient (r) and the score-function estimator (s) have the "
    "same mean; for a parabola f the variance of s is at least 1.5 times that of r.",
    formula,
    "Kingma and Welling 2014, section 2.4, for r; Williams 1992 for s",
    parabola_cases,
)
