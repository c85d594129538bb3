"""Bound what cannot be integrated: what a code explains, less what the code costs."""

from math import log
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Latents, PerClip
from course_lib.vae.gaussian import Data, Widths, kl_to_standard_normal, log_density

PerUnit = Float[Tensor, "batch latent"]
Nats = Float[Tensor, "*clips"]
SMALL_VARIANCE = 0.01  # below it, a unit's mean says nothing of the clip


class Elbo(NamedTuple):
    """Both terms of the bound, one number a clip, in nats.

    ``log_likelihood`` is log p(x | z) at a drawn z, summed over pixels and time;
    ``kl`` is what the code costs, summed over its axes.
    """

    log_likelihood: PerClip
    kl: PerClip

    @property
    def bound(self) -> PerClip:
        """ELBO <= log p(x), in the mean over z: to be *maximised*."""
        return self.log_likelihood - self.kl


def elbo(
    x: Data, mean: Data, mu: Latents, logvar: Latents, sigma: Widths | float
) -> Elbo:
    """The bound of every clip, given what its drawn code decodes to.

    ``mean`` is decoded from z ~ N(mu, exp(logvar)); pixels are N(mean, sigma^2).

    Raises:
        ValueError: if sigma is not positive.

    Source: Kingma and Welling 2014, equation 10.
    """
    return Elbo(log_density(x, mean, sigma), kl_to_standard_normal(mu, logvar))


def bits_per_dimension(nats: Nats, n_axes: int) -> Nats:
    """A clip's negative log density as bits for each of its ``n_axes`` numbers.

    Of pixels in [-1, 1]. A density can be above 1, so bits can be negative; whoever
    counts bits of pixels in 0..255 adds log2(127.5) = 6.99.
    """
    return nats / (n_axes * log(2))


def sigma_of(beta: float, n_axes: int) -> float:
    """The sigma that a bare ``beta`` hides.

    Whoever descends the *mean* squared error plus beta times the summed KL fits pixels
    with a standard deviation of sqrt(beta * n_axes / 2).

    Raises:
        ValueError: if beta is not positive.
    """
    if not beta > 0:
        raise ValueError(f"beta weighs the KL, so it is above 0; got {beta}.")
    return (beta * n_axes / 2) ** 0.5


def kl_of_units(mu: Latents, logvar: Latents) -> PerUnit:
    """What every axis of every code costs, in nats: its sum is the KL."""
    return (mu.square() + logvar.exp() - 1 - logvar) / 2


def free_bits(kl: PerUnit, floor: float) -> Float[Tensor, ""]:
    """The price of a code whose axes are free up to ``floor`` nats each.

    Mean over the clips first, then the floor for each axis, then the sum: an axis that
    costs less pays the floor, and feels no slope that would close it.

    Source: Kingma et al. 2016, equation 15.
    """
    return kl.mean(dim=0).clamp(min=floor).sum()


def active_units(mu: Latents) -> int:
    """How many axes of the code say something: their mean varies between clips.

    Counts axes with a variance of mu over the clips above SMALL_VARIANCE.

    Raises:
        ValueError: if there are fewer than two clips.

    Source: Burda et al. 2016, section 5.2.
    """
    if len(mu) < 2:
        raise ValueError("A variance over clips needs at least two of them.")
    return int((mu.var(dim=0) > SMALL_VARIANCE).sum())


def warm_up(step: int, n_steps: int) -> float:
    """The weight of the KL at a step: from 0 to 1 along a line, then 1 for ever."""
    return min(1.0, step / n_steps) if n_steps else 1.0
