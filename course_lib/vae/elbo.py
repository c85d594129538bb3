"""The evidence lower bound (ELBO), its terms, and quantities derived from them."""

from math import log
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Latents, PerClip
from course_lib.vae.gaussian import Data, Sigma, kl_to_standard_normal, log_density

PerUnit = Float[Tensor, "batch latent"]
Nats = Float[Tensor, "*clips"]
MIN_ACTIVE_VARIANCE = 0.01  # of a unit's mean over clips; Burda et al. 2016


class Elbo(NamedTuple):
    """Both terms of the ELBO, one number for each clip, in nats.

    Attributes:
        log_likelihood: log p(x | z) at one sample z ~ q(z | x), summed over pixels and
            time.
        kl: KL(q(z | x) || p(z)), summed over latent axes.
    """

    log_likelihood: PerClip
    kl: PerClip

    @property
    def bound(self) -> PerClip:
        """The ELBO; its mean over z is at most log p(x). Training maximizes it."""
        return self.log_likelihood - self.kl


def elbo(
    x: Data, mean: Data, mu: Latents, logvar: Latents, sigma: Sigma | float
) -> Elbo:
    """Both terms of the ELBO of each clip, for the prior N(0, I), in nats.

    Args:
        x: clips.
        mean: decoder output for one sample z ~ N(mu, exp(logvar)).
        mu: means of q(z | x), (batch, latent).
        logvar: log variances of q(z | x), (batch, latent).
        sigma: standard deviation of p(x | z) = N(mean, sigma^2).

    Raises:
        ValueError: if sigma is not positive.

    Source: Kingma and Welling 2014, equation 10.
    """
    return Elbo(log_density(x, mean, sigma), kl_to_standard_normal(mu, logvar))


def bits_per_dimension(nats: Nats, n_axes: int) -> Nats:
    """Negative log densities in nats as bits for each of a clip's ``n_axes`` values.

    For pixels in [-1, 1]. A density may exceed 1, so bits may be negative. For pixels
    in 0..255 add log2(127.5) = 6.99.
    """
    return nats / (n_axes * log(2))


def sigma_from_beta(beta: float, n_axes: int) -> float:
    """The sigma of the Gaussian likelihood that a weight ``beta`` corresponds to.

    Minimizing the *mean* squared error over ``n_axes`` pixels plus beta times the
    summed KL maximizes the ELBO with a standard deviation of sqrt(beta * n_axes / 2).

    Raises:
        ValueError: if beta is not positive.
    """
    if not beta > 0:
        raise ValueError(f"beta is the weight of the KL, above 0; got {beta}.")
    return (beta * n_axes / 2) ** 0.5


def kl_per_unit(mu: Latents, logvar: Latents) -> PerUnit:
    """KL(N(mu, exp(logvar)) || N(0, I)) of each latent axis of each clip, in nats."""
    return (mu.square() + logvar.exp() - 1 - logvar) / 2


def free_bits(kl: PerUnit, floor: float) -> Float[Tensor, ""]:
    """KL term of the loss with ``floor`` free nats for each latent axis.

    The KL is averaged over the clips, then clamped from below at the floor for each
    axis, then summed over the axes. An axis below the floor counts as the floor and
    gets no gradient, so the KL term does not push it further towards the prior.

    Source: Kingma et al. 2016, equation 15.
    """
    return kl.mean(dim=0).clamp(min=floor).sum()


def active_units(mu: Latents) -> int:
    """Number of latent axes whose posterior mean varies between clips.

    An axis is active if the variance of mu over the clips exceeds MIN_ACTIVE_VARIANCE.

    Raises:
        ValueError: if there are fewer than two clips.

    Source: Burda et al. 2016, section 5.2.
    """
    if len(mu) < 2:
        raise ValueError(
            f"active_units needs at least two clips for a variance; got {len(mu)}."
        )
    return int((mu.var(dim=0) > MIN_ACTIVE_VARIANCE).sum())


def kl_weight(step: int, warm_up_steps: int) -> float:
    """Weight of the KL at a step: linear from 0 to 1 (KL annealing), then 1."""
    return min(1.0, step / warm_up_steps) if warm_up_steps else 1.0
