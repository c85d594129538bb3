"""Ask for the best judge of two densities, and for what it then measures."""

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
    questions = (
        ("an answer for each point", draw(7) - 1, draw(7) - 1),
        ("a grid of points", draw(3, 5) - 1, draw(3, 5) - 1),
        ("densities far below 1e-8", draw(6) - 40, draw(6) - 40),
        ("log densities of -700 and 700", far + draw(4), far + draw(4)),
        ("log densities of -700 and 700", far, -far),
        ("float32 stays float32", (far + draw(4)).float(), (far + draw(4)).float()),
    )
    return [
        Case(label, {"log_p": a, "log_q": b}, () if a.abs().max() > 99 else both)
        for label, a, b in questions
    ]


BEST_JUDGE = Exercise(
    id="X1.2",
    title="The judge no other can beat",
    reference=optimal_discriminator,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_log_density_cases,
    mistakes=(
        Mistake(
            "densities rebuilt before dividing",
            lambda log_p, log_q: log_p.exp() / (log_p.exp() + log_q.exp()),
            "Right on paper. In the machine exp(-760) is 0 and exp(760) infinite, and "
            "the fraction is then 0/0. Divide by p first: what is left of q / p?",
        ),
        Mistake(
            "epsilon in the denominator",
            lambda log_p, log_q: log_p.exp() / (log_p.exp() + log_q.exp() + 1e-8),
            "The small constant decides wherever both densities are smaller than it, "
            "and does not help where they overflow. No constant is needed.",
        ),
        Mistake(
            "logs clipped to a safe range",
            lambda log_p, log_q: sigmoid(log_p.clamp(-80, 80) - log_q.clamp(-80, 80)),
            "Clipping makes distant points equally likely, and the judge undecided "
            "there. Only the difference of the logs matters, and it needs no care.",
        ),
        Mistake(
            "ratio of the logarithms",
            lambda log_p, log_q: log_p / (log_p + log_q),
            "The formula speaks of densities, and these are their logarithms. A "
            "probability above 1 or below 0 gives it away.",
        ),
        Mistake(
            "players exchanged",
            lambda log_p, log_q: sigmoid(log_q - log_p),
            "This is the probability that a sample is fake. D(x) is large where the "
            "data's density p exceeds the generator's q.",
        ),
        Mistake(
            "score in place of a probability",
            lambda log_p, log_q: log_p - log_q,
            "This is the best judge's logit. Asked for is D itself, between 0 and 1: "
            "one function is missing.",
        ),
        Mistake(
            "odds in place of a probability",
            lambda log_p, log_q: (log_p - log_q).exp(),
            "p / q is how many times likelier real is than fake. D compares p with the "
            "sum of both: odds of 3 are a probability of 3/4.",
        ),
    ),
    alternatives=(
        lambda log_p, log_q: 1 / (1 + (log_q - log_p).exp()),
        lambda log_p, log_q: (log_p - torch.logaddexp(log_p, log_q)).exp(),
    ),
    hints=(
        "D* = p / (p + q). Divide above and below by p: only the ratio q / p is left.",
        "log(q / p) is a difference of what you are given. 1 / (1 + exp(-x)) has a "
        "name, and torch computes it without overflow.",
        "It is the sigmoid of one difference. Which order makes D large where p is?",
    ),
)


def _distribution_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def some(*shape: int, without: Sequence[int] = ()) -> torch.Tensor:
        weights = draw(*shape).exp()
        weights[..., list(without)] = 0
        return weights / weights.sum(-1, keepdim=True)

    both = ("p", "q")
    same = some(2, 5)
    questions = (
        ("two dice", some(6), some(6)),
        ("a number for each pair of a batch", some(3, 5), some(3, 5)),
        ("as many pairs as outcomes", some(4, 4), some(4, 4)),
        ("float32 stays float32", some(7).float(), some(7).float()),
        ("0 log 0 = 0", some(3, 5, without=[0, 1]), some(3, 5, without=[1, 2])),
        ("log 2 at most", some(4, without=[0]), some(4, without=[1, 2, 3])),
        ("0 for equal distributions", same, same.clone()),
    )  # at the border, where a probability is 0, right answers differ in their slope
    return [
        Case(label, {"p": a, "q": b}, both if i < 4 else ())
        for i, (label, a, b) in enumerate(questions)
    ]


JENSEN_SHANNON = Exercise(
    id="X1.3",
    title="What the best judge measures",
    reference=jensen_shannon,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_distribution_cases,
    mistakes=(
        Mistake(
            "bits in place of nats",
            lambda p, q: jensen_shannon(p, q) / log(2),
            "The largest value here is 1, so the unit is the bit. In nats, with the "
            "natural logarithm, it is log 2 = 0.693.",
        ),
        Mistake(
            "half forgotten",
            lambda p, q: 2 * jensen_shannon(p, q),
            "Both sides are added; the divergence is their mean. Two distributions "
            "that share nothing are log 2 apart, not log 4.",
        ),
        Mistake(
            "the value of the game",
            lambda p, q: 2 * jensen_shannon(p, q) - log(4),
            "This is V(D*, G). The divergence inside it is 0 for equal distributions: "
            "solve V = 2 JSD - log 4 for it.",
        ),
        Mistake(
            "one side only",
            lambda p, q: kl_divergence(p, (p + q) / 2),
            "This is KL(p || m), as if D* stood in one term of the value only. The "
            "other side, from q to the mixture, is missing.",
        ),
        Mistake(
            "no mixture between them",
            lambda p, q: (kl_divergence(p, q) + kl_divergence(q, p)) / 2,
            "This compares p and q with one another, and is infinite where one of them "
            "is 0. Both are to be compared with the mixture in the middle.",
        ),
        Mistake(
            "0 log 0 turned into nan",
            lambda p, q: (
                (p * (2 * p / (p + q)).log() + q * (2 * q / (p + q)).log()).sum(-1) / 2
            ),
            "0 times minus infinity is nan to the machine. An outcome that does not "
            "happen adds 0: torch has x log y with that rule built in.",
        ),
        Mistake(
            "mean over the outcomes",
            lambda p, q: jensen_shannon(p, q) / p.shape[-1],
            "The formula weighs each outcome already: they are added up. A mean "
            "divides by their number once more.",
        ),
        Mistake(
            "the root, a distance",
            lambda p, q: jensen_shannon(p, q).sqrt(),
            "This is the Jensen-Shannon distance, the divergence's root, as SciPy "
            "returns it. The value of the game holds the divergence.",
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
        "KL(p || m) adds p log p - p log m over the outcomes, the last axis. "
        "`torch.xlogy(a, b)` is a log b, with 0 log b = 0.",
        "Four `xlogy` terms, two of p and two of q: add over the last axis; halve.",
    ),
)
