"""X1.2 and X1.3: the optimal discriminator and the Jensen-Shannon divergence."""

from collections.abc import Sequence
from functools import partial
from math import log

import torch
from torch import sigmoid, xlogy
from torch.special import entr

from course_lib.gan.divergences import jensen_shannon, kl_divergence
from course_lib.gan.optimal_discriminator import optimal_discriminator
from teaching.exercise import Case, Exercise, Mistake


def _log_density_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    both = ("log_p", "log_q")
    far = torch.tensor([-760.0, -700.0, 700.0, 760.0])
    inputs = (
        ("one value for each point", draw(7) - 1, draw(7) - 1),
        ("a grid of points", draw(3, 5) - 1, draw(3, 5) - 1),
        ("densities far below 1e-8", draw(6) - 40, draw(6) - 40),
        ("a data density 1e-10 times the generator's", draw(5) - 23, draw(5) / 9),
        ("one point", draw(1), draw(1)),
        ("log densities of -700 and 700", far + draw(4), far + draw(4)),
        ("log densities of -700 and 700", far, -far),
        ("float32 stays float32", (far + draw(4)).float(), (far + draw(4)).float()),
    )
    return [
        Case(label, {"log_p": a, "log_q": b}, () if a.abs().max() > 99 else both)
        for label, a, b in inputs
    ]


OPTIMAL_DISCRIMINATOR = Exercise(
    id="X1.2",
    title="The optimal discriminator",
    reference=optimal_discriminator,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_log_density_cases,
    mistakes=(
        Mistake(
            "densities computed before dividing",
            lambda log_p, log_q: log_p.exp() / (log_p.exp() + log_q.exp()),
            "The formula is correct, but in floating point exp(-760) is 0 and exp(760) "
            "is infinite, so the fraction becomes 0/0. Divide by p first: what is left "
            "of q / p?",
        ),
        Mistake(
            "epsilon in the denominator",
            lambda log_p, log_q: log_p.exp() / (log_p.exp() + log_q.exp() + 1e-8),
            "The small constant dominates wherever both densities are smaller, and it "
            "does not help where they overflow. No constant is needed.",
        ),
        Mistake(
            "log densities clamped",
            lambda log_p, log_q: sigmoid(log_p.clamp(-80, 80) - log_q.clamp(-80, 80)),
            "Clamping makes both densities equal at distant points, so that D is 1/2 "
            "there. Only the difference of the logarithms matters, and it does not "
            "overflow.",
        ),
        Mistake(
            "ratio of the logarithms",
            lambda log_p, log_q: log_p / (log_p + log_q),
            "The formula needs densities, and these are their logarithms. A "
            "probability above 1 or below 0 is a symptom.",
        ),
        Mistake(
            "p and q exchanged",
            lambda log_p, log_q: sigmoid(log_q - log_p),
            "This is the probability that a sample is fake. D(x) is large where the "
            "data's density p exceeds the generator's q.",
        ),
        Mistake(
            "logit in place of a probability",
            lambda log_p, log_q: log_p - log_q,
            "This is the logit of the optimal discriminator. The exercise needs D "
            "itself, between 0 and 1: one function is missing.",
        ),
        Mistake(
            "odds in place of a probability",
            lambda log_p, log_q: (log_p - log_q).exp(),
            "p / q are the odds of real against fake. D is p divided by the sum of "
            "both: odds of 3 are a probability of 3/4.",
        ),
        Mistake(
            "softmax over the points",
            lambda log_p, log_q: (log_p - log_q).softmax(-1),
            "These values sum to 1 over the points. D(x) is a probability at every "
            "point on its own: real against fake, not one point against another.",
        ),
        Mistake(
            "hard decision",
            lambda log_p, log_q: (log_p > log_q).to(log_p.dtype),
            "This says which density is larger. D* is a probability: 1/2 where both "
            "are equal, 3/4 where p is three times q.",
        ),
        Mistake(
            "tanh without the factor 1/2",
            lambda log_p, log_q: (1 + torch.tanh(log_p - log_q)) / 2,
            "sigmoid(x) = (1 + tanh(x / 2)) / 2: the argument of tanh is half the "
            "difference.",
        ),
        Mistake(
            "difference of probabilities",
            lambda log_p, log_q: sigmoid(log_p) - sigmoid(log_q),
            "Each density is turned into a probability on its own. Only their ratio "
            "matters: subtract the logarithms first.",
        ),
    ),
    alternatives=(
        lambda log_p, log_q: 1 / (1 + (log_q - log_p).exp()),
        lambda log_p, log_q: (log_p - torch.logaddexp(log_p, log_q)).exp(),
    ),
    hints=(
        "D* = p / (p + q). Divide numerator and denominator by p: only the ratio q / p "
        "is left.",
        "log(q / p) is the difference of the two arguments. 1 / (1 + exp(-x)) is a "
        "well-known function, which torch computes without overflow.",
        "It is the sigmoid of one difference. Which order makes D large where p is "
        "large?",
    ),
)


def _distribution_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def distribution(*shape: int, zeros: Sequence[int] = ()) -> torch.Tensor:
        weights = draw(*shape).exp()
        weights[..., list(zeros)] = 0
        return weights / weights.sum(-1, keepdim=True)

    same = distribution(2, 5)

    def rare(first: float) -> torch.Tensor:
        p = torch.tensor([first, 2 * first]) * (1 + torch.rand(2, generator=rng))
        return torch.cat((p.double(), 1 - p.double().sum(0, keepdim=True)))

    with_gradients = ("two dice", "one value for each pair of a batch")
    inputs = (
        ("two dice", distribution(6), distribution(6)),
        ("one value for each pair of a batch", distribution(3, 5), distribution(3, 5)),
        ("as many pairs as outcomes", distribution(4, 4), distribution(4, 4)),
        ("float32 stays float32", distribution(7).float(), distribution(7).float()),
        (
            "0 log 0 = 0",
            distribution(3, 5, zeros=[0, 1]),
            distribution(3, 5, zeros=[1, 2]),
        ),
        ("log 2 at most", distribution(4, zeros=[0]), distribution(4, zeros=[1, 2, 3])),
        ("0 for equal distributions", same, same.clone()),
        ("rare outcomes", rare(1e-5), rare(1e-9)),
        ("two axes of pairs", distribution(2, 3, 4), distribution(2, 3, 4)),
    )
    both = ("p", "q")
    return [
        Case(
            label,
            dict(zip(both, pair, strict=True)),
            # correct answers have different gradients where a probability is 0
            differentiate=both if label in with_gradients else (),
            simplex=both,
        )
        for label, *pair in inputs
    ]


JENSEN_SHANNON = Exercise(
    id="X1.3",
    title="The Jensen-Shannon divergence",
    reference=jensen_shannon,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_distribution_cases,
    mistakes=(
        Mistake(
            "bits in place of nats",
            lambda p, q: jensen_shannon(p, q) / log(2),
            "The largest value here is 1, so the unit is bits. In nats, with the "
            "natural logarithm, the largest value is log 2 = 0.693.",
        ),
        Mistake(
            "factor 1/2 missing",
            lambda p, q: 2 * jensen_shannon(p, q),
            "Both sides are added; the divergence is their mean. Two distributions "
            "that share nothing are log 2 apart, not log 4.",
        ),
        Mistake(
            "the value of the game",
            lambda p, q: 2 * jensen_shannon(p, q) - log(4),
            "This is V(D*, G). The divergence is 0 for equal distributions: solve "
            "V = 2 JSD - log 4 for it.",
        ),
        Mistake(
            "one of the two KLs only",
            lambda p, q: kl_divergence(p, (p + q) / 2),
            "This is KL(p || m), as if D* were inserted into one term of the value "
            "only. KL(q || m) is missing.",
        ),
        Mistake(
            "KL without the mixture",
            lambda p, q: (kl_divergence(p, q) + kl_divergence(q, p)) / 2,
            "This compares p and q with each other, and is infinite where one of them "
            "is 0. Compare both with their mean m instead.",
        ),
        Mistake(
            "0 log 0 turned into nan",
            lambda p, q: (
                (p * (2 * p / (p + q)).log() + q * (2 * q / (p + q)).log()).sum(-1) / 2
            ),
            "In floating point 0 times minus infinity is nan. An outcome of "
            "probability 0 should add 0: `torch.xlogy` has that rule built in.",
        ),
        Mistake(
            "mean over the outcomes",
            lambda p, q: jensen_shannon(p, q) / p.shape[-1],
            "The formula already weights each outcome by its probability, so they are "
            "added up. A mean divides by their number once more.",
        ),
        Mistake(
            "square root taken",
            lambda p, q: jensen_shannon(p, q).sqrt(),
            "This is the Jensen-Shannon distance, the square root of the divergence, "
            "as SciPy returns it. The value function contains the divergence.",
        ),
        Mistake(
            "arguments of KL exchanged",
            lambda p, q: (
                (kl_divergence((p + q) / 2, p) + kl_divergence((p + q) / 2, q)) / 2
            ),
            "This is KL(m || p) and KL(m || q), infinite where p or q is 0. The first "
            "argument weights the outcomes: it is p or q. `F.kl_div(input, target)` "
            "takes the *second* argument of the KL, as a logarithm, first.",
        ),
        Mistake(
            "sum in place of the mixture",
            lambda p, q: (kl_divergence(p, p + q) + kl_divergence(q, p + q)) / 2,
            "p + q sums to 2, so the result is smaller by log 2 and can be negative. "
            "The mixture m is the *mean* of both distributions.",
        ),
        Mistake(
            "one number for the whole batch",
            lambda p, q: jensen_shannon(p, q).sum(),
            "Every pair of distributions has a divergence of its own. Sum over the "
            "last axis only.",
        ),
        Mistake(
            "epsilon added to the probabilities",
            lambda p, q: jensen_shannon(p + 1e-8, q + 1e-8),
            "The constant changes the result where outcomes are rare. It is not "
            "needed: `torch.xlogy` gives 0 for 0 log 0.",
        ),
        Mistake(
            "epsilon in the logarithms",
            lambda p, q: (
                (
                    p * ((p + 1e-8) / ((p + q) / 2 + 1e-8)).log()
                    + q * ((q + 1e-8) / ((p + q) / 2 + 1e-8)).log()
                ).sum(-1)
                / 2
            ),
            "The constant changes the result where outcomes are rare. It is not "
            "needed: `torch.xlogy` gives 0 for 0 log 0.",
        ),
        Mistake(
            "pairs with a nan counted as 0",
            lambda p, q: (
                (p * (2 * p / (p + q)).log() + q * (2 * q / (p + q)).log())
                .sum(-1)
                .nan_to_num(0)
                / 2
            ),
            "A single nan makes the whole sum nan, which is then replaced by 0. An "
            "outcome of probability 0 adds 0, the others count: `torch.xlogy`.",
        ),
    ),
    alternatives=(
        lambda p, q: (
            (xlogy(p, p) + xlogy(q, q) - xlogy(p + q, (p + q) / 2)).sum(-1) / 2
        ),
        lambda p, q: entr((p + q) / 2).sum(-1) - (entr(p) + entr(q)).sum(-1) / 2,
    ),
    hints=(
        "Call the mean of both distributions m. The divergence is the mean of KL(p || "
        "m) and KL(q || m). When is it 0? When is it largest?",
        "KL(p || m) sums p log p - p log m over the outcomes, the last axis. "
        "`torch.xlogy(a, b)` is a log b, with 0 log b = 0.",
        "There are four `xlogy` terms, two with p and two with q. Sum over the last "
        "axis and halve the result.",
    ),
)
