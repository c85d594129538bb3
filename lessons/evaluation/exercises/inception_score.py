"""Ask for the score that wants every sample sure and all samples different."""

from collections.abc import Callable, Sequence
from math import log

import torch
from torch import Tensor
from torch.distributions import Categorical, kl_divergence
from torch.nn.functional import one_hot

from course_lib.metrics.inception_score import inception_score
from teaching.exercise import Answer, Case, Exercise, Mistake


def _verdict_cases(rng: torch.Generator) -> Sequence[Case]:
    def verdicts(n: int, classes: int, sharp: float = 1.5) -> Tensor:
        logits = torch.randn(n, classes, generator=rng, dtype=torch.float64)
        return (sharp * logits).softmax(dim=1)

    order = torch.randperm(4, generator=rng)
    uneven = torch.tensor([0, 0, 0, 1, 1, 2])[torch.randperm(6, generator=rng)]
    logits = torch.randn(3, 4, generator=rng, dtype=torch.float64)
    below = torch.tensor([[1.25, -0.25], [0.5, 0.5]], dtype=torch.float64)
    questions = (
        ("some sure, some not", verdicts(7, 4)),
        ("as many samples as classes", verdicts(5, 5)),
        ("very sure samples", verdicts(6, 3, sharp=12.0)),
        ("sure each time, of another class: as many as classes", one_hot(order)),
        ("sure each time, some classes more often", one_hot(uneven, 4)),
        ("samples that all look alike score 1", verdicts(1, 6).expand(4, 6)),
        ("logits in place of probabilities is refused", logits),
        ("a negative probability is refused", below),
        ("a single sample is refused", verdicts(1, 4)),
    )
    return [Case(label, {"probabilities": p.double()}) for label, p in questions]


def _refusing(score: Callable[[Tensor], object]) -> Answer:
    """Another score, which refuses what the right one refuses."""

    def answer(probabilities):
        sums = probabilities.sum(1)
        if (
            len(sums) < 2
            or (probabilities < 0).any()
            or ((sums - 1).abs() > 1e-4).any()
        ):
            raise ValueError("Rows of probabilities, please.")
        return score(probabilities)

    return answer


def _entropy(p: Tensor) -> Tensor:
    return -torch.xlogy(p, p).sum(-1)


def _nats(p: Tensor) -> Tensor:
    """KL(p || mean) of every sample."""
    return (torch.xlogy(p, p) - torch.xlogy(p, p.mean(0))).sum(1)


def _sample_by_sample(probabilities):
    mean = Categorical(probabilities.mean(0))
    nats = [kl_divergence(Categorical(p), mean) for p in probabilities]
    return float(torch.stack(nats).mean().exp())


INCEPTION_SCORE = Exercise(
    id="X5.3",
    title="Sure of each, surprised by all",
    reference=inception_score,
    points=2,
    minutes=8,
    difficulty=2,
    cases=_verdict_cases,
    mistakes=(
        Mistake(
            "exp forgotten",
            _refusing(lambda p: _nats(p).mean().item()),
            "This is the mean divergence in nats, from 0. Its exponential is the "
            "score, which counts classes: from 1 to as many as there are.",
        ),
        Mistake(
            "the other way round",
            _refusing(
                lambda p: float(
                    (torch.xlogy(p.mean(0), p.mean(0)) - torch.xlogy(p.mean(0), p))
                    .sum(1)
                    .mean()
                    .exp()
                )
            ),
            "This is KL(mean || sample), infinite as soon as one sample excludes a "
            "class. The expectation is taken under the sample's own verdict.",
        ),
        Mistake(
            "logarithms averaged, not probabilities",
            _refusing(
                lambda p: (p * (p.log() - p.log().mean(0))).sum(1).mean().exp().item()
            ),
            "What all samples are together is the mean of their probabilities; its "
            "logarithm is taken afterwards. The mean of logarithms is no distribution.",
        ),
        Mistake(
            "equal shares in place of the mean",
            _refusing(lambda p: float((log(p.shape[1]) - _entropy(p)).mean().exp())),
            "Every sample is compared with equal shares of all classes, so a "
            "generator that makes one thing, but clearly, gets the full score. Take "
            "the mean verdict from the samples.",
        ),
        Mistake(
            "variety alone",
            _refusing(lambda p: _entropy(p.mean(0)).exp().item()),
            "This asks only whether the mean is spread, and grey debris, of which the "
            "classifier is unsure, passes. How sure it is of each sample counts too.",
        ),
        Mistake(
            "clarity alone",
            _refusing(lambda p: float((-_entropy(p)).mean().exp())),
            "This asks only how sure each verdict is, and stays below 1. The same sure "
            "picture a thousand times would be best.",
        ),
        Mistake(
            "exp before the mean",
            _refusing(lambda p: _nats(p).exp().mean().item()),
            "Each divergence was raised before they were averaged, and a few sure "
            "samples dominate. The mean of nats comes first, then one exponential.",
        ),
        Mistake(
            "mean over the classes",
            _refusing(
                lambda p: float(
                    (torch.xlogy(p, p) - torch.xlogy(p, p.mean(0))).mean().exp()
                )
            ),
            "A divergence *sums* over the classes, since each is weighed by its "
            "probability; the mean is over samples. Here both were averaged.",
        ),
        Mistake(
            "bits raised to powers of e",
            _refusing(lambda p: float((_nats(p) / log(2)).mean().exp())),
            "Logarithm and exponential have different bases. Bits go with powers of 2, "
            "nats with e; the score is then the same.",
        ),
        Mistake(
            "0 log 0 is nan",
            _refusing(
                lambda p: float((p * (p.log() - p.mean(0).log())).sum(1).mean().exp())
            ),
            "A class with probability 0 costs nothing, but 0 times minus infinity is "
            "nan. `torch.xlogy` knows that product.",
        ),
        Mistake(
            "softmax of probabilities",
            _refusing(lambda p: float(_nats(p.softmax(1)).mean().exp())),
            "These are probabilities already. Another softmax makes every verdict "
            "nearly even, and every score nearly 1.",
        ),
        Mistake(
            "a tensor in place of a number",
            _refusing(lambda p: _nats(p).mean().exp()),
            "The value is right, but it is a tensor still. A score is a plain number: "
            "`float` makes one of it.",
        ),
        Mistake(
            "logits are not refused",
            lambda probabilities: float(_nats(probabilities).mean().exp()),
            "The score is right. Rows that are no probabilities give a figure, too, or "
            "nan: raise a ValueError that says what is needed.",
        ),
    ),
    alternatives=(
        _refusing(lambda p: float((_entropy(p.mean(0)) - _entropy(p).mean()).exp())),
        _refusing(_sample_by_sample),
        _refusing(lambda p: 2 ** float(_nats(p).mean() / log(2))),
    ),
    hints=(
        "A classifier looks at one sample: when is its verdict far from the mean "
        "verdict on all of them? Think of a sure one among many different ones.",
        "For each sample, KL from its verdict to the mean verdict, summed over the "
        "classes, with 0 log 0 = 0. Then the mean over samples, then exp.",
        "`torch.xlogy(p, q)` is p log q, and 0 where p is 0. Refuse one row "
        "alone and rows that are negative or do not sum to 1; `float` at the end.",
    ),
)
