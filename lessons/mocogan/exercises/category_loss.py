"""Ask what it costs a judge to be wrong, or unsure, about a category."""

from collections.abc import Callable, Sequence
from functools import partial
from math import log

import torch
from torch import Tensor
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    one_hot,
)

from course_lib.mocogan.objectives import category_loss
from teaching.exercise import Answer, Case, Exercise, Mistake


def _verdict_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def asked(n: int, categories: int) -> Tensor:
        """Labels that show the first and the last category."""
        labels = torch.randint(categories, (n,), generator=rng)
        labels[-2:] = torch.tensor([categories - 1, 0])[-min(n, 2) :]
        return labels

    extreme = 800 * draw(4, 3).sign() + draw(4, 3)
    flat = draw(5, 1).expand(5, 4).clone()
    questions = (
        ("more clips than categories", 2 * draw(7, 3), asked(7, 3)),
        ("more categories than clips", 2 * draw(3, 6), asked(3, 6)),
        ("as many categories as clips", 2 * draw(4, 4), asked(4, 4)),
        ("one clip", 2 * draw(1, 5), asked(1, 5)),
        ("two categories", 2 * draw(6, 2), asked(6, 2)),
        ("no idea costs the log of 4", flat, asked(5, 4)),
        ("logits of -800 and 800 stay finite", extreme, asked(4, 3)),
        ("float32 stays float32", 2 * draw(5, 3).float(), asked(5, 3)),
    )
    return [
        Case(label, {"logits": logits, "category": category}, ("logits",))
        for label, logits, category in questions
    ]


def _told(logits, category):
    return one_hot(category, logits.shape[1]).to(logits)


def _of_logs(logs: Callable[[Tensor], Tensor]) -> Answer:
    """Minus the mean of some logarithms at the categories asked for."""

    def answer(logits, category):
        return -(logs(logits) * _told(logits, category)).sum(1).mean()

    return answer


def _relabelled(change: Callable[..., Tensor]) -> Answer:
    return lambda logits, category: category_loss(logits, change(logits, category))


def _by_naive_softmax(logits):
    shares = logits.exp()
    return (shares / shares.sum(1, keepdim=True)).log()


def _self_assured(logits, category):
    logs = logits.log_softmax(1)
    return -(logs.exp() * logs).sum(1).mean()


def _logsumexp(logits, category):
    own = logits[torch.arange(len(logits)), category]
    return (logits.logsumexp(1) - own).sum() / len(logits)


CATEGORY_LOSS = Exercise(
    id="X4.5",
    title="Which motion was it?",
    reference=category_loss,
    points=2,
    minutes=8,
    difficulty=1,
    cases=_verdict_cases,
    mistakes=(
        Mistake(
            "sum in place of mean",
            lambda logits, category: cross_entropy(logits, category, reduction="sum"),
            "The clips' prices were added up, so a larger batch pays more and speaks "
            "louder than the other terms. Take the mean over the clips.",
        ),
        Mistake(
            "a price for each clip",
            lambda logits, category: cross_entropy(logits, category, reduction="none"),
            "These are the prices, one for each clip. A loss is one number: the mean.",
        ),
        Mistake(
            "the reward descended",
            lambda logits, category: -category_loss(logits, category),
            "The mean log probability is to be climbed. What is descended is minus "
            "that: never below 0.",
        ),
        Mistake(
            "softmax twice",
            lambda logits, category: cross_entropy(logits.softmax(1), category),
            "The loss takes logits and makes probabilities of them itself. Fed with "
            "probabilities, it can never fall near 0, and its slope is weak.",
        ),
        Mistake(
            "probability without a logarithm",
            _of_logs(lambda logits: logits.softmax(1)),
            "Minus the probability is flat where the judge is sure and wrong: nothing "
            "is learnt from the worst mistakes. Take its logarithm.",
        ),
        Mistake(
            "raw logits without normalisation",
            _of_logs(lambda logits: logits),
            "Raising all logits would lower this for ever. What counts is how far the "
            "right one is above the others: normalise over the categories.",
        ),
        Mistake(
            "clips compete in place of categories",
            _of_logs(lambda logits: logits.log_softmax(0)),
            "The probabilities add up to 1 down the batch here. A clip has one "
            "category: normalise over axis 1.",
        ),
        Mistake(
            "exponentials that overflow",
            _of_logs(_by_naive_softmax),
            "exp(800) is infinite, and infinity by infinity is no number. There is a "
            "function that takes the logarithm of a softmax in one safe step.",
        ),
        Mistake(
            "a yes or no for each category",
            lambda logits, category: binary_cross_entropy_with_logits(
                logits, _told(logits, category)
            ),
            "Here every category is a question of its own, and several may be true. "
            "A clip has exactly one: let the categories share one probability.",
        ),
        Mistake(
            "squared error to the one-hot vector",
            lambda logits, category: (
                (logits.softmax(1) - _told(logits, category)).square().sum(1).mean()
            ),
            "Squares of probabilities are at most 2, and flat where the judge is sure "
            "and wrong. The logarithm has no bottom there.",
        ),
        Mistake(
            "entropy of the judge's opinion",
            _self_assured,
            "This asks how unsure the judge is, whatever was asked for: a judge that "
            "is sure and wrong pays nothing. Use the categories given.",
        ),
        Mistake(
            "the judge's own favourite asked for",
            _relabelled(lambda logits, category: logits.argmax(1)),
            "The category was replaced by what the judge likes best, so it is always "
            "right. Price the category that was asked for.",
        ),
        Mistake(
            "categories counted from 1",
            _relabelled(lambda logits, category: (category + 1) % logits.shape[1]),
            "Each clip was charged for the next category. Labels count from 0, as "
            "columns do.",
        ),
        Mistake(
            "bits in place of nats",
            lambda logits, category: category_loss(logits, category) / log(2),
            "The logarithm to the base 2 makes this term louder than the others by "
            "1.44. Nats take the natural one.",
        ),
        Mistake(
            "the share of wrong names",
            lambda logits, category: (logits.argmax(1) != category).to(logits).mean(),
            "How often the judge is wrong is easy to read, but it has no slope: "
            "nothing learns from it. Price probabilities instead.",
        ),
    ),
    alternatives=(
        lambda logits, category: cross_entropy(logits, category),
        _logsumexp,
    ),
    hints=(
        "How probable is the right category to the judge? Say the price of that in "
        "nats, where 1 costs nothing.",
        "Turn each row of logits into logarithms of probabilities, take from each row "
        "the one asked for, then minus the mean.",
        "`log_softmax` over the categories is safe for any logit. `gather` picks one "
        "column a row, if the labels stand as a column themselves.",
    ),
)
