"""GAN objectives: losses of the discriminator and of the generator, and their pairs.

All losses take the raw outputs of the discriminator: *logits*, with
D(x) = sigmoid(logit), or *scores* where the objective has no sigmoid. All losses are
means over the batch, and all of them are *minimized*, also where a paper maximizes.
"""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import relu, softplus

from course_lib.shapes import Logits, Scalar


class DiscriminatorLoss(NamedTuple):
    """The two terms of a discriminator's loss: on real and on fake samples."""

    real: Tensor
    fake: Tensor

    @property
    def total(self) -> Tensor:
        """The sum of both terms, which the discriminator minimizes."""
        return self.real + self.fake


def discriminator_loss(logits_real: Logits, logits_fake: Logits) -> DiscriminatorLoss:
    """Binary cross-entropy with label 1 for real and 0 for fake samples, in nats.

    Each term is the mean over its own batch; the batches may differ in size. The loss
    is finite for every finite logit: a real sample with logit -200 costs 200 nats.

    Source: Goodfellow et al. 2014, equation 1, negated.

    >>> import torch
    >>> loss = discriminator_loss(torch.zeros(4), torch.zeros(6))
    >>> round(loss.total.item(), 4)  # with D = 1/2 everywhere: log 4
    1.3863
    """
    return DiscriminatorLoss(
        real=softplus(-logits_real).mean(),  # -log D(x)
        fake=softplus(logits_fake).mean(),  # -log(1 - D(G(z)))
    )


def saturating_generator_loss(logits_fake: Logits) -> Scalar:
    """The minimax loss of the generator: mean of log(1 - D(G(z))), in nats.

    Never positive. The gradient with respect to a logit is -D(G(z)), so it vanishes
    where the discriminator recognizes a sample as fake.

    Source: Goodfellow et al. 2014, equation 1.
    """
    return -softplus(logits_fake).mean()  # log(1 - D(G(z)))


def nonsaturating_generator_loss(logits_fake: Logits) -> Scalar:
    """The non-saturating loss of the generator: mean of -log D(G(z)), in nats.

    It has the same fixed point as the saturating loss. The gradient with respect to a
    logit is -(1 - D(G(z))): close to -1 where the discriminator recognizes a sample as
    fake, and close to 0 where it takes the sample for real. The loss is finite for
    every finite logit.

    Source: Goodfellow et al. 2014, section 3.
    """
    return softplus(-logits_fake).mean()  # -log D(G(z))


def least_squares_discriminator_loss(
    scores_real: Logits, scores_fake: Logits
) -> DiscriminatorLoss:
    """Half the mean squared error of real scores to 1 and of fake scores to 0.

    Scores are raw outputs, without a sigmoid; each term is the mean over its batch.

    Source: Mao et al. 2017, equation 9 (labels a = 0, b = 1).
    """
    return DiscriminatorLoss(
        real=(scores_real - 1).square().mean() / 2,
        fake=scores_fake.square().mean() / 2,
    )


def least_squares_generator_loss(scores_fake: Logits) -> Scalar:
    """Half the mean squared error of fake scores to 1, the label of real samples.

    Source: Mao et al. 2017, equation 9 (label c = 1).
    """
    return (scores_fake - 1).square().mean() / 2


def hinge_discriminator_loss(
    scores_real: Logits, scores_fake: Logits
) -> DiscriminatorLoss:
    """The hinge loss: means of max(0, 1 - real score) and of max(0, 1 + fake score).

    Real scores above +1 and fake scores below -1 cost nothing and give no gradient.
    Each term is the mean over its batch, in units of the score.

    Source: Lim and Ye 2017; Miyato et al. 2018, equation 16.
    """
    return DiscriminatorLoss(
        real=relu(1 - scores_real).mean(),
        fake=relu(1 + scores_fake).mean(),
    )


def hinge_generator_loss(scores_fake: Logits) -> Scalar:
    """Minus the mean score of fake samples; the generator's loss has no hinge.

    Source: Miyato et al. 2018, equation 17.
    """
    return -scores_fake.mean()


def wasserstein_critic_loss(
    scores_real: Logits, scores_fake: Logits
) -> DiscriminatorLoss:
    """The critic's loss: mean score of fake minus mean score of real samples.

    Minus this loss is a lower bound of the Wasserstein distance W1 only for 1-Lipschitz
    critics. Without a constraint on the critic the loss has no lower bound.

    Source: Arjovsky et al. 2017, equation 2.
    """
    return DiscriminatorLoss(real=-scores_real.mean(), fake=scores_fake.mean())


def wasserstein_generator_loss(scores_fake: Logits) -> Scalar:
    """Minus the critic's mean score of fake samples.

    Source: Arjovsky et al. 2017, theorem 3.
    """
    return -scores_fake.mean()


class GANLosses(NamedTuple):
    """The two losses of a GAN objective, as functions of the discriminator's outputs.

    ``discriminator`` maps the outputs on real and on fake samples to a
    ``DiscriminatorLoss``; ``generator`` maps the outputs on fake samples to a scalar.
    """

    discriminator: Callable[[Tensor, Tensor], DiscriminatorLoss]
    generator: Callable[[Tensor], Tensor]


SATURATING = GANLosses(discriminator_loss, saturating_generator_loss)
"""The minimax objective: one value function for both (Goodfellow et al. 2014)."""

NONSATURATING = GANLosses(discriminator_loss, nonsaturating_generator_loss)
"""The course's choice, with R1: its generator gradients do not vanish early on."""

LEAST_SQUARES = GANLosses(
    least_squares_discriminator_loss, least_squares_generator_loss
)
"""LSGAN: squared errors to labels (Mao et al. 2017)."""

HINGE = GANLosses(hinge_discriminator_loss, hinge_generator_loss)
"""The hinge objective (Lim and Ye 2017)."""

WASSERSTEIN = GANLosses(wasserstein_critic_loss, wasserstein_generator_loss)
"""WGAN; the critic needs a Lipschitz constraint (Arjovsky et al. 2017)."""
