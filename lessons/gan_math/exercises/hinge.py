"""X1.6: the hinge losses of discriminator and generator."""

import torch
from torch.nn.functional import relu, softplus

from course_lib.gan.objectives import hinge_discriminator_loss, hinge_generator_loss
from lessons.gan_math.exercises.least_squares import score_cases
from teaching.exercise import Exercise, Mistake


def _relus(real, fake):
    return relu(real).mean(), relu(fake).mean()


HINGE = Exercise(
    id="X1.6",
    title="The hinge losses",
    reference=(hinge_discriminator_loss, hinge_generator_loss),
    points=2,
    minutes=8,
    difficulty=2,
    cases=score_cases,
    mistakes=(
        Mistake(
            "sign inside the hinge reversed",
            (
                lambda scores_real, scores_fake: _relus(
                    1 + scores_real, 1 - scores_fake
                ),
                hinge_generator_loss,
            ),
            "Here high scores on real samples have a loss and low scores have none. A "
            "real score of 5 lies beyond the margin: what should its loss be?",
        ),
        Mistake(
            "no hinge",
            (
                lambda scores_real, scores_fake: (
                    -scores_real.mean(),
                    scores_fake.mean(),
                ),
                hinge_generator_loss,
            ),
            "This is the loss of the Wasserstein critic, which is unbounded below. The "
            "hinge loss is 0 for scores beyond the margin.",
        ),
        Mistake(
            "hinge in the generator's loss too",
            (
                hinge_discriminator_loss,
                lambda scores_fake: relu(1 - scores_fake).mean(),
            ),
            "Here the generator gets no gradient from fake samples with a score above "
            "1. Its loss has no hinge: it raises the score of every fake sample.",
        ),
        Mistake(
            "generator with the discriminator's sign",
            (hinge_discriminator_loss, lambda scores_fake: scores_fake.mean()),
            "Minimizing this lowers the scores of fake samples, which is the "
            "discriminator's objective. The generator has to raise them.",
        ),
        Mistake(
            "hinge after the mean",
            (
                lambda scores_real, scores_fake: (
                    relu(1 - scores_real.mean()),
                    relu(1 + scores_fake.mean()),
                ),
                hinge_generator_loss,
            ),
            "Here one sample far beyond the margin compensates for others. Apply the "
            "hinge to each sample, and take the mean last.",
        ),
        Mistake(
            "margin missing",
            (
                lambda scores_real, scores_fake: _relus(-scores_real, scores_fake),
                hinge_generator_loss,
            ),
            "Here a discriminator that outputs 0 for everything has loss 0. The "
            "corners of the hinge are at +1 for real and at -1 for fake scores.",
        ),
        Mistake(
            "fake scores with the real margin",
            (
                lambda scores_real, scores_fake: _relus(
                    1 - scores_real, 1 - scores_fake
                ),
                hinge_generator_loss,
            ),
            "The term of the fake samples is that of the real ones, so the "
            "discriminator raises both scores. Fake scores have to fall below -1.",
        ),
        Mistake(
            "real scores with the fake margin",
            (
                lambda scores_real, scores_fake: _relus(
                    1 + scores_real, 1 + scores_fake
                ),
                hinge_generator_loss,
            ),
            "The term of the real samples is that of the fake ones, so the "
            "discriminator lowers both scores. Real scores have to rise above +1.",
        ),
        Mistake(
            "squared hinge",
            (
                lambda scores_real, scores_fake: (
                    relu(1 - scores_real).square().mean(),
                    relu(1 + scores_fake).square().mean(),
                ),
                hinge_generator_loss,
            ),
            "This is the squared hinge. The hinge loss grows linearly: it is the "
            "distance to the margin itself.",
        ),
        Mistake(
            "sum in place of the mean",
            (
                lambda scores_real, scores_fake: (
                    relu(1 - scores_real).sum(),
                    relu(1 + scores_fake).sum(),
                ),
                lambda scores_fake: -scores_fake.sum(),
            ),
            "The losses grow with the batch size; each term should be a mean.",
        ),
        Mistake(
            "mean over the samples inside the margin",
            (
                lambda scores_real, scores_fake: (
                    relu(1 - scores_real).sum() / (scores_real < 1).sum(),
                    relu(1 + scores_fake).sum() / (scores_fake > -1).sum(),
                ),
                hinge_generator_loss,
            ),
            "Samples beyond the margin count with a loss of 0. The mean is over the "
            "whole batch; a mean over an empty selection would be nan.",
        ),
        Mistake(
            "terms of the discriminator halved",
            (
                lambda scores_real, scores_fake: (
                    relu(1 - scores_real).mean() / 2,
                    relu(1 + scores_fake).mean() / 2,
                ),
                hinge_generator_loss,
            ),
            "The two terms are added, not averaged: there is no factor 1/2 in the "
            "hinge loss.",
        ),
        Mistake(
            "signs of the paper's maximization",
            (
                lambda scores_real, scores_fake: (
                    -relu(1 - scores_real).mean(),
                    -relu(1 + scores_fake).mean(),
                ),
                hinge_generator_loss,
            ),
            "The paper *maximizes* the mean of min(0, -1 + score). An optimizer "
            "minimizes: the loss is minus that, and never negative.",
        ),
        Mistake(
            "softplus in place of relu",
            (
                lambda scores_real, scores_fake: (
                    softplus(1 - scores_real).mean(),
                    softplus(1 + scores_fake).mean(),
                ),
                hinge_generator_loss,
            ),
            "Softplus is never 0, so samples beyond the margin still have a gradient. "
            "The hinge loss is exactly 0 there.",
        ),
    ),
    alternatives=(
        (
            lambda scores_real, scores_fake: (
                (1 - scores_real).clamp(min=0).mean(),
                (1 + scores_fake).clamp(min=0).mean(),
            ),
            lambda scores_fake: scores_fake.neg().mean(),
        ),
        (
            lambda scores_real, scores_fake: (
                -torch.where(scores_real < 1, scores_real - 1, 0).mean(),
                -torch.where(scores_fake > -1, -1 - scores_fake, 0).mean(),
            ),
            lambda scores_fake: -scores_fake.sum() / scores_fake.numel(),
        ),
    ),
    hints=(
        "Plot the loss of a real sample over its score: a line that falls until +1, "
        "then 0. For a fake sample, mirror it at 0.",
        "`relu` has such a corner at 0. Shift it by 1, and mirror it for real scores.",
        "Discriminator: mean of max(0, 1 - real) and mean of max(0, 1 + fake). The "
        "generator maximizes the mean score of fake samples, so its loss is minus "
        "that.",
    ),
)
