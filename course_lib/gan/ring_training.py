"""Pair what the two players descend: a game is two losses."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from course_lib.gan.objectives import (
    DiscriminatorLoss,
    discriminator_loss,
    hinge_discriminator_loss,
    hinge_generator_loss,
    least_squares_discriminator_loss,
    least_squares_generator_loss,
    nonsaturating_generator_loss,
    saturating_generator_loss,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
)


class GameLosses(NamedTuple):
    """What each of the two players descends, as a function of the judge's logits."""

    judge: Callable[[Tensor, Tensor], DiscriminatorLoss]
    generator: Callable[[Tensor], Tensor]


SATURATING = GameLosses(discriminator_loss, saturating_generator_loss)
"""The min-max game itself: both players move one value (Goodfellow et al. 2014)."""

NONSATURATING = GameLosses(discriminator_loss, nonsaturating_generator_loss)
"""The course's choice, with R1: strong slopes where the judge is sure of a fake."""

LEAST_SQUARES = GameLosses(
    least_squares_discriminator_loss, least_squares_generator_loss
)
"""Squared distances to labels (Mao et al. 2017)."""

HINGE = GameLosses(hinge_discriminator_loss, hinge_generator_loss)
"""Charges the judge inside a margin only (Lim and Ye 2017)."""

WASSERSTEIN = GameLosses(wasserstein_critic_loss, wasserstein_generator_loss)
"""Plain differences of scores (Arjovsky et al. 2017): needs a constrained critic."""
