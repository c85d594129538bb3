"""X1.1 and X1.4: cross-entropy losses of discriminator and generator on logits."""

from collections.abc import Sequence
from functools import partial
from math import log

import torch
from torch.nn.functional import binary_cross_entropy as bce
from torch.nn.functional import binary_cross_entropy_with_logits as bce_on_logits
from torch.nn.functional import logsigmoid, softplus

from course_lib.gan.objectives import discriminator_loss, nonsaturating_generator_loss
from teaching.exercise import Case, Exercise, Mistake


def _discriminator_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    both = ("logits_real", "logits_fake")
    far = torch.tensor([-800.0, 800.0, 1.0])
    range_ = torch.linspace(-15, 15, 7, dtype=torch.float64)
    inputs = (
        ("batches of unequal size", 3 * draw(5), 3 * draw(8)),
        ("batches of equal size", 3 * draw(6), 3 * draw(6)),
        ("a map of logits for each image", draw(3, 1, 2, 4), draw(2, 1, 4, 3)),
        ("a column of logits", 2 * draw(4, 1), 2 * draw(6, 1)),
        ("one sample of each kind", 2 * draw(1), 2 * draw(1)),
        ("logits from -15 to 15", range_ + draw(7), range_ + draw(7)),
        ("logits of -800 and 800 stay finite", far + draw(3), far + draw(3)),
        ("float32 stays float32", draw(6).float(), draw(4).float()),
        (
            "float32 logits of -200 and 200 stay finite",
            (far / 4 + draw(3)).float(),
            (far / 4 + draw(3)).float(),
        ),
    )
    return [Case(x[0], dict(zip(both, x[1:], strict=True)), both) for x in inputs]


def _cross_entropies(real, fake, sign=1):
    return sign * softplus(real).mean(), sign * softplus(fake).mean()


DISCRIMINATOR_LOSS = Exercise(
    id="X1.1",
    title="The discriminator's loss",
    reference=discriminator_loss,
    points=2,
    minutes=8,
    difficulty=1,
    cases=_discriminator_cases,
    mistakes=(
        Mistake(
            "fake samples labelled as real",
            lambda logits_real, logits_fake: _cross_entropies(
                -logits_real, -logits_fake
            ),
            "Here the loss falls when the discriminator takes fake samples for real. "
            "In its own loss fake samples have the label 0: check the sign inside the "
            "second term.",
        ),
        Mistake(
            "labels exchanged",
            lambda logits_real, logits_fake: _cross_entropies(
                logits_real, -logits_fake
            ),
            "This discriminator learns to call real samples fake and fake samples "
            "real. Ask for each term: for which logit should the loss be almost 0, a "
            "very large or a very small one?",
        ),
        Mistake(
            "sigmoid applied twice",
            lambda logits_real, logits_fake: _cross_entropies(
                -logits_real.sigmoid(), logits_fake.sigmoid()
            ),
            "The sigmoid is applied twice, so the loss of a real sample never falls "
            "below 0.31 nats. A loss on logits needs the logits without a sigmoid.",
        ),
        Mistake(
            "logits where probabilities are needed",
            lambda logits_real, logits_fake: (
                bce(logits_real, torch.ones_like(logits_real)),
                bce(logits_fake, torch.zeros_like(logits_fake)),
            ),
            "`binary_cross_entropy` needs probabilities between 0 and 1, and a logit "
            "can be any number. `binary_cross_entropy_with_logits` takes logits.",
        ),
        Mistake(
            "logarithm of a rounded probability",
            lambda logits_real, logits_fake: (
                -logits_real.sigmoid().log().mean(),
                -(1 - logits_fake.sigmoid()).log().mean(),
            ),
            "The formula is correct, but in floating point exp(800) is infinite, and "
            "the sigmoid of 800 is exactly 1, so that a logarithm is infinite. Use one "
            "function of the logit that contains both steps.",
        ),
        Mistake(
            "sum in place of the mean",
            lambda logits_real, logits_fake: (
                softplus(-logits_real).sum(),
                softplus(logits_fake).sum(),
            ),
            "Each term grows with the size of its batch, so that a larger batch acts "
            "like a larger learning rate. Each term should be the mean over its batch.",
        ),
        Mistake(
            "sign of the loss reversed",
            lambda logits_real, logits_fake: _cross_entropies(
                -logits_real, logits_fake, -1
            ),
            "This is the value that the discriminator maximizes in the paper. "
            "PyTorch's optimizers minimize, so the loss is minus that value and never "
            "negative.",
        ),
        Mistake(
            "loss capped at 100 nats",
            lambda logits_real, logits_fake: (
                bce(logits_real.sigmoid(), torch.ones_like(logits_real)),
                bce(logits_fake.sigmoid(), torch.zeros_like(logits_fake)),
            ),
            "`binary_cross_entropy` clamps every logarithm at -100, so beyond that the "
            "gradient is 0. The version for logits has no such limit.",
        ),
        Mistake(
            "mean before the loss",
            lambda logits_real, logits_fake: (
                softplus(-logits_real.mean()),
                softplus(logits_fake.mean()),
            ),
            "This is the loss of the mean logit. Samples that are recognized then "
            "compensate for others: compute the loss of each sample, then the mean.",
        ),
        Mistake(
            "both terms halved",
            lambda logits_real, logits_fake: (
                softplus(-logits_real).mean() / 2,
                softplus(logits_fake).mean() / 2,
            ),
            "Each term is the mean over its own batch, without another factor 1/2: the "
            "value function is the sum of both expectations.",
        ),
        Mistake(
            "one mean over both batches",
            lambda logits_real, logits_fake: (
                softplus(-logits_real).sum()
                / (logits_real.numel() + logits_fake.numel()),
                softplus(logits_fake).sum()
                / (logits_real.numel() + logits_fake.numel()),
            ),
            "Both sums are divided by the size of the two batches together. Each term "
            "is an expectation of its own: divide by the size of its own batch.",
        ),
        Mistake(
            "label smoothing",
            lambda logits_real, logits_fake: (
                bce_on_logits(logits_real, torch.full_like(logits_real, 0.9)),
                bce_on_logits(logits_fake, torch.zeros_like(logits_fake)),
            ),
            "Real samples have the label 0.9 here. Smoothed labels are a refinement of "
            "Salimans et al. 2016; in this loss the label of a real sample is 1.",
        ),
        Mistake(
            "one total in place of two terms",
            lambda logits_real, logits_fake: sum(
                _cross_entropies(-logits_real, logits_fake)
            ),
            "The total is correct, but the exercise needs both terms separately, "
            "because they show on which samples the discriminator fails. Return a "
            "`DiscriminatorLoss`.",
        ),
    ),
    alternatives=(
        lambda logits_real, logits_fake: (
            bce_on_logits(logits_real, torch.ones_like(logits_real)),
            bce_on_logits(logits_fake, torch.zeros_like(logits_fake)),
        ),
        lambda logits_real, logits_fake: (
            -logsigmoid(logits_real).mean(),
            -logsigmoid(-logits_fake).mean(),
        ),
    ),
    hints=(
        "With D = sigmoid(logit), the loss of a real sample is -log D and that of a "
        "fake sample is -log(1 - D). What is that for a logit of 0, and for a very "
        "large one?",
        "-log sigmoid(x) = log(1 + exp(-x)), and torch computes log(1 + exp(x)) as "
        "`softplus`, without overflow. Besides, 1 - sigmoid(x) = sigmoid(-x).",
        "Use one `softplus` for each batch, each with its own mean; one of the two "
        "takes the negated logits.",
    ),
)


def _generator_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    far = torch.tensor([-800.0, 800.0, 1.0])
    range_ = torch.linspace(-15, 15, 7, dtype=torch.float64)
    inputs = (
        ("the mean over a batch", 3 * draw(7)),
        ("a map of logits for each image", draw(3, 1, 2, 4)),
        ("a column of logits", 2 * draw(5, 1)),
        ("one sample", 2 * draw(1)),
        ("logits from -15 to 15", range_ + draw(7)),
        ("logits of -800 and 800 stay finite", far + draw(3)),
        ("float32 stays float32", 3 * draw(5).float()),
        ("float32 logits of -200 and 200 stay finite", (far / 4 + draw(3)).float()),
    )
    return [Case(label, {"logits_fake": x}, ("logits_fake",)) for label, x in inputs]


GENERATOR_LOSS = Exercise(
    id="X1.4",
    title="The non-saturating generator loss",
    reference=nonsaturating_generator_loss,
    points=1,
    minutes=5,
    difficulty=1,
    cases=_generator_cases,
    mistakes=(
        Mistake(
            "the saturating loss",
            lambda logits_fake: -softplus(logits_fake).mean(),
            "This is log(1 - D), the generator's term of the value function. Its "
            "gradient vanishes where fake samples are recognized. The exercise needs "
            "-log D.",
        ),
        Mistake(
            "fake samples labelled as fake",
            lambda logits_fake: softplus(logits_fake).mean(),
            "This is the discriminator's term: it falls when fake samples are "
            "recognized. In the generator's loss they have the label 1.",
        ),
        Mistake(
            "sign of the loss reversed",
            lambda logits_fake: -softplus(-logits_fake).mean(),
            "This is log D, which the generator should increase, but an optimizer "
            "decreases its loss. Minus the logarithm of a probability is never "
            "negative.",
        ),
        Mistake(
            "sigmoid applied twice",
            lambda logits_fake: softplus(-logits_fake.sigmoid()).mean(),
            "The sigmoid is applied twice, so the gradient at a recognized fake sample "
            "vanishes again, which this loss should avoid. Use the logits without a "
            "sigmoid.",
        ),
        Mistake(
            "logarithm of a rounded probability",
            lambda logits_fake: -logits_fake.sigmoid().log().mean(),
            "The formula is correct, but in floating point exp(800) is infinite, and "
            "the sigmoid of -800 is exactly 0, so that the logarithm is infinite. Use "
            "one function of the logit that contains both steps.",
        ),
        Mistake(
            "loss capped at 100 nats",
            lambda logits_fake: bce(logits_fake.sigmoid(), logits_fake * 0 + 1),
            "`binary_cross_entropy` clamps every logarithm at -100, so beyond that the "
            "gradient is 0. The version for logits has no such limit.",
        ),
        Mistake(
            "sum in place of the mean",
            lambda logits_fake: softplus(-logits_fake).sum(),
            "The loss grows with the size of the batch; it should be the mean over it.",
        ),
        Mistake(
            "mean before the loss",
            lambda logits_fake: softplus(-logits_fake.mean()),
            "This is the loss of the mean logit. Samples that are recognized then hide "
            "behind others: compute the loss of each sample, then the mean.",
        ),
        Mistake(
            "logarithm of the mean probability",
            lambda logits_fake: (
                -(logsigmoid(logits_fake).logsumexp(tuple(range(logits_fake.ndim))))
                + log(logits_fake.numel())
            ),
            "This is -log of the mean of D. The loss is the mean of -log D: take the "
            "logarithm for each sample, the mean last.",
        ),
        Mistake(
            "the loss of a Wasserstein generator",
            lambda logits_fake: -logits_fake.mean(),
            "Minus the mean logit has no sigmoid and no logarithm: its gradient is the "
            "same for every sample, however well it passes for real.",
        ),
        Mistake(
            "probability in place of its logarithm",
            lambda logits_fake: (1 - logits_fake.sigmoid()).mean(),
            "1 - D has a gradient that vanishes where fake samples are recognized. The "
            "loss is minus the *logarithm* of D, whose gradient does not.",
        ),
        Mistake(
            "reduction left out",
            lambda logits_fake: softplus(-logits_fake),
            "This is the loss of each sample. An optimizer needs one number: take the "
            "mean over the batch.",
        ),
    ),
    alternatives=(
        lambda logits_fake: bce_on_logits(logits_fake, torch.ones_like(logits_fake)),
        lambda logits_fake: -logsigmoid(logits_fake).mean(),
    ),
    hints=(
        "The generator wants its samples to be taken for real. What is the "
        "discriminator's loss on a real sample?",
        "Use the discriminator's term for real samples, with the logits of the fake "
        "samples: -log D.",
        "Take `softplus` of the logits with the right sign, then the mean. Check it: a "
        "logit of -8 gives about 8, a logit of 8 almost 0.",
    ),
)
