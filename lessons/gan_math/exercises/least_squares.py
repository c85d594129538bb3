"""Ask for a judge and a generator that pay the squared distance to a label."""

from collections.abc import Sequence
from functools import partial

import torch
from torch.nn.functional import mse_loss

from course_lib.gan.objectives import (
    discriminator_loss,
    least_squares_discriminator_loss,
    least_squares_generator_loss,
    nonsaturating_generator_loss,
)
from teaching.exercise import Case, Exercise, Mistake


def score_cases(rng: torch.Generator) -> Sequence[Case]:
    """Questions to a pair of losses on scores: first the judge's, then the other."""
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    both = ("scores_real", "scores_fake")
    spread = torch.tensor([-2.5, -0.5, 0.5, 2.5])  # on both sides of every margin
    questions = (
        ("batches of unequal size", 2 * draw(5), 2 * draw(8)),
        ("batches of equal size", 2 * draw(6), 2 * draw(6)),
        ("a map of scores for each image", draw(3, 1, 2, 4), draw(2, 1, 4, 3)),
        ("scores below, between and above the labels", spread + draw(4) / 9, spread),
        ("float32 stays float32", 2 * draw(5).float(), 2 * draw(4).float()),
    )
    judge = [Case(x[0], dict(zip(both, x[1:], strict=True)), both) for x in questions]
    return judge + [
        Case("the generator's loss on such fakes", {"scores_fake": x[2]}, both[1:], 1)
        for x in questions
    ]


def _squares(real, fake, share=0.5):
    return share * real.square().mean(), share * fake.square().mean()


LEAST_SQUARES = Exercise(
    id="X1.5",
    title="Two losses of least squares",
    reference=(least_squares_discriminator_loss, least_squares_generator_loss),
    points=2,
    minutes=8,
    difficulty=2,
    cases=score_cases,
    mistakes=(
        Mistake(
            "labels exchanged",
            (
                lambda scores_real, scores_fake: _squares(scores_real, scores_fake - 1),
                least_squares_generator_loss,
            ),
            "This judge pulls real scores to 0 and fake ones to 1, hand in hand with "
            "the generator. Which label does a real sample carry?",
        ),
        Mistake(
            "generator aims at the label of fakes",
            (
                least_squares_discriminator_loss,
                lambda scores_fake: scores_fake.square().mean() / 2,
            ),
            "The judge pulls fake scores to 0, and so does this generator: nobody plays"
            " against the judge. A generator wants its fakes scored like real samples.",
        ),
        Mistake(
            "one min-max in place of two losses",
            (
                least_squares_discriminator_loss,
                lambda scores_fake: -scores_fake.square().mean() / 2,
            ),
            "Climbing the judge's loss pushes fake scores away from 0 in either "
            "direction, without end. The generator has a loss and a target of its own.",
        ),
        Mistake(
            "half forgotten",
            (
                lambda scores_real, scores_fake: _squares(
                    scores_real - 1, scores_fake, 1
                ),
                lambda scores_fake: (scores_fake - 1).square().mean(),
            ),
            "The paper's losses carry a factor 1/2, in all three terms; without it "
            "every slope is twice as steep. Look at its equation once more.",
        ),
        Mistake(
            "sigmoid before the squares",
            (
                lambda scores_real, scores_fake: _squares(
                    scores_real.sigmoid() - 1, scores_fake.sigmoid()
                ),
                lambda scores_fake: (scores_fake.sigmoid() - 1).square().mean() / 2,
            ),
            "Squares were chosen because their slope does not die far from the label; "
            "a sigmoid brings that death back. The scores enter raw.",
        ),
        Mistake(
            "sum in place of the mean",
            (
                lambda scores_real, scores_fake: (
                    (scores_real - 1).square().sum() / 2,
                    scores_fake.square().sum() / 2,
                ),
                lambda scores_fake: (scores_fake - 1).square().sum() / 2,
            ),
            "The losses grow with the batch; asked for is the mean over each batch.",
        ),
        Mistake(
            "cross-entropy in place of squares",
            (
                lambda scores_real, scores_fake: discriminator_loss(
                    scores_real, scores_fake
                ),
                lambda scores_fake: nonsaturating_generator_loss(scores_fake),
            ),
            "This is the loss of sections 1.1 and 1.4. Here a score is no logit: it is "
            "compared with its label by the square of their distance.",
        ),
    ),
    alternatives=(
        (
            lambda scores_real, scores_fake: (
                mse_loss(scores_real, torch.ones_like(scores_real)) / 2,
                mse_loss(scores_fake, torch.zeros_like(scores_fake)) / 2,
            ),
            lambda scores_fake: mse_loss(scores_fake, scores_fake * 0 + 1) / 2,
        ),
        (
            lambda scores_real, scores_fake: (
                (scores_real**2).mean() / 2 - scores_real.mean() + 0.5,
                0.5
                * torch.einsum("i,i", *[scores_fake.flatten()] * 2)
                / scores_fake.numel(),
            ),
            lambda scores_fake: 0.5 * torch.mean((1 - scores_fake) ** 2),
        ),
    ),
    hints=(
        "Draw three parabolas: one for real scores, one for fake ones in the judge's "
        "loss, one for fake ones in the generator's. Where is the bottom of each?",
        "Real: bottom at 1. Fake, for the judge: at 0. Fake, for the generator: at 1, "
        "for it wants its fakes taken for real.",
        "Every term is half the mean of a squared difference between score and label.",
    ),
)
