"""D1.6, D1.15 and D1.16: JSD and W1 of point masses, and one half of the duality."""

from collections.abc import Callable, Sequence

import torch
from sympy import Abs, Function, Rational, log, symbols
from torch import Tensor

from course_lib.gan.derivations import random_cases as draw
from course_lib.mathematics.derivation import Derivation, Step
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import DivergenceBetween, Expectation, unevaluated

N_OUTCOMES, N_SAMPLES = 6, 5

# D1.6: two point masses at different outcomes.

delta_0, delta_theta, m = symbols(r"\delta_0 \delta_theta m")
KL, JSD = symbols(r"\operatorname{KL} \operatorname{JSD}")
half = Rational(1, 2)

with unevaluated():
    jensen_shannon_steps = (
        Step(
            DivergenceBetween(JSD, delta_0, delta_theta),
            r"The Jensen-Shannon divergence of two point masses, at 0 and at "
            r"$\theta \ne 0$.",
        ),
        Step(
            half * DivergenceBetween(KL, delta_0, m)
            + half * DivergenceBetween(KL, delta_theta, m),
            r"Its definition, with the mean $m = \frac12 (\delta_0 + \delta_\theta)$.",
        ),
        Step(
            half * (1 * log(1 / half)) + half * (1 * log(1 / half)),
            r"Each sum $\sum p \log(p / m)$ has one term: there $p = 1$ and "
            r"$m = \frac12$. Outcomes of probability 0 add nothing.",
        ),
        Step(
            log(2),
            r"Both terms are $\frac12 \log 2$. The value does not depend on "
            r"$\theta$, so its gradient is 0.",
        ),
    )


def outcome_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Two point masses among a few outcomes."""
    return [_outcomes(rng) for _ in range(16)]


def _outcomes(rng: torch.Generator) -> AtomValues:
    first, second = torch.eye(N_OUTCOMES, dtype=torch.float64)[
        torch.randperm(N_OUTCOMES, generator=rng)[:2]
    ]

    def kl(p: Tensor, q: Tensor) -> Tensor:
        return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum()

    def entropy(p: Tensor) -> Tensor:
        return -torch.xlogy(p, p).sum()

    def jensen_shannon(p: Tensor, q: Tensor) -> Tensor:
        return entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2

    return {
        **{delta_0: first, delta_theta: second, m: (first + second) / 2},
        **{KL: kl, JSD: jensen_shannon},
    }


POINT_MASS_JSD = Derivation(
    "D1.6",
    "Two point masses at different positions have the Jensen-Shannon divergence log 2.",
    jensen_shannon_steps,
    "Arjovsky et al. 2017, example 1",
    outcome_cases,
    proves=("E1.6.1",),
)

# D1.15: the Wasserstein distance of the same point masses.

x, y, a, theta, pi = symbols("x y a theta pi")
first_mass, second_mass = symbols(r"\delta_a \delta_{a+\theta}")
W = Function("W_1")

with unevaluated():
    distance_steps = (
        Step(
            W(first_mass, second_mass),
            r"The Wasserstein-1 distance of the point masses at $a$ and at "
            r"$a + \theta$: the least expected distance over all joint distributions "
            "of both. In E1.6, $a = 0$.",
        ),
        Step(
            Expectation(Abs(x - y), x, y, pi),
            r"There is only one joint distribution $\pi$: all of its mass lies at "
            r"$x = a$, $y = a + \theta$. So it is the least.",
        ),
        Step(Abs(a - (a + theta)), "The expectation of a single value."),
        Step(
            Abs(theta),
            r"The distance is $|\theta|$: its gradient does not vanish.",
        ),
    )


def distance_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Point masses at random positions."""
    return [_distance_case(*draw.uniform(rng, -9.0, 9.0, 2)) for _ in range(16)]


def _distance_case(position: Tensor, shift: Tensor) -> AtomValues:
    def distance(p: Tensor, q: Tensor) -> Tensor:
        return (p.sort().values - q.sort().values).abs().mean()

    pair = position.view(1), (position + shift).view(1)
    return {
        **dict(zip((first_mass, second_mass), pair, strict=True)),
        **{W: distance, a: position, theta: shift},
        (x, y, pi): WeightedPoints(pair, torch.ones(1, dtype=torch.float64)),
    }


POINT_MASS_DISTANCE = Derivation(
    "D1.15",
    "The Wasserstein-1 distance of two point masses is the distance of the points.",
    distance_steps,
    "Arjovsky et al. 2017, example 1",
    distance_cases,
    proves=("E1.6.2",),
)

# D1.16: no 1-Lipschitz function separates two means by more than a transport costs.

p, q = symbols("p q")
f = Function("f")


def measured(
    value: Callable[[Tensor, Tensor, Callable[[Tensor], Tensor]], Tensor],
) -> Callable[[AtomValues], Tensor]:
    """The mean over all pairs of the joint distribution, one pair after the other."""

    def measure(case: AtomValues) -> Tensor:
        pairs = zip(*case[x, y, pi].points, strict=True)
        values = [value(first, second, case[f]) for first, second in pairs]
        return torch.stack(values).mean()

    return measure


with unevaluated():
    duality_steps = (
        Step(
            Expectation(f(x), x, p) - Expectation(f(y), y, q),
            "The difference of the means of a 1-Lipschitz function $f$.",
        ),
        Step(
            Expectation(f(x) - f(y), x, y, pi),
            r"$\pi$ is any joint distribution whose marginal distributions are $p$ and "
            "$q$, and the expectation of a difference is the difference of the "
            "expectations.",
        ),
        Step(
            Expectation(Abs(f(x) - f(y)), x, y, pi),
            r"$u \le |u|$.",
            relation="<=",
            measure=measured(lambda one, other, f: (f(one) - f(other)).abs()),
        ),
        Step(
            Expectation(Abs(x - y), x, y, pi),
            r"$f$ is 1-Lipschitz: $|f(x) - f(y)| \le |x - y|$. This holds for every "
            r"$f$ and every $\pi$, so the largest left side is at most the least right "
            "side, $W_1(p, q)$.",
            relation="<=",
            measure=measured(lambda one, other, _: (one - other).abs()),
        ),
    )


def duality_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Samples paired at random, and a function with slopes from -1 to 1."""
    return [_duality_case(rng) for _ in range(16)]


def _duality_case(rng: torch.Generator) -> AtomValues:
    sources, targets = draw.uniform(rng, -3.0, 3.0, 2, N_SAMPLES)
    targets = targets[torch.randperm(N_SAMPLES, generator=rng)]
    frequency, phase = draw.uniform(rng, 0.3, 1.0), draw.uniform(rng, -3.0, 3.0)
    weights = torch.full((N_SAMPLES,), 1 / N_SAMPLES, dtype=torch.float64)
    return {
        f: lambda at: torch.sin(frequency * at + phase),
        (x, p): WeightedPoints((sources,), weights),
        (y, q): WeightedPoints((targets.sort().values,), weights),
        (x, y, pi): WeightedPoints((sources, targets), weights),
    }


WEAK_DUALITY = Derivation(
    "D1.16",
    "No 1-Lipschitz function has means that differ by more than the cost of a "
    "transport: the inequality in the Kantorovich-Rubinstein duality.",
    duality_steps,
    "Villani 2009, section 5, the simple half of theorem 5.10",
    duality_cases,
)
