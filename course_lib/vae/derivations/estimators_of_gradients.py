"""D3.3 and D3.9 to D3.13: both gradient estimators, their means and variances."""

from collections.abc import Callable, Sequence

import torch
from sympy import Derivative as D
from sympy import Function, Subs, symbols
from torch import Tensor
from torch.distributions import Normal

from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import Expectation, IntegralOver, unevaluated
from course_lib.vae.derivations import random_cases as draw

N_CASES, NODES = 16, 8

z, mu, sigma, eps, q, noise = symbols(r"z mu sigma epsilon q \mathcal{N}(0\,1)")
f, density = Function("f"), Function("q")
density_rate = Function(r"\partial_\mu q")
score = Function(r"\partial_\mu\log{q}")

with unevaluated():
    sample = mu + sigma * eps
    at_sample = Subs(D(f(z), z), z, sample)
    gradient = Step(
        D(IntegralOver(f(z) * density(z, mu), z), mu),
        r"The gradient of an expectation over $z \sim N(\mu, \sigma^2)$ by the mean of "
        r"that distribution: $\mu$ stands in the density $q(z; \mu)$.",
    )
    mean_steps = (
        gradient,
        Step(
            D(Expectation(f(sample), eps, noise), mu),
            r"Substitute $z = \mu + \sigma \epsilon$: then $\epsilon$ is standard "
            r"normal. Now $\mu$ stands in the argument of $f$.",
        ),
        Step(
            Expectation(at_sample, eps, noise),
            r"The distribution of $\epsilon$ does not depend on $\mu$, so the "
            "derivative is taken inside the expectation. By the chain rule it is that "
            r"of $f$ at $z$, times $\partial z / \partial \mu = 1$.",
        ),
        Step(
            Expectation(D(f(z), z), z, q),
            r"Write $z$ for $\mu + \sigma \epsilon$ again. A sample of $f'(z)$ is an "
            "unbiased estimate of the gradient.",
        ),
    )
    deviation_steps = (
        Step(
            D(Expectation(f(sample), eps, noise), sigma),
            r"The gradient by the standard deviation, after the same substitution "
            r"$z = \mu + \sigma \epsilon$.",
        ),
        Step(
            Expectation(at_sample * eps, eps, noise),
            "The derivative is taken inside the expectation. The chain rule gives the "
            r"factor $\partial z / \partial \sigma = \epsilon$.",
        ),
        Step(
            Expectation(D(f(z), z) * (z - mu) / sigma, z, q),
            r"Write $z$ again; $\epsilon = (z - \mu) / \sigma$.",
        ),
    )
    score_steps = (
        gradient,
        Step(
            IntegralOver(f(z) * density_rate(z), z),
            r"$f$ and $z$ do not depend on $\mu$: differentiate the density inside the "
            "integral.",
        ),
        Step(
            IntegralOver(f(z) * density(z, mu) * score(z), z),
            r"The derivative of a logarithm: "
            r"$\partial_\mu \log q = \partial_\mu q / q$, so "
            r"$\partial_\mu q = q \, \partial_\mu \log q$.",
        ),
        Step(
            IntegralOver(f(z) * density(z, mu) * ((z - mu) / sigma**2), z),
            r"$\log q = -(z - \mu)^2 / (2 \sigma^2)$ plus a constant. Its derivative "
            r"by $\mu$, the score, is $(z - \mu) / \sigma^2$.",
        ),
        Step(
            Expectation(f(z) * ((z - mu) / sigma**2), z, q),
            "An integral with the factor $q$ is an expectation. No derivative of $f$ "
            "is needed.",
        ),
    )


def curve_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random cubics f and Gaussians; derivatives by autograd."""
    return [_curve_case(rng) for _ in range(N_CASES)]


def _curve_case(rng: torch.Generator) -> AtomValues:
    coefficients, mean = draw.normal(rng, 4), draw.normal(rng) / 2
    deviation = 0.5 + 0.6 * torch.rand((), generator=rng).double()
    unit = Normal(*torch.tensor([0.0, 1.0]).double())

    def curve(at: Tensor) -> Tensor:
        constant, linear, quadratic, cubic = coefficients
        return constant + at * (linear + at * (quadratic + at * cubic))

    def log_density(at: Tensor, center: Tensor) -> Tensor:
        return Normal(center, deviation).log_prob(at)

    def by_mean(function: Callable[[Tensor, Tensor], Tensor]) -> Callable:
        """The derivative by the mean at each point."""

        def rate(at: Tensor) -> Tensor:
            centers = mean.expand_as(at).clone().requires_grad_()
            return torch.autograd.grad(function(at, centers).sum(), centers)[0]

        return rate

    return {
        **{mu: mean, sigma: deviation, f: curve, z: draw.line()},
        (z, q): draw.nodes_on_a_line(Normal(mean, deviation), NODES),
        (eps, noise): draw.nodes_on_a_line(unit, NODES),
        density: lambda at, center: log_density(at, center).exp(),
        density_rate: by_mean(lambda at, center: log_density(at, center).exp()),
        score: by_mean(log_density),
    }


REPARAMETERIZATION = Derivation(
    "D3.3",
    "The reparameterization gradient: the derivative moves inside the expectation.",
    mean_steps,
    "Kingma and Welling 2014, section 2.4",
    curve_cases,
    proves=("E3.3.4",),
)

REPARAMETERIZATION_OF_SIGMA = Derivation(
    "D3.9",
    "The reparameterization gradient by the standard deviation.",
    deviation_steps,
    "Kingma and Welling 2014, section 2.4",
    curve_cases,
)

SCORE_FUNCTION = Derivation(
    "D3.10",
    "The score-function estimator needs no derivative of f.",
    score_steps,
    "Williams 1992, theorem 1, for a Gaussian",
    curve_cases,
    proves=("E3.3.3", "E3.3.5"),
)

SCORE_LINE = OpenLine(
    "D3.10b",
    "D3.10",
    (z - mu) / sigma**2,
    {z: (-2.0, 2.0), mu: (-2.0, 2.0), sigma: (0.3, 2.0)},
    (
        WrongLine(
            "the derivative by z",
            (mu - z) / sigma**2,
            "That is the derivative of log q by z. The score is the derivative by the "
            "parameter mu, which has the other sign.",
        ),
        WrongLine(
            "sigma in place of its square",
            (z - mu) / sigma,
            "The exponent of a Gaussian contains the variance: "
            "(z - mu)^2 / (2 sigma^2).",
        ),
        WrongLine(
            "the factor one half is kept",
            (z - mu) / (2 * sigma**2),
            "The derivative of the square brings a factor 2, which cancels the 1/2.",
        ),
        WrongLine(
            "the exponent itself",
            -((z - mu) ** 2) / (2 * sigma**2),
            "That is log q up to a constant. Differentiate it by mu.",
        ),
    ),
)

# D3.11 to D3.13: for a parabola f.

a, b = symbols("a b")
r = Function("r")

with unevaluated():
    derivative_at_mean = 2 * a * mu + b
    expected_steps = (
        Step(
            Expectation(2 * a * z + b, z, q),
            "The mean of the reparameterization gradient $r(z) = f'(z)$ for the "
            "parabola $f(z) = a z^2 + b z + c$.",
        ),
        Step(
            2 * a * Expectation(z, z, q) + b,
            "The expectation of a sum is a sum; constants stand outside.",
        ),
        Step(derivative_at_mean, r"The mean of $z$ is $\mu$."),
    )
    pathwise_steps = (
        Step(
            Expectation((2 * a * z + b - derivative_at_mean) ** 2, z, q),
            r"The variance of the reparameterization gradient $r(z) = 2 a z + b$, "
            r"whose mean is $2 a \mu + b$.",
        ),
        Step(
            Expectation((2 * a * (z - mu)) ** 2, z, q),
            "$b$ cancels.",
        ),
        Step(
            4 * a**2 * Expectation((z - mu) ** 2, z, q),
            "The constant factor is squared and stands outside.",
        ),
        Step(4 * a**2 * sigma**2, r"The variance of $z$ is $\sigma^2$."),
    )
    score_variance_steps = (
        Step(
            Expectation((f(z) * ((z - mu) / sigma**2) - r(mu)) ** 2, z, q),
            "The variance of the score-function estimator for the parabola "
            r"$f(z) = a z^2 + b z + c$. Its mean is $r(\mu) = 2 a \mu + b$, as that of "
            "the other estimator.",
        ),
        Step(
            Expectation((f(sample) * (eps / sigma) - r(mu)) ** 2, eps, noise),
            r"Substitute $z = \mu + \sigma \epsilon$.",
        ),
        Step(
            Expectation(
                ((f(mu) + a * sigma**2 * eps**2) * (eps / sigma) + r(mu) * (eps**2 - 1))
                ** 2,
                eps,
                noise,
            ),
            r"For a parabola $f(\mu + \sigma \epsilon) = f(\mu) + r(\mu) \sigma "
            r"\epsilon + a \sigma^2 \epsilon^2$.",
        ),
        Step(
            Expectation((f(mu) + a * sigma**2 * eps**2) ** 2 * eps**2, eps, noise)
            / sigma**2
            + r(mu) ** 2 * Expectation((eps**2 - 1) ** 2, eps, noise),
            r"The mixed term of the square has only odd powers of $\epsilon$, and "
            "their expectation is 0.",
        ),
        Step(
            (f(mu) ** 2 + 6 * a * f(mu) * sigma**2 + 15 * a**2 * sigma**4) / sigma**2
            + 2 * r(mu) ** 2,
            r"The moments of a standard normal: $E \epsilon^2 = 1$, $E \epsilon^4 = "
            r"3$, $E \epsilon^6 = 15$. So $E(\epsilon^2 - 1)^2 = 3 - 2 + 1 = 2$.",
        ),
        Step(
            6 * a**2 * sigma**2
            + 2 * r(mu) ** 2
            + (f(mu) + 3 * a * sigma**2) ** 2 / sigma**2,
            r"Complete the square: $15 = 9 + 6$. The first term alone is 1.5 times the "
            "variance of the reparameterization gradient (D3.12).",
        ),
    )


def parabola_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random parabolas and Gaussians."""
    return [_parabola_case(rng) for _ in range(N_CASES)]


def _parabola_case(rng: torch.Generator) -> AtomValues:
    quadratic, linear, constant, mean = draw.normal(rng, 4)
    deviation = 0.5 + 0.6 * torch.rand((), generator=rng).double()
    unit = Normal(*torch.tensor([0.0, 1.0]).double())
    return {
        **{a: quadratic, b: linear, mu: mean, sigma: deviation},
        f: lambda at: constant + at * (linear + at * quadratic),
        r: lambda at: linear + 2 * quadratic * at,
        (z, q): draw.nodes_on_a_line(Normal(mean, deviation), NODES),
        (eps, noise): draw.nodes_on_a_line(unit, NODES),
    }


EXPECTED_SLOPE = Derivation(
    "D3.11",
    "The gradient of a parabola's expectation is its derivative at the mean.",
    expected_steps,
    "Kingma and Welling 2014, section 2.4, for a parabola",
    parabola_cases,
    proves=("E3.3.6",),
)

PATHWISE_VARIANCE = Derivation(
    "D3.12",
    "The variance of the reparameterization gradient of a parabola.",
    pathwise_steps,
    "the course's own",
    parabola_cases,
    proves=("E3.3.7",),
)

SCORE_VARIANCE = Derivation(
    "D3.13",
    "The variance of the score-function estimator of a parabola is at least 1.5 times "
    "as large.",
    score_variance_steps,
    "the course's own",
    parabola_cases,
    proves=("E3.3.8",),
)
