"""Ask for a judge that charges nothing beyond its margin."""

import torch
from torch.nn.functional import relu, softplus

from course_lib.gan.objectives import hinge_discriminator_loss, hinge_generator_loss
from lessons.gan_math.exercises.least_squares import score_cases
from teaching.exercise import Exercise, Mistake


def _hinges(real, fake):
    return relu(real).mean(), relu(fake).mean()


HINGE = Exercise(
    id="X1.6",
    title="A judge that stops at the margin",
    reference=(hinge_discriminator_loss, hinge_generator_loss),
    points=2,
    minutes=8,
    difficulty=2,
    cases=score_cases,
    mistakes=(
        Mistake(
            "sign turned inside the hinge",
            (
                lambda scores_real, scores_fake: _hinges(
                    1 + scores_real, 1 - scores_fake
                ),
                hinge_generator_loss,
            ),
            "High scores on real samples cost something here and low ones nothing. A "
            "real score of 5 is beyond its margin: what should it cost?",
        ),
        Mistake(
            "no hinge at all",
            (
                lambda scores_real, scores_fake: (
                    -scores_real.mean(),
                    scores_fake.mean(),
                ),
                hinge_generator_loss,
            ),
            "This is the Wasserstein critic, which goes on for ever. The hinge stops "
            "charging once a score has passed its margin.",
        ),
        Mistake(
            "hinge on the generator's side too",
            (
                hinge_discriminator_loss,
                lambda scores_fake: relu(1 - scores_fake).mean(),
            ),
            "The generator stops learning from fakes scored above 1 here. Its own loss "
            "has no corner: it raises the score of every fake.",
        ),
        Mistake(
            "generator with the judge's sign",
            (hinge_discriminator_loss, lambda scores_fake: scores_fake.mean()),
            "Descending this lowers the scores of the fakes, which is what the judge "
            "wants. The generator wants the contrary.",
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
            "One sample far beyond the margin pays for the others here. Each sample "
            "has its own hinge; the mean comes last.",
        ),
        Mistake(
            "margin left out",
            (
                lambda scores_real, scores_fake: _hinges(-scores_real, scores_fake),
                hinge_generator_loss,
            ),
            "A judge that says 0 to everything pays nothing here. The corners stand at "
            "+1 for real and at -1 for fake scores.",
        ),
        Mistake(
            "softplus in place of the corner",
            (
                lambda scores_real, scores_fake: (
                    softplus(1 - scores_real).mean(),
                    softplus(1 + scores_fake).mean(),
                ),
                hinge_generator_loss,
            ),
            "The rounded corner never charges nothing: samples beyond the margin still "
            "pull. The hinge has a sharp corner.",
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
        "Draw what a real sample costs against its score: a slope down to +1, then "
        "nothing. For a fake sample, the mirror image about 0.",
        "`relu` is such a corner, at 0. Move it by 1 and mirror it for real scores.",
        "The judge: mean of max(0, 1 - real), mean of max(0, 1 + fake). The generator "
        "raises the mean score of its fakes, so it descends minus that.",
    ),
)
