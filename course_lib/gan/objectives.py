"""Write what each player descends: every loss of the two-player game, on logits.

A judge returns *logits*: any real number, where sigmoid(logit) is D(x). All losses
are means over the batch, and all of them are *descended*, also where a paper ascends.
"""

from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import relu, softplus

from course_lib.shapes import Logits, Scalar


class DiscriminatorLoss(NamedTuple):
    """The two parts of a judge's loss: what real and what fake samples cost it."""

    real: Tensor
    fake: Tensor

    @property
    def total(self) -> Tensor:
        """What the judge descends: the sum of both parts."""
        return self.real + self.fake


def discriminator_loss(logits_real: Logits, logits_fake: Logits) -> DiscriminatorLoss:
    """Cross-entropy of a judge that calls real samples 1 and fakes 0, in nats.

    Each part is the mean over its own batch; the batches may differ in size. Finite
    for every finite logit: a logit of -200 on a real sample costs 200 nats.

    Source: Goodfellow et al. 2014, equation 1, with the sign turned to descend.

    >>> import torch
    >>> loss = discriminator_loss(torch.zeros(4), torch.zeros(6))
    >>> round(loss.total.item(), 4)  # an undecided judge pays log 4
    1.3863
    """
    return DiscriminatorLoss(
        real=softplus(-logits_real).mean(),  # -log D(x)
        fake=softplus(logits_fake).mean(),  # -log(1 - D(G(z)))
    )


def saturating_generator_loss(logits_fake: Logits) -> Scalar:
    """The generator's own side of the game: mean of log(1 - D(G(z))), in nats.

    Never positive. Flat where the judge is sure (slope -D), so a bad forger learns
    nothing from it.

    Source: Goodfellow et al. 2014, equation 1.
    """
    return -softplus(logits_fake).mean()  # log(1 - D(G(z)))


def nonsaturating_generator_loss(logits_fake: Logits) -> Scalar:
    """What the generator descends instead: the mean surprise of "real", in nats.

    Same fixed point as the saturating loss, but its slope is -(1 - D): strong where
    the judge is sure of a fake, gone where the judge is fooled.

    Source: Goodfellow et al. 2014, section 3.
    """
    return softplus(-logits_fake).mean()  # -log D(G(z))


def least_squares_discriminator_loss(
    scores_real: Logits, scores_fake: Logits
) -> DiscriminatorLoss:
    """Half the squared distance of real scores to 1 and of fake scores to 0.

    Scores are raw outputs, without a sigmoid; each part is a mean over its batch.

    Source: Mao et al. 2017, equation 9 (labels a = 0, b = 1).
    """
    return DiscriminatorLoss(
        real=(scores_real - 1).square().mean() / 2,
        fake=scores_fake.square().mean() / 2,
    )


def least_squares_generator_loss(scores_fake: Logits) -> Scalar:
    """Half the squared distance of fake scores to the label "real", 1.

    Source: Mao et al. 2017, equation 9 (label c = 1).
    """
    return (scores_fake - 1).square().mean() / 2


def hinge_discriminator_loss(
    scores_real: Logits, scores_fake: Logits
) -> DiscriminatorLoss:
    """Charge real scores below +1 and fake scores above -1; nothing beyond.

    Each part is a mean over its batch, in units of the score.

    Source: Lim and Ye 2017; Miyato et al. 2018, equation 16.
    """
    return DiscriminatorLoss(
        real=relu(1 - scores_real).mean(),
        fake=relu(1 + scores_fake).mean(),
    )


def hinge_generator_loss(scores_fake: Logits) -> Scalar:
    """Minus the mean score of the fakes: no hinge on the generator's side.

    Source: Miyato et al. 2018, equation 17.
    """
    return -scores_fake.mean()


def wasserstein_critic_loss(
    scores_real: Logits, scores_fake: Logits
) -> DiscriminatorLoss:
    """Minus the gap between mean scores; a distance only for 1-Lipschitz critics.

    The total descended is ``E fake - E real``: without a constraint on the critic it
    has no lower bound.

    Source: Arjovsky et al. 2017, equation 2.
    """
    return DiscriminatorLoss(real=-scores_real.mean(), fake=scores_fake.mean())


def wasserstein_generator_loss(scores_fake: Logits) -> Scalar:
    """Minus the critic's mean score of the fakes.

    Source: Arjovsky et al. 2017, theorem 3.
    """
    return -scores_fake.mean()
