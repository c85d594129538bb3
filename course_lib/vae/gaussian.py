"""Gaussians with independent axes: KL divergence, log density and reparameterization.

``logvar`` is the natural logarithm of the variance, not of the standard deviation. All
results are in nats. Integers and half precision are converted as
``course_lib.metrics.inputs`` says: squares of bytes wrap around at 256.
"""

from math import log, pi
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.inputs import as_floats, convert_arguments
from course_lib.shapes import Latents, PerClip, Points

Data = Float[Tensor, "batch *axes"]
Sigma = Float[Tensor, "*last_axes"]

LOGVAR_RANGE = (-12.0, 4.0)  # a sigma of e^-6 is numerically a point


class DiagonalGaussian(NamedTuple):
    """Gaussian with independent latent axes: mean and log variance, (batch, latent)."""

    mu: Latents
    logvar: Latents


def gaussian_from_output(output: Points) -> DiagonalGaussian:
    """Split a network's output (batch, 2 latent) into means and log variances.

    Log variances are clamped to LOGVAR_RANGE; both parts are float32.
    """
    mu, logvar = output.float().chunk(2, dim=1)
    return DiagonalGaussian(mu, logvar.clamp(*LOGVAR_RANGE))


@convert_arguments(mu=as_floats, logvar=as_floats)
def kl_to_standard_normal(mu: Latents, logvar: Latents) -> PerClip:
    """KL(N(mu, exp(logvar)) || N(0, I)) of each clip, in nats.

    It is summed over the latent axes, not averaged.

    Source: Kingma and Welling 2014, appendix B.
    """
    return (mu.square() + logvar.exp() - 1 - logvar).sum(dim=1) / 2


@convert_arguments(
    mu_q=as_floats, logvar_q=as_floats, mu_p=as_floats, logvar_p=as_floats
)
def kl_between(
    mu_q: Latents, logvar_q: Latents, mu_p: Latents, logvar_p: Latents
) -> PerClip:
    """KL(N(mu_q, exp(logvar_q)) || N(mu_p, exp(logvar_p))) of each clip, in nats.

    It is summed over the latent axes. It is not symmetric: the expectation is under q.
    """
    variance_ratio = (logvar_q - logvar_p).exp()
    squared_distance = (mu_q - mu_p).square() * (-logvar_p).exp()
    return (variance_ratio + squared_distance - 1 - (logvar_q - logvar_p)).sum(
        dim=1
    ) / 2


def reparameterize(mu: Latents, logvar: Latents, rng: torch.Generator) -> Latents:
    """Sample z ~ N(mu, exp(logvar)), differentiable in both parameters.

    z = mu + sigma * eps with eps ~ N(0, 1), independent for every clip and axis: one
    ``torch.randn`` of mu's shape and dtype from ``rng``.

    Source: Kingma and Welling 2014, section 2.4.
    """
    eps = torch.randn(mu.shape, generator=rng, dtype=mu.dtype, device=rng.device)
    return mu + (logvar / 2).exp() * eps.to(mu.device)


@convert_arguments(x=as_floats, mean=as_floats)
def log_density(x: Data, mean: Data, sigma: Sigma | float) -> PerClip:
    """log N(x; mean, sigma^2 I) of each clip, in nats, summed over all its axes.

    ``sigma`` is the standard deviation in the units of x: for pixels in [-1, 1] the
    whole range is 2. It is one number for all axes, or a tensor that is broadcast over
    the last axes.

    Raises:
        ValueError: if sigma is not positive.
    """
    scale = torch.as_tensor(sigma, dtype=x.dtype, device=x.device)
    if not bool((scale > 0).all()):
        raise ValueError(f"sigma is a standard deviation, above 0; got {sigma}.")
    squared_errors = ((x - mean) / scale).square().flatten(1).sum(dim=1)
    log_scales = scale.log().expand(x[0].shape).sum()
    return -squared_errors / 2 - log_scales - x[0].numel() * log(2 * pi) / 2
