"""X1.5: the least-squares losses of discriminator and generator."""

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
    """Cases for two losses on scores: the discriminator's, then the generator's."""
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    both = ("scores_real", "scores_fake")
    spread = torch.tensor([-2.5, -0.5, 0.5, 2.5])  # on both sides of every margin
    far = torch.tensor([-20.0, -7.0, 7.0, 20.0])
    inputs = (
        ("batches of unequal size", 2 * draw(5), 2 * draw(8)),
        ("batches of equal size", 2 * draw(6), 2 * draw(6)),
        ("a map of scores for each image", draw(3, 1, 2, 4), draw(2, 1, 4, 3)),
        ("scores below, between and above the labels", spread + draw(4) / 9, spread),
        ("a column of scores", 2 * draw(4, 1), 2 * draw(6, 1)),
        ("one sample of each kind", 2 * draw(1), 2 * draw(1)),
        ("scores of -20 and 20", far + draw(4), far + draw(4)),
        ("float32 stays float32", 2 * draw(5).float(), 2 * draw(4).float()),
    )
    discriminator = [
        Case(x[0], dict(zip(both, x[1:], strict=True)), both) for x in inputs
    ]
    return discriminator + [
        Case("the generator's loss on these scores", {"scores_fake": x[2]}, both[1:], 1)
        for x in inputs
    ]


def _squares(real, fake, factor=0.5):
    return factor * real.square().mean(), factor * fake.square().mean()


LEAST_SQUARES = Exercise(
    id="X1.5",
    title="The least-squares losses",
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
            "This discriminator moves real scores to 0 and fake scores to 1, as the "
            "generator does. Which label does a real sample have?",
        ),
        Mistake(
            "generator with the label of fake samples",
            (
                least_squares_discriminator_loss,
                lambda scores_fake: scores_fake.square().mean() / 2,
            ),
            "Both networks now move fake scores to 0, so they do not compete. The "
            "generator should move its scores to the label of real samples.",
        ),
        Mistake(
            "one min-max in place of two losses",
            (
                least_squares_discriminator_loss,
                lambda scores_fake: -scores_fake.square().mean() / 2,
            ),
            "Maximizing the discriminator's loss moves fake scores away from 0 in "
            "either direction, without bound. The generator has its own loss and "
            "label.",
        ),
        Mistake(
            "factor 1/2 missing",
            (
                lambda scores_real, scores_fake: _squares(
                    scores_real - 1, scores_fake, 1
                ),
                lambda scores_fake: (scores_fake - 1).square().mean(),
            ),
            "The losses of the paper have a factor 1/2 in all three terms; without it "
            "every gradient is twice as large.",
        ),
        Mistake(
            "factor 1/2 missing in the generator's loss",
            (
                least_squares_discriminator_loss,
                lambda scores_fake: (scores_fake - 1).square().mean(),
            ),
            "The generator's loss has a factor 1/2 as well; without it the generator's "
            "gradients are twice as large.",
        ),
        Mistake(
            "factor 1/2 missing in the discriminator's loss",
            (
                lambda scores_real, scores_fake: _squares(
                    scores_real - 1, scores_fake, 1
                ),
                least_squares_generator_loss,
            ),
            "Both terms of the discriminator's loss have a factor 1/2; without it its "
            "gradients are twice as large.",
        ),
        Mistake(
            "factor 1/2 applied twice",
            (
                lambda scores_real, scores_fake: _squares(
                    scores_real - 1, scores_fake, 0.25
                ),
                least_squares_generator_loss,
            ),
            "Each term is *half* the mean squared error. Both terms are not averaged "
            "once more: they are returned separately.",
        ),
        Mistake(
            "labels -1 and 1",
            (
                lambda scores_real, scores_fake: _squares(
                    scores_real - 1, scores_fake + 1
                ),
                lambda scores_fake: scores_fake.square().mean() / 2,
            ),
            "These are the labels a = -1, b = 1, c = 0, for which the loss is a "
            "chi-square divergence. The exercise asks for a = 0 and b = c = 1.",
        ),
        Mistake(
            "mean before the square",
            (
                lambda scores_real, scores_fake: (
                    (scores_real.mean() - 1).square() / 2,
                    scores_fake.mean().square() / 2,
                ),
                lambda scores_fake: (scores_fake.mean() - 1).square() / 2,
            ),
            "Only the mean score has to meet its label here, so errors of opposite "
            "sign cancel. Square the error of every sample, then take the mean.",
        ),
        Mistake(
            "absolute error",
            (
                lambda scores_real, scores_fake: (
                    (scores_real - 1).abs().mean() / 2,
                    scores_fake.abs().mean() / 2,
                ),
                lambda scores_fake: (scores_fake - 1).abs().mean() / 2,
            ),
            "The gradient of an absolute error has the same size at every distance. "
            "The losses are *squared* errors.",
        ),
        Mistake(
            "sigmoid before the squares",
            (
                lambda scores_real, scores_fake: _squares(
                    scores_real.sigmoid() - 1, scores_fake.sigmoid()
                ),
                lambda scores_fake: (scores_fake.sigmoid() - 1).square().mean() / 2,
            ),
            "Squared errors have the advantage that their gradient does not vanish far "
            "from the label; a sigmoid undoes that. Use the scores without a sigmoid.",
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
            "The losses grow with the batch size; each term should be a mean.",
        ),
        Mistake(
            "cross-entropy in place of squares",
            (
                lambda scores_real, scores_fake: discriminator_loss(
                    scores_real, scores_fake
                ),
                lambda scores_fake: nonsaturating_generator_loss(scores_fake),
            ),
            "This is the loss of sections 1.1 and 1.4. Here a score is not a logit: "
            "its loss is the squared difference to its label.",
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
        "Draw three parabolas: one for real scores, one for fake scores in the "
        "discriminator's loss, one for fake scores in the generator's loss. Where is "
        "the minimum of each?",
        "Real scores: at 1. Fake scores in the discriminator's loss: at 0. Fake scores "
        "in the generator's loss: at 1, because it wants them taken for real.",
        "Every term is half the mean of a squared difference between score and label.",
    ),
)
