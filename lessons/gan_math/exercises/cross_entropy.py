"""Ask for the judge's and the generator's cross-entropy on logits."""

from collections.abc import Sequence
from functools import partial

import torch
from torch.nn.functional import binary_cross_entropy as bce
from torch.nn.functional import binary_cross_entropy_with_logits as bce_on_logits
from torch.nn.functional import logsigmoid, softplus

from course_lib.gan.objectives import discriminator_loss, nonsaturating_generator_loss
from teaching.exercise import Case, Exercise, Mistake


def _judge_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    both = ("logits_real", "logits_fake")
    far = torch.tensor([-200.0, 200.0, 1.0])
    questions = (
        ("batches of unequal size", 3 * draw(5), 3 * draw(8)),
        ("batches of equal size", 3 * draw(6), 3 * draw(6)),
        ("a map of verdicts for each image", draw(3, 1, 2, 4), draw(2, 1, 4, 3)),
        ("logits of -200 and 200 stay finite", far + draw(3), far + draw(3)),
        ("float32 stays float32", draw(6).float(), draw(4).float()),
    )
    return [Case(x[0], dict(zip(both, x[1:], strict=True)), both) for x in questions]


def _costs(real, fake, sign=1):
    return sign * softplus(real).mean(), sign * softplus(fake).mean()


JUDGE_LOSS = Exercise(
    id="X1.1",
    title="What the judge pays",
    reference=discriminator_loss,
    points=2,
    minutes=8,
    difficulty=1,
    cases=_judge_cases,
    mistakes=(
        Mistake(
            "fakes labelled as real",
            lambda logits_real, logits_fake: _costs(-logits_real, -logits_fake),
            "The judge is rewarded here for calling fakes real. In its own loss fakes "
            "carry the label 0: look at the sign inside the second part.",
        ),
        Mistake(
            "labels exchanged",
            lambda logits_real, logits_fake: _costs(logits_real, -logits_fake),
            "This judge learns to call real samples fake and fakes real. Ask of each "
            "part: which logit should cost nothing, a very large or a very small one?",
        ),
        Mistake(
            "sigmoid before a loss that has one inside",
            lambda logits_real, logits_fake: _costs(
                -logits_real.sigmoid(), logits_fake.sigmoid()
            ),
            "The logits pass through a sigmoid twice: even a perfect judge then pays "
            "0.31 nats for a real sample. A loss that takes logits wants them raw.",
        ),
        Mistake(
            "logits where probabilities are needed",
            lambda logits_real, logits_fake: (
                bce(logits_real, torch.ones_like(logits_real)),
                bce(logits_fake, torch.zeros_like(logits_fake)),
            ),
            "`binary_cross_entropy` takes probabilities from 0 to 1; a logit is any "
            "number. Its sister with `with_logits` in the name takes these.",
        ),
        Mistake(
            "logarithm of a rounded probability",
            lambda logits_real, logits_fake: (
                -logits_real.sigmoid().log().mean(),
                -(1 - logits_fake.sigmoid()).log().mean(),
            ),
            "Right on paper. In the machine the sigmoid of 200 is exactly 1, and log 0 "
            "is infinite: join sigmoid and logarithm into one function of the logit.",
        ),
        Mistake(
            "sum in place of the mean",
            lambda logits_real, logits_fake: (
                softplus(-logits_real).sum(),
                softplus(logits_fake).sum(),
            ),
            "Each part grows with its batch, so that a larger batch acts like a larger "
            "step. A part says what one sample costs on average.",
        ),
        Mistake(
            "climbed instead of descended",
            lambda logits_real, logits_fake: _costs(-logits_real, logits_fake, -1),
            "This is the value that the paper's judge ascends. Our optimizers "
            "descend: what a judge pays is never negative.",
        ),
        Mistake(
            "one total in place of two parts",
            lambda logits_real, logits_fake: sum(_costs(-logits_real, logits_fake)),
            "The total is right, but its parts are asked for: watched one by one, they "
            "tell on which side the judge fails. Return a `DiscriminatorLoss`.",
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
        "With D = sigmoid(logit), a real sample costs -log D and a fake one "
        "-log(1 - D). What is that for a logit of 0? For a very large one?",
        "-log sigmoid(x) = log(1 + exp(-x)), and torch has log(1 + exp(x)) as "
        "`softplus`, safe for every x. Besides, 1 - sigmoid(x) = sigmoid(-x).",
        "One `softplus` for each batch, each with its own mean; one of the two takes "
        "the logits with their sign turned.",
    ),
)


def _generator_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    far = torch.tensor([-800.0, 800.0, 1.0])
    questions = (
        ("the mean over a batch", 3 * draw(7)),
        ("a map of verdicts for each image", draw(3, 1, 2, 4)),
        ("logits of -800 and 800 stay finite", far + draw(3)),
        ("float32 stays float32", 3 * draw(5).float()),
    )
    return [Case(label, {"logits_fake": x}, ("logits_fake",)) for label, x in questions]


GENERATOR_LOSS = Exercise(
    id="X1.4",
    title="A loss that lets go",
    reference=nonsaturating_generator_loss,
    points=1,
    minutes=5,
    difficulty=1,
    cases=_generator_cases,
    mistakes=(
        Mistake(
            "the saturating loss",
            lambda logits_fake: -softplus(logits_fake).mean(),
            "This is log(1 - D), the generator's side of the value function: flat "
            "exactly where the generator is bad. Asked for is its surprise at “real”.",
        ),
        Mistake(
            "fakes labelled as fake",
            lambda logits_fake: softplus(logits_fake).mean(),
            "This rewards the generator for being found out: it is the judge's part. "
            "In the generator's loss its fakes carry the label 1.",
        ),
        Mistake(
            "climbed instead of descended",
            lambda logits_fake: -softplus(-logits_fake).mean(),
            "This is log D, which the generator wants to raise; an optimizer lowers "
            "it. A surprise, minus the log of a probability, is never negative.",
        ),
        Mistake(
            "sigmoid before a loss that has one inside",
            lambda logits_fake: softplus(-logits_fake.sigmoid()).mean(),
            "The logits pass through a sigmoid twice, and the slope at a bad fake is "
            "tiny again: the fault this loss was made to mend. Leave the logits raw.",
        ),
        Mistake(
            "logarithm of a rounded probability",
            lambda logits_fake: -logits_fake.sigmoid().log().mean(),
            "Right on paper. In the machine the sigmoid of -800 is exactly 0 and its "
            "logarithm infinite: join both into one function of the logit.",
        ),
        Mistake(
            "surprise capped at 100 nats",
            lambda logits_fake: bce(logits_fake.sigmoid(), logits_fake * 0 + 1),
            "`binary_cross_entropy` on probabilities stops every logarithm at -100: "
            "beyond, the loss stands still. The one for logits has no such wall.",
        ),
        Mistake(
            "sum in place of the mean",
            lambda logits_fake: softplus(-logits_fake).sum(),
            "The loss grows with the batch; asked for is what one of its fakes costs.",
        ),
    ),
    alternatives=(
        lambda logits_fake: bce_on_logits(logits_fake, torch.ones_like(logits_fake)),
        lambda logits_fake: -logsigmoid(logits_fake).mean(),
    ),
    hints=(
        "The generator wants its fakes called real. What does the judge pay for a "
        "real sample?",
        "The formula of the judge's first part, fed with the fakes' logits: -log D.",
        "`softplus` of the logits with the right sign, then the mean. Test yourself: a "
        "logit of -8 costs about 8, a logit of 8 nearly nothing.",
    ),
)
