"""D2.5, D2.13 and D2.14: squared error, its best prediction and its likelihood."""

from collections.abc import Sequence

import torch
from sympy import Dummy, Rational, exp, log, pi, sqrt, symbols
from torch.distributions import Normal

from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues, WeightedPoints
from course_lib.mathematics.notation import (
    Expectation,
    Norm,
    Probability,
    SumOver,
    unevaluated,
)
from course_lib.predictor.derivations import random_cases as draw

PIXELS, FUTURES, N_CASES = 4, 3, 16

x, c, mean, pixels = symbols(r"x c c^* \text{pixels}")
futures = symbols(r"\text{futures}")

# D2.5: any prediction c, with the mean c^* of the futures.

with unevaluated():
    error = x - mean
    offset = mean - c
    spread = Expectation(Norm(error) ** 2, x, futures)
    decomposition_steps = (
        Step(
            Expectation(Norm(x - c) ** 2, x, futures),
            "The expected squared error of a prediction $c$, over all futures $x$.",
        ),
        Step(
            Expectation(Norm(error + offset) ** 2, x, futures),
            "Add and subtract the mean of the futures, $c^* = E[x]$.",
        ),
        Step(
            spread
            + 2 * Expectation(SumOver(error * offset, pixels), x, futures)
            + Norm(offset) ** 2,
            r"$\|u + v\|^2 = \|u\|^2 + 2 u \cdot v + \|v\|^2$. The last term does not "
            "depend on $x$.",
        ),
        Step(
            spread + Norm(offset) ** 2,
            "The mixed term is 0: $c^* - c$ does not depend on $x$, and "
            "$E[x - c^*] = 0$, because $c^*$ is the mean. The first term is the "
            "variance of the futures, which no prediction changes. The second is least "
            "at $c = c^*$: the best prediction is the mean of all futures.",
        ),
    )


def future_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random futures with random probabilities, and a random prediction."""
    cases = []
    for _ in range(N_CASES):
        frames = draw.normal(rng, PIXELS, FUTURES)
        probabilities = draw.normal(rng, FUTURES).softmax(0)
        cases.append(
            {
                (x, futures): WeightedPoints((frames,), probabilities),
                c: draw.normal(rng, PIXELS, 1),
                mean: (frames @ probabilities).unsqueeze(1),
            }
        )
    return cases


ERROR_DECOMPOSITION = Derivation(
    "D2.5",
    "The expected squared error is the variance of the futures plus the squared "
    "distance from their mean.",
    decomposition_steps,
    "Bishop 2006, section 1.5.5",
    future_cases,
    proves=("E2.5.2", "E2.5.3"),
)

# D2.13: two futures.

a, b, p = symbols("a b p")

with unevaluated():
    two_futures_steps = (
        Step(
            Expectation(Norm(x - mean) ** 2, x, futures),
            "The least expected error, at $c^* = p a + (1 - p) b$, if the future is "
            "$a$ with probability $p$ and $b$ otherwise.",
        ),
        Step(
            p * Norm(a - mean) ** 2 + (1 - p) * Norm(b - mean) ** 2,
            "The expectation has two terms.",
        ),
        Step(
            p * Norm((1 - p) * (a - b)) ** 2 + (1 - p) * Norm(p * (b - a)) ** 2,
            "$a - c^* = (1 - p)(a - b)$ and $b - c^* = p (b - a)$.",
        ),
        Step(
            p * (1 - p) ** 2 * Norm(a - b) ** 2 + (1 - p) * p**2 * Norm(a - b) ** 2,
            "Take the factors out of the norms; they are squared. $b - a$ and $a - b$ "
            "have the same norm.",
        ),
        Step(
            p * (1 - p) * Norm(a - b) ** 2,
            "Factor out $p (1 - p)$; then $(1 - p) + p = 1$ is left.",
        ),
    )


def two_future_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Two random futures with random probabilities."""
    cases = []
    for _ in range(N_CASES):
        frames = draw.normal(rng, PIXELS, 2)
        probabilities = draw.normal(rng, 2).softmax(0)
        cases.append(
            {
                (x, futures): WeightedPoints((frames,), probabilities),
                **{a: frames[:, :1], b: frames[:, 1:], p: probabilities[0]},
                mean: (frames @ probabilities).unsqueeze(1),
            }
        )
    return cases


TWO_FUTURES = Derivation(
    "D2.13",
    "With two futures the least expected error is p (1 - p) times their squared "
    "distance.",
    two_futures_steps,
    "Bishop 2006, section 1.5.5, for two outcomes",
    two_future_cases,
    proves=("E2.5.4", "E2.5.5"),
)

TWO_FUTURES_LINE = OpenLine(
    "D2.13b",
    "D2.13",
    p * (1 - p) * (a - b) ** 2,
    {p: (0.05, 0.95), a: (-1.0, 1.0), b: (-1.0, 1.0)},
    (
        WrongLine(
            "the error of the prediction a",
            (1 - p) * (a - b) ** 2,
            "That is the expected error if a is predicted. The best prediction is the "
            "mean p a + (1 - p) b.",
        ),
        WrongLine(
            "the error of the prediction b",
            p * (a - b) ** 2,
            "That is the expected error if b is predicted. The best prediction is the "
            "mean p a + (1 - p) b.",
        ),
        WrongLine(
            "only the future a is counted",
            p * (1 - p) ** 2 * (a - b) ** 2,
            "The error has a second term: b occurs with probability 1 - p, at the "
            "distance p (b - a) from the mean.",
        ),
        WrongLine(
            "the distance is not squared",
            p * (1 - p) * (a - b),
            "The error is a squared distance: (a - b)^2.",
        ),
    ),
)

# D2.14: squared error is the negative log-likelihood of a Gaussian.

decoded, sigma, D, i = symbols(r"\hat{x} sigma D i")
x_i, decoded_i = symbols(r"x_i \hat{x}_i")
density = Dummy("p")
half = Rational(1, 2)

with unevaluated():
    variance = sigma**2
    likelihood_steps = (
        Step(
            -log(Probability(density, x, decoded)),
            r"The negative log-likelihood of a frame $x$ with $D$ pixels, if every "
            r"pixel is Gaussian around the prediction $\hat{x}$ with the standard "
            r"deviation $\sigma$.",
        ),
        Step(
            -SumOver(
                log(
                    1
                    / sqrt(2 * pi * variance)
                    * exp(-((x_i - decoded_i) ** 2 / (2 * variance)))
                ),
                i,
            ),
            "The pixels are independent: the density is a product over the pixels, and "
            "the logarithm of a product is a sum.",
        ),
        Step(
            SumOver(
                (x_i - decoded_i) ** 2 / (2 * variance) + half * log(2 * pi * variance),
                i,
            ),
            r"$\log e^u = u$ and $\log (1 / \sqrt{v}) = -\frac12 \log v$.",
        ),
        Step(
            Norm(x - decoded) ** 2 / (2 * variance) + D / 2 * log(2 * pi * variance),
            r"Add the $D$ pixels. With a fixed $\sigma$ only the squared error depends "
            "on the prediction: least squares is maximum likelihood.",
        ),
    )


def frame_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random frames, predictions and standard deviations."""
    cases = []
    for _ in range(N_CASES):
        frame, prediction = draw.normal(rng, 2, PIXELS)
        deviation = (draw.normal(rng) / 2).exp()
        distribution = Normal(prediction, deviation)
        cases.append(
            {
                **{x: frame, x_i: frame, decoded: prediction, decoded_i: prediction},
                **{sigma: deviation, D: torch.tensor(PIXELS).double()},
                density: lambda at, _, normal=distribution: (
                    normal.log_prob(at).sum().exp()
                ),
            }
        )
    return cases


GAUSSIAN_LIKELIHOOD = Derivation(
    "D2.14",
    "Squared error is the negative log-likelihood of a Gaussian, up to a factor and a "
    "constant.",
    likelihood_steps,
    "Bishop 2006, equation 1.62",
    frame_cases,
)

LIKELIHOOD_LINE = OpenLine(
    "D2.14b",
    "D2.14",
    (x - decoded) ** 2 / (2 * sigma**2) + log(2 * pi * sigma**2) / 2,
    {x: (-1.0, 1.0), decoded: (-1.0, 1.0), sigma: (0.2, 2.0)},
    (
        WrongLine(
            "the logarithm of the normalizing factor is missing",
            (x - decoded) ** 2 / (2 * sigma**2),
            "The density has the factor 1 / sqrt(2 pi sigma^2), whose negative "
            "logarithm is log(2 pi sigma^2) / 2.",
        ),
        WrongLine(
            "the log-likelihood, not its negative",
            -((x - decoded) ** 2) / (2 * sigma**2) - log(2 * pi * sigma**2) / 2,
            "That is the logarithm of the density. The loss is its negative.",
        ),
        WrongLine(
            "sigma in place of its square",
            (x - decoded) ** 2 / (2 * sigma) + log(2 * pi * sigma) / 2,
            "A Gaussian density contains the variance, sigma squared.",
        ),
        WrongLine(
            "the factor one half is missing",
            (x - decoded) ** 2 / sigma**2 + log(2 * pi * sigma**2),
            "The exponent is (x - mean)^2 / (2 sigma^2), and the factor before it is "
            "the inverse of a square root: both terms have the factor 1/2.",
        ),
    ),
)
