"""Price a Gaussian in nats: how far it lies from another, summed over its axes.

All Gaussians here have independent axes; ``logvar`` is the natural logarithm of the
variance, never of the standard deviation.
"""

from math import log, pi

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Latents, PerClip

Data = Float[Tensor, "batch *axes"]
Widths = Float[Tensor, "*some_axes"]


def kl_to_standard_normal(mu: Latents, logvar: Latents) -> PerClip:
    """KL(N(mu, exp(logvar)) || N(0, I)) of every clip, in nats.

    Summed over latent axes, not averaged: one number is the price of one clip.

    Source: Kingma and Welling 2014, appendix B.
    """
    return (mu.square() + logvar.exp() - 1 - logvar).sum(dim=1) / 2


def kl_between(
    mu_q: Latents, logvar_q: Latents, mu_p: Latents, logvar_p: Latents
) -> PerClip:
    """KL(N(mu_q, exp(logvar_q)) || N(mu_p, exp(logvar_p))) of every clip, in nats.

    Summed over latent axes. Not symmetric: q is where the expectation is taken.
    """
    widths = (logvar_q - logvar_p).exp()  # the ratio of the variances
    apart = (mu_q - mu_p).square() * (-logvar_p).exp()
    return (widths + apart - 1 - (logvar_q - logvar_p)).sum(dim=1) / 2


def reparameterize(mu: Latents, logvar: Latents, rng: torch.Generator) -> Latents:
    """Draw z ~ N(mu, exp(logvar)) so that gradients flow into both parameters.

    z = mu + sigma * eps with fresh eps ~ N(0, 1) for every clip and every axis: one
    ``torch.randn`` of mu's shape and dtype from ``rng``. The noise is drawn outside,
    what is learnt stands in a plain formula.

    Source: Kingma and Welling 2014, section 2.4.
    """
    eps = torch.randn(mu.shape, generator=rng, dtype=mu.dtype, device=rng.device)
    return mu + (logvar / 2).exp() * eps.to(mu.device)


def log_density(x: Data, mean: Data, sigma: Widths | float) -> PerClip:
    """log N(x; mean, sigma^2 I) of every clip, in nats, summed over all its axes.

    ``sigma`` is in the units of x: of pixels in [-1, 1], where the whole range is 2.
    One number is the width of all axes; a map, that of the last axes.

    Raises:
        ValueError: if sigma is not positive.
    """
    width = torch.as_tensor(sigma, dtype=x.dtype, device=x.device)
    if not bool((width > 0).all()):
        raise ValueError(f"sigma is a standard deviation, above 0; got {sigma}.")
    errors = ((x - mean) / width).square().flatten(1).sum(dim=1)  # one of each clip
    widths = width.log().expand(x[0].shape).sum()
    return -errors / 2 - widths - x[0].numel() * log(2 * pi) / 2
