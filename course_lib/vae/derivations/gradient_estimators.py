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
from course_lib.vae.estimators import reparameterised_slopes, score_function_slopes
from course_lib.vae.gaussian import reparameterize

Curve = Callable[[Tensor], Tensor]

DRAWS = 100

a, b, c, mu, sigma, q, z = symbols("a b c mu sigma q z")
f, moved, weighed = map(Function, "frs")

with unevaluated():
    slope = Jacobian(Expectation(f(z), z, q), mu)
    formula = (
        Eq(f(z), Add(a * z**2, b * z, c)),
        Eq(moved(z), 2 * a * z + b),
        Eq(weighed(z), f(z) * (z - mu) / sigma**2),
        Eq(slope, Expectation(moved(z), z, q)),
        Eq(slope, Expectation(weighed(z), z, q)),
        Eq(slope, 2 * a * mu + b),
        Eq(Expectation((moved(z) - moved(mu)) ** 2, z, q), 4 * a**2 * sigma**2),
        Eq(
            Expectation((weighed(z) - moved(mu)) ** 2, z, q),
            Add(
                6 * a**2 * sigma**2,
                2 * moved(mu) ** 2,
                (f(mu) + 3 * a * sigma**2) ** 2 / sigma**2,
            ),
        ),
    )


def estimate(rng: torch.Generator) -> Sequence[Comparison]:
    """Random parabolas: the library's estimates, draw by draw, then at the nodes."""
    drawn, nodes = zip(*(_parabola(rng) for _ in range(16)), strict=True)
    return (
        Comparison(drawn, 1e-10, "what is differentiated, where the library draws"),
        Comparison(drawn, 1e-10, "r: the library's reparameterised slopes, each draw"),
        Comparison(drawn, 1e-10, "s: the library's score-function slopes, each draw"),
        Comparison(nodes, 1e-10, "autograd in mu against Gauss-Hermite: z moved"),
        Comparison(nodes, 1e-10, "the same against Gauss-Hermite: z weighed anew"),
        Comparison(nodes, 1e-10, "the same against closed form"),
        Comparison(nodes, 1e-10, "variance of r: Gauss-Hermite against closed form"),
        Comparison(nodes, 1e-10, "variance of s: Gauss-Hermite against closed form"),
    )


def _parabola(rng: torch.Generator) -> tuple[AtomValues, AtomValues]:
    """One parabola twice: where the library draws z, and at the nodes of its law."""
    bend, tilt, lift, mean, logvar = draw.normal(rng, 5)
    law = Normal(mean, (logvar / 2).exp())

    def parabola(z: Tensor) -> Tensor:
        return (bend * z + tilt) * z + lift

    facts = {a: bend, b: tilt, c: lift, mu: mean, sigma: law.stddev, f: parabola}
    (points,), shares = cloud = draw.gauss_hermite(law)

    def score(z: Tensor) -> Tensor:
        here = mean.expand_as(z)  # one for each node: its own slope
        return _slope(lambda m: Normal(m, law.stddev).log_prob(z), here)

    nodes = {
        (z, q): cloud,
        slope: _slope(lambda m: parabola(points - mean + m) @ shares, mean),
        moved: lambda z: _slope(parabola, z),
        weighed: lambda z: parabola(z) * score(z),
    }
    return facts | _drawn(parabola, mean, logvar, rng), facts | nodes


def _drawn(
    parabola: Curve, mean: Tensor, logvar: Tensor, rng: torch.Generator
) -> AtomValues:
    """The library's estimates of the slope, all from the same draws of z."""
    given = mean.expand(DRAWS, 1), logvar.expand(DRAWS, 1)
    start = rng.get_state()

    def again() -> torch.Generator:
        return torch.Generator().set_state(start)

    places = reparameterize(*given, rng)

    def estimates(estimator: Callable[..., Tensor]) -> Curve:
        found = estimator(lambda z: parabola(z)[:, 0], *given, again())
        return lambda z: found.where(z == places, torch.nan)  # known nowhere else

    return {
        z: places,
        moved: estimates(reparameterised_slopes),
        weighed: estimates(score_function_slopes),
    }


def _slope(function: Curve, at: Tensor) -> Tensor:
    """The slope of each element's own value, by autograd."""
    place = at.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(function(place).sum(), place)
    return slope


TWO_SLOPES = Equation(
    "E3.3",
    "Moving the samples (r) and weighing them anew (s) estimate one slope; of a "
    "parabola f, the variance of s is at least half as large again as that of r.",
    formula,
    "Kingma and Welling 2014, section 2.4, for r; Williams 1992 for s",
    estimate,
)
