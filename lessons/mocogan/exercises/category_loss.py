"""X4.5: the category loss, a cross-entropy in nats."""

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


def _logit_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def labels(n: int, categories: int) -> Tensor:
        """Random labels that include the first and the last category."""
        category = torch.randint(categories, (n,), generator=rng)
        category[-2:] = torch.tensor([categories - 1, 0])[-min(n, 2) :]
        return category

    def confident(n: int, categories: int) -> tuple[Tensor, Tensor]:
        """Labels, and logits that give them probabilities of e^-15 to e^-60."""
        logits, category = draw(n, categories), labels(n, categories)
        logits[torch.arange(n), category] -= torch.linspace(15, 60, n).double()
        return logits, category

    extreme = 800 * draw(4, 3).sign() + draw(4, 3)
    uniform = draw(5, 1).expand(5, 4).clone()
    questions = (
        ("more clips than categories", 2 * draw(7, 3), labels(7, 3)),
        ("more categories than clips", 2 * draw(3, 6), labels(3, 6)),
        ("as many categories as clips", 2 * draw(4, 4), labels(4, 4)),
        ("one clip", 2 * draw(1, 5), labels(1, 5)),
        ("two categories", 2 * draw(6, 2), labels(6, 2)),
        ("uniform probabilities cost the log of 4", uniform, labels(5, 4)),
        ("logits of -800 and 800 stay finite", extreme, labels(4, 3)),
        ("confident and wrong predictions", *confident(4, 3)),
        ("float32 stays float32", 2 * draw(5, 3).float(), labels(5, 3)),
    )
    return [
        Case(label, {"logits": logits, "category": category}, ("logits",))
        for label, logits, category in questions
    ]


def _one_hot(logits, category):
    return one_hot(category, logits.shape[1]).to(logits)


def _mean_at_labels(scores: Callable[[Tensor], Tensor]) -> Answer:
    """Minus the mean of some scores of the logits at the labels."""

    def answer(logits, category):
        return -(scores(logits) * _one_hot(logits, category)).sum(1).mean()

    return answer


def _with_probabilities(change: Callable[[Tensor], Tensor]) -> Answer:
    """Minus the mean logarithm of changed probabilities of the labels."""

    def answer(logits, category):
        probabilities = change(logits.softmax(1))
        return -probabilities.gather(1, category[:, None]).log().mean()

    return answer


def _with_labels(change: Callable[..., Tensor]) -> Answer:
    return lambda logits, category: category_loss(logits, change(logits, category))


def _naive_log_softmax(logits):
    exponentials = logits.exp()
    return (exponentials / exponentials.sum(1, keepdim=True)).log()


def _entropy(logits, category):
    log_probabilities = logits.log_softmax(1)
    return -(log_probabilities.exp() * log_probabilities).sum(1).mean()


def _logsumexp(logits, category):
    label_logits = logits[torch.arange(len(logits)), category]
    return (logits.logsumexp(1) - label_logits).sum() / len(logits)


CATEGORY_LOSS = Exercise(
    id="X4.5",
    title="The category loss",
    reference=category_loss,
    points=2,
    minutes=8,
    difficulty=1,
    cases=_logit_cases,
    mistakes=(
        Mistake(
            "sum in place of mean",
            lambda logits, category: cross_entropy(logits, category, reduction="sum"),
            "The losses of the clips were added up, so this term grows with the batch "
            "size relative to the other terms. Take the mean over the clips.",
        ),
        Mistake(
            "no reduction",
            lambda logits, category: cross_entropy(logits, category, reduction="none"),
            "These are the losses of the single clips. Return one number: their mean.",
        ),
        Mistake(
            "wrong sign",
            lambda logits, category: -category_loss(logits, category),
            "This is the mean log probability, which training should maximize. A loss "
            "is minimized: return minus the mean, which is never below 0.",
        ),
        Mistake(
            "softmax twice",
            lambda logits, category: cross_entropy(logits.softmax(1), category),
            "`cross_entropy` takes logits and applies the softmax itself. With "
            "probabilities as input it cannot approach 0, and its gradient is small.",
        ),
        Mistake(
            "probability without a logarithm",
            _mean_at_labels(lambda logits: logits.softmax(1)),
            "Minus the probability has almost no gradient where the prediction is "
            "confident and wrong, so the worst errors teach nothing. Take the "
            "logarithm.",
        ),
        Mistake(
            "raw logits without normalization",
            _mean_at_labels(lambda logits: logits),
            "Adding a constant to all logits would lower this loss without bound. Only "
            "differences of logits should count: normalize over the categories.",
        ),
        Mistake(
            "softmax over the batch",
            _mean_at_labels(lambda logits: logits.log_softmax(0)),
            "The probabilities sum to 1 over the batch here. Each clip has one "
            "category: normalize over axis 1.",
        ),
        Mistake(
            "overflowing exponentials",
            _mean_at_labels(_naive_log_softmax),
            "exp(800) is infinite, and infinity divided by infinity is nan. There is a "
            "function that computes the logarithm of a softmax stably.",
        ),
        Mistake(
            "logarithm of a softmax",
            _with_probabilities(lambda p: p),
            "The softmax of a logit that is far below the others is 0, whose logarithm "
            "is minus infinity. There is a function that computes the logarithm of a "
            "softmax stably.",
        ),
        *(
            Mistake(
                f"{epsilon} added to the probabilities",
                _with_probabilities(lambda p, epsilon=epsilon: p + epsilon),
                "The constant bounds the loss of a confident and wrong prediction, and "
                "takes away its gradient. There is a function that computes the "
                "logarithm of a softmax stably, without a constant.",
            )
            for epsilon in (1e-6, 1e-7, 1e-8, 1e-10, 1e-12)
        ),
        *(
            Mistake(
                f"probabilities clamped at {bound}",
                _with_probabilities(lambda p, bound=bound: p.clamp(min=bound)),
                "The bound makes the loss of a confident and wrong prediction "
                "constant, so it has no gradient. There is a function that computes "
                "the logarithm of a softmax stably, without a bound.",
            )
            for bound in (1e-6, 1e-7, 1e-8, 1e-10, 1e-12)
        ),
        Mistake(
            "mean over all entries",
            lambda logits, category: category_loss(logits, category) / logits.shape[1],
            "The mean runs over clips *and* categories, so the loss is too small by "
            "the number of categories. Each clip counts once: sum over the categories "
            "first, or pick the label's entry.",
        ),
        Mistake(
            "rows picked by the labels",
            lambda logits, category: -logits.log_softmax(1)[category].mean(),
            "The labels are used as numbers of clips here, and all categories of these "
            "clips are averaged. Pick from each row the *column* of its label.",
        ),
        Mistake(
            "the columns of all labels in every row",
            lambda logits, category: -logits.log_softmax(1)[:, category].mean(),
            "A colon selects every row, so each clip is compared with the labels of "
            "all clips. Each row needs the column of its own label.",
        ),
        Mistake(
            "label smoothing",
            lambda logits, category: cross_entropy(
                logits, category, label_smoothing=0.1
            ),
            "With label smoothing the target is not certain, so the loss of a perfect "
            "prediction is above 0. Leave it out.",
        ),
        Mistake(
            "category 0 ignored",
            lambda logits, category: cross_entropy(logits, category, ignore_index=0),
            "Clips of category 0 are left out. They count like all others.",
        ),
        Mistake(
            "only the first two categories",
            lambda logits, category: (
                category_loss(logits[:, :2], category.clamp(max=1))
                if logits.shape[1] >= 2
                else category_loss(logits, category)
            ),
            "Only two of the categories are used. Normalize over all of them.",
        ),
        Mistake(
            "binary cross-entropy for each category",
            lambda logits, category: binary_cross_entropy_with_logits(
                logits, _one_hot(logits, category)
            ),
            "Here each category is a separate binary decision, and several may be "
            "true. A clip has exactly one category: use one softmax over all of them.",
        ),
        Mistake(
            "squared error to the one-hot vector",
            lambda logits, category: (
                (logits.softmax(1) - _one_hot(logits, category)).square().sum(1).mean()
            ),
            "The squared error of probabilities is at most 2, with almost no gradient "
            "where the prediction is confident and wrong. The logarithm is unbounded.",
        ),
        Mistake(
            "entropy of the prediction",
            _entropy,
            "This is how uncertain the prediction is, whatever the label: a confident "
            "and wrong prediction costs nothing. Use the categories given.",
        ),
        Mistake(
            "the predicted category as label",
            _with_labels(lambda logits, category: logits.argmax(1)),
            "The label was replaced by the most probable category, so the prediction "
            "is always right. Use the categories given.",
        ),
        Mistake(
            "categories counted from 1",
            _with_labels(lambda logits, category: (category + 1) % logits.shape[1]),
            "The loss of each clip is that of the next category. Labels count from 0, "
            "as columns do.",
        ),
        Mistake(
            "bits in place of nats",
            lambda logits, category: category_loss(logits, category) / log(2),
            "The logarithm to the base 2 makes this term 1.44 times as large relative "
            "to the other terms. Use the natural logarithm.",
        ),
        Mistake(
            "error rate",
            lambda logits, category: (logits.argmax(1) != category).to(logits).mean(),
            "The error rate is easy to read, but its gradient is 0, so nothing can be "
            "trained with it. Use the log probability.",
        ),
    ),
    alternatives=(
        lambda logits, category: cross_entropy(logits, category),
        _logsumexp,
    ),
    hints=(
        "Which probability does the softmax give to the label of each clip? The loss "
        "of a clip is minus the natural logarithm of that probability.",
        "Turn each row of logits into log probabilities, take the entry of the label "
        "from each row, then minus the mean.",
        "`log_softmax` over the categories is stable for any logits. `gather` takes "
        "one column a row, if the labels are a column themselves.",
    ),
)
