"""D1.8 to D1.10 and D1.14: the best output of a discriminator, by calculus."""

from collections.abc import Sequence

import torch
from sympy import Derivative, Function, Subs, log, symbols
from torch import Tensor

from course_lib.gan.derivations import random_cases as draw
from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import IntegralOver, unevaluated

N_CASES = 64

# D1.8 and D1.9: derivatives of the integrand of V, with a = p(x), b = q(x), y = D(x).

a, b, y = symbols("a b y", positive=True)
D_star = symbols("D^*", positive=True)

with unevaluated():
    integrand = a * log(y) + b * log(1 - y)
    derivative_steps = (
        Step(
            Derivative(integrand, y),
            "The derivative of the integrand of $V$ at one point $x$ by the output "
            "$y$, with $a = p(x)$ and $b = q(x)$.",
        ),
        Step(
            a / y - b / (1 - y),
            r"$\frac{d}{dy} \log y = \frac1y$. The chain rule gives the minus sign: "
            "the derivative of $1 - y$ is $-1$.",
        ),
        Step(
            (a * (1 - y) - b * y) / (y * (1 - y)),
            "Write both fractions over the common denominator $y (1 - y)$.",
        ),
        Step(
            (a - (a + b) * y) / (y * (1 - y)),
            "Collect the terms with $y$.",
        ),
        Step(
            (a + b) * (a / (a + b) - y) / (y * (1 - y)),
            "Factor out $a + b$. The derivative is 0 at $y = a / (a + b)$, positive "
            "below and negative above: there is one maximum, and it is "
            "$D^* = p / (p + q)$.",
        ),
    )
    second_derivative_steps = (
        Step(
            Subs(Derivative(integrand, (y, 2)), y, D_star),
            "The second derivative of the same integrand at $D^* = a / (a + b)$.",
        ),
        Step(
            -(a / D_star**2) - b / (1 - D_star) ** 2,
            "Differentiate $a / y - b / (1 - y)$ once more, and insert $y = D^*$.",
        ),
        Step(
            -(a * ((a + b) / a) ** 2) - b * ((a + b) / b) ** 2,
            "$D^* = a / (a + b)$ and $1 - D^* = b / (a + b)$.",
        ),
        Step(
            -((a + b) ** 2 / a) - (a + b) ** 2 / b,
            "Cancel one factor $a$ in the first term, and $b$ in the second.",
        ),
        Step(
            -((a + b) ** 3 / (a * b)),
            r"$\frac1a + \frac1b = \frac{a + b}{ab}$. The value is negative, so the "
            "integrand has a maximum at $D^*$.",
        ),
    )


def point_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Densities a and b at one point, an output y, and the optimal output."""
    cases = []
    for _ in range(N_CASES):
        real, fake = draw.uniform(rng, 0.05, 2.0, 2)
        output = draw.uniform(rng, 0.05, 0.95)
        cases.append({a: real, b: fake, y: output, D_star: real / (real + fake)})
    return cases


INTEGRAND_DERIVATIVE = Derivation(
    "D1.8",
    "The integrand of the value function rises up to the optimal output and falls "
    "after it.",
    derivative_steps,
    "Goodfellow et al. 2014, proposition 1",
    point_cases,
    proves=("E1.2.2",),
)

INTEGRAND_CONCAVITY = Derivation(
    "D1.9",
    "The second derivative at the optimal output is negative.",
    second_derivative_steps,
    "Goodfellow et al. 2014, proposition 1",
    point_cases,
    proves=("E1.2.3",),
)

DERIVATIVE_LINE = OpenLine(
    "D1.8b",
    "D1.8",
    a / y - b / (1 - y),
    {a: (0.05, 2.0), b: (0.05, 2.0), y: (0.05, 0.95)},
    (
        WrongLine(
            "the inner derivative is missing",
            a / y + b / (1 - y),
            "The second term is b log(1 - y). The derivative of 1 - y is -1, and the "
            "chain rule multiplies by it.",
        ),
        WrongLine(
            "the derivative of log y is taken as y",
            a * y - b * (1 - y),
            "The derivative of log y is 1 / y.",
        ),
        WrongLine(
            "the first term alone",
            a / y,
            "The integrand has two terms, and both depend on y.",
        ),
    ),
)

# D1.10: the envelope theorem.

x, theta, theta_0 = symbols("x theta theta_0")
p, D, q = map(Function, ("p", r"D^*_\theta", r"q_\theta"))
D_at, q_at = map(Function, ("D^*", "q"))
D_rate, q_rate = map(Function, (r"\partial_\theta D^*", r"\partial_\theta q"))

with unevaluated():
    envelope_steps = (
        Step(
            Subs(
                Derivative(
                    IntegralOver(
                        p(x) * log(D(theta, x)) + q(theta, x) * log(1 - D(theta, x)), x
                    ),
                    theta,
                ),
                theta,
                theta_0,
            ),
            r"The derivative of $V(D^*_\theta, G_\theta)$: the generator's density "
            r"$q_\theta$ and the optimal discriminator against it both change with "
            r"$\theta$.",
        ),
        Step(
            IntegralOver((p(x) / D_at(x) - q_at(x) / (1 - D_at(x))) * D_rate(x), x)
            + IntegralOver(q_rate(x) * log(1 - D_at(x)), x),
            r"Chain and product rule. The first integral holds the change of $D^*$, "
            r"the second that of $q$; all functions are taken at $\theta_0$.",
        ),
        Step(
            IntegralOver(q_rate(x) * log(1 - D_at(x)), x),
            "The bracket is the derivative of the integrand by the output, which is 0 "
            "at $D^*$ (D1.8). What is left is the derivative with $D^*$ held fixed.",
        ),
    )


def envelope_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Densities q whose mixture weights change with theta, and their D*."""
    return [_envelope_case(rng) for _ in range(16)]


def _envelope_case(rng: torch.Generator) -> AtomValues:
    real, first, second = (draw.broad_density(rng) for _ in range(3))
    weight = draw.uniform(rng, 0.3, 0.7)
    zero = torch.tensor(0.0, dtype=torch.float64)

    def fake(shift: Tensor, at: Tensor) -> Tensor:
        return (weight + shift) * first(at) + (1 - weight - shift) * second(at)

    def optimal(shift: Tensor, at: Tensor) -> Tensor:
        return torch.sigmoid(real(at).log() - fake(shift, at).log())

    def rate(at: Tensor) -> Tensor:
        shift = torch.zeros_like(at, requires_grad=True)  # one for each point
        return torch.autograd.grad(optimal(shift, at).sum(), shift)[0]

    return {
        x: draw.line(),
        theta_0: zero,
        p: real,
        D: optimal,
        q: fake,
        D_at: lambda at: optimal(zero, at),
        q_at: lambda at: fake(zero, at),
        D_rate: rate,
        q_rate: lambda at: first(at) - second(at),
    }


ENVELOPE = Derivation(
    "D1.10",
    "In the gradient of the value the optimal discriminator may be held fixed (the "
    "envelope theorem).",
    envelope_steps,
    "Milgrom and Segal 2002, theorem 1, for the integrand at each point",
    envelope_cases,
    proves=("E1.3.2",),
)

# D1.14: the best output of a least-squares discriminator.

label_a, label_b, mean_label = symbols("a b m")
P, Q, score = symbols("p q y")

with unevaluated():
    best_score_steps = (
        Step(
            P * (score - label_b) ** 2 + Q * (score - label_a) ** 2,
            "Twice the discriminator's loss at one point $x$: real samples have the "
            "density $p$ and the label $b$, generated ones $q$ and $a$. The output is "
            "$y$.",
        ),
        Step(
            (P + Q) * score**2
            - 2 * (label_b * P + label_a * Q) * score
            + P * label_b**2
            + Q * label_a**2,
            "Expand both squares, and collect the powers of $y$.",
        ),
        Step(
            (P + Q) * (score**2 - 2 * mean_label * score)
            + P * label_b**2
            + Q * label_a**2,
            "Write $m = (b p + a q) / (p + q)$, so that $b p + a q = (p + q) m$.",
        ),
        Step(
            (P + Q) * (score - mean_label) ** 2
            - (P + Q) * mean_label**2
            + P * label_b**2
            + Q * label_a**2,
            "Complete the square. Only the first term depends on $y$, and it is least "
            "at $y = m$: the best output is the mean label of the samples at $x$.",
        ),
    )


def score_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Densities, labels and an output at one point."""
    cases = []
    for _ in range(N_CASES):
        real, fake = draw.uniform(rng, 0.05, 2.0, 2)
        first, second, output = draw.uniform(rng, -2.0, 2.0, 3)
        mean = (second * real + first * fake) / (real + fake)
        values = (real, fake, output, first, second, mean)
        names = (P, Q, score, label_a, label_b, mean_label)
        cases.append(dict(zip(names, values, strict=True)))
    return cases


BEST_SCORE = Derivation(
    "D1.14",
    "The best least-squares output is the mean label, weighted by the densities.",
    best_score_steps,
    "Mao et al. 2017, equation 5",
    score_cases,
    proves=("E1.5.1",),
)
