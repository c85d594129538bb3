"""X5.3: the inception score from class probabilities."""

from collections.abc import Callable, Sequence
from math import log

import torch
from torch import Tensor
from torch.distributions import Categorical, kl_divergence
from torch.nn.functional import one_hot

from course_lib.metrics.inception_score import inception_score
from teaching.exercise import Answer, Case, Exercise, Mistake


def _probability_cases(rng: torch.Generator) -> Sequence[Case]:
    def probabilities(n: int, n_classes: int, scale: float = 1.5) -> Tensor:
        logits = torch.randn(n, n_classes, generator=rng, dtype=torch.float64)
        return (scale * logits).softmax(dim=1)

    classes = torch.randperm(4, generator=rng)
    unequal = torch.tensor([0, 0, 0, 1, 1, 2])[torch.randperm(6, generator=rng)]
    logits = torch.randn(3, 4, generator=rng, dtype=torch.float64)
    negative = torch.tensor([[1.25, -0.25], [0.5, 0.5]], dtype=torch.float64)
    unequal_sums = probabilities(2, 3) * torch.tensor([[1.2], [0.8]])
    with_nan = probabilities(3, 4)
    with_nan[1] = torch.nan
    inputs = (
        ("certain and uncertain samples", probabilities(7, 4)),
        ("as many samples as classes", probabilities(5, 5)),
        ("nearly certain samples", probabilities(6, 3, scale=12.0)),
        ("one certain sample of each class", one_hot(classes)),
        ("certain samples of unequal classes", one_hot(unequal, 4)),
        ("equal probabilities of all samples", probabilities(1, 6).expand(4, 6)),
        ("logits in place of probabilities is refused", logits),
        ("a negative probability is refused", negative),
        ("a single sample is refused", probabilities(1, 4)),
        ("rows that sum to 1.5 is refused", 1.5 * probabilities(3, 4)),
        ("sums of 1.2 and of 0.8 is refused", unequal_sums),
        ("a row of nan is refused", with_nan),
    )
    return [Case(label, {"probabilities": p.double()}) for label, p in inputs]


def _sums_to_1(p: Tensor) -> bool:
    """Whether each row sums to 1; a row of nan does not."""
    return bool(((p.sum(1) - 1).abs() <= 1e-4).all())


def _checked(
    score: Callable[[Tensor], object],
    is_valid: Callable[[Tensor], bool] = lambda p: (
        len(p) > 1 and not (p < 0).any() and _sums_to_1(p)
    ),
) -> Answer:
    """Another score, with the checks of the correct one or another check."""

    def answer(probabilities):
        if not is_valid(probabilities):
            raise ValueError("Two rows of probabilities or more are needed.")
        return score(probabilities)

    return answer


def _entropy(p: Tensor) -> Tensor:
    return -torch.xlogy(p, p).sum(-1)


def _kl(p: Tensor) -> Tensor:
    """KL(p || mean) of each sample, in nats."""
    return (torch.xlogy(p, p) - torch.xlogy(p, p.mean(0))).sum(1)


def _score(p: Tensor) -> float:
    return float(_kl(p).mean().exp())


def _certain(p: Tensor) -> Tensor:
    """The most likely class of each sample with probability 1."""
    return one_hot(p.argmax(1), p.shape[1]).to(p)


def _with_torch_distributions(probabilities):
    mean = Categorical(probabilities.mean(0))
    divergences = [kl_divergence(Categorical(p), mean) for p in probabilities]
    return float(torch.stack(divergences).mean().exp())


INCEPTION_SCORE = Exercise(
    id="X5.3",
    title="Inception score",
    reference=inception_score,
    points=2,
    minutes=8,
    difficulty=2,
    cases=_probability_cases,
    mistakes=(
        Mistake(
            "exponential missing",
            _checked(lambda p: _kl(p).mean().item()),
            "This is the mean divergence in nats, which starts at 0. The score is its "
            "exponential, which lies between 1 and the number of classes.",
        ),
        Mistake(
            "KL divergence with exchanged arguments",
            _checked(
                lambda p: float(
                    (torch.xlogy(p.mean(0), p.mean(0)) - torch.xlogy(p.mean(0), p))
                    .sum(1)
                    .mean()
                    .exp()
                )
            ),
            "This is KL(mean || sample), which is infinite as soon as one sample gives "
            "a class probability 0. The expectation is taken under p(class | sample).",
        ),
        Mistake(
            "mean of the logarithms",
            _checked(
                lambda p: (p * (p.log() - p.log().mean(0))).sum(1).mean().exp().item()
            ),
            "The marginal distribution is the mean of the probabilities, of which the "
            "logarithm is taken afterwards. A mean of logarithms is no distribution.",
        ),
        Mistake(
            "uniform distribution in place of the mean",
            _checked(lambda p: float((log(p.shape[1]) - _entropy(p)).mean().exp())),
            "Each sample is compared with the uniform distribution, so a generator "
            "that makes one class clearly gets the maximal score. Compute the mean "
            "distribution from the samples.",
        ),
        Mistake(
            "diversity only",
            _checked(lambda p: _entropy(p.mean(0)).exp().item()),
            "This measures only the entropy of the mean, so samples of which the "
            "classifier is uncertain get a high score. The entropy of each sample "
            "must lower the score.",
        ),
        Mistake(
            "certainty only",
            _checked(lambda p: float((-_entropy(p)).mean().exp())),
            "This measures only how certain each prediction is, and stays below 1. "
            "One clear image, repeated many times, would get the best score.",
        ),
        Mistake(
            "sum over the samples",
            _checked(lambda p: float(_kl(p).sum().exp())),
            "The divergences of all samples are added up, so the score grows with "
            "their number. Take the mean over the samples.",
        ),
        Mistake(
            "median over the samples",
            _checked(lambda p: float(_kl(p).median().exp())),
            "This is the median divergence. The score is defined by the mean over the "
            "samples.",
        ),
        Mistake(
            "most likely class only",
            _checked(lambda p: _score(_certain(p))),
            "Each row is replaced by its most likely class, so an uncertain sample "
            "counts as a certain one. Use the probabilities.",
        ),
        Mistake(
            "mean of two halves",
            _checked(lambda p: sum(map(_score, p.chunk(2))) / len(p.chunk(2))),
            "The score of parts of the samples is averaged, as in the original code "
            "for 50,000 samples. Here all samples are one set.",
        ),
        *(
            Mistake(
                f"{epsilon} inside the logarithms",
                _checked(
                    lambda p, epsilon=epsilon: float(
                        (p * ((p + epsilon).log() - (p.mean(0) + epsilon).log()))
                        .sum(1)
                        .mean()
                        .exp()
                    )
                ),
                "The constant inside the logarithms changes the score slightly. "
                "`torch.xlogy` gives 0 log 0 = 0 without a constant.",
            )
            for epsilon in (1e-4, 1e-5, 1e-6)
        ),
        Mistake(
            "exponential before the mean",
            _checked(lambda p: _kl(p).exp().mean().item()),
            "The exponential of each divergence is averaged, so that a few certain "
            "samples dominate. The mean is taken first, then one exponential.",
        ),
        Mistake(
            "mean over the classes",
            _checked(
                lambda p: float(
                    (torch.xlogy(p, p) - torch.xlogy(p, p.mean(0))).mean().exp()
                )
            ),
            "A divergence is a *sum* over the classes, weighted by their "
            "probabilities; the mean is taken over samples. Here both are averaged.",
        ),
        Mistake(
            "bits with the exponential of nats",
            _checked(lambda p: float((_kl(p) / log(2)).mean().exp())),
            "Logarithm and exponential have different bases. Use powers of 2 for bits, "
            "or e for nats; both give the same score.",
        ),
        Mistake(
            "0 log 0 is nan",
            _checked(
                lambda p: float((p * (p.log() - p.mean(0).log())).sum(1).mean().exp())
            ),
            "A class with probability 0 adds 0 to the divergence, but 0 times minus "
            "infinity is nan. `torch.xlogy` computes this product correctly.",
        ),
        Mistake(
            "softmax of probabilities",
            _checked(lambda p: float(_kl(p.softmax(1)).mean().exp())),
            "The inputs are probabilities already. A second softmax makes all "
            "predictions nearly uniform, and the score nearly 1.",
        ),
        Mistake(
            "rows normalized in place of refused",
            _checked(
                lambda p: _score(p / p.sum(1, keepdim=True)),
                lambda p: len(p) > 1 and not (p < 0).any() and not p.isnan().any(),
            ),
            "The score is correct. But rows that do not sum to 1 are divided by their "
            "sum, so logits or scores go unnoticed: raise a ValueError.",
        ),
        Mistake(
            "row sums not checked",
            _checked(
                _score,
                lambda p: len(p) > 1 and not (p < 0).any() and not p.isnan().any(),
            ),
            "The score is correct. But positive rows that do not sum to 1 are "
            "accepted: compare the sum of each row with 1.",
        ),
        Mistake(
            "only the total checked",
            _checked(
                _score,
                lambda p: (
                    len(p) > 1
                    and not (p < 0).any()
                    and bool((p.sum() - len(p)).abs() <= 1e-4)
                ),
            ),
            "The score is correct. But only the sum of all rows together is compared: "
            "a sum of 1.2 and one of 0.8 are accepted. Check each row.",
        ),
        Mistake(
            "negative entries not refused",
            _checked(_score, lambda p: len(p) > 1 and _sums_to_1(p)),
            "The score is correct. But a row may sum to 1 and have negative entries: "
            "refuse these as well.",
        ),
        Mistake(
            "a single sample not refused",
            _checked(_score, lambda p: not (p < 0).any() and _sums_to_1(p)),
            "The score is correct. But a single sample always has score 1, whatever it "
            "shows: refuse it.",
        ),
        Mistake(
            "nan not refused",
            _checked(
                _score,
                lambda p: (
                    len(p) > 1
                    and not (p < 0).any()
                    and not ((p.sum(1) - 1).abs() > 1e-4).any()
                ),
            ),
            "The score is correct. But every comparison with nan is False, so a row of "
            "nan passes a test for *wrong* rows. Test that all rows are right: "
            "`not (... <= ...).all()`.",
        ),
        Mistake(
            "logits are not refused",
            lambda probabilities: float(_kl(probabilities).mean().exp()),
            "The score is correct. Rows that are no probabilities also give a number, "
            "or nan: raise a ValueError that says what is needed.",
        ),
    ),
    alternatives=(
        _checked(lambda p: float((_entropy(p.mean(0)) - _entropy(p).mean()).exp())),
        _checked(_with_torch_distributions),
        _checked(lambda p: 2 ** float(_kl(p).mean() / log(2))),
    ),
    hints=(
        "When is the predicted distribution of one sample far from the mean over all "
        "samples? Think of a certain prediction among many different ones.",
        "Compute KL(sample || mean) for each sample, summed over the classes, with "
        "0 log 0 = 0. Take the mean over samples, then the exponential.",
        "`torch.xlogy(p, q)` is p log q, and 0 where p is 0. Refuse a single row, and "
        "rows that are negative or do not sum to 1. Return a `float`.",
    ),
)
