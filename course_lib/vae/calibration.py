"""Calibration of a trained clip VAE: standardized latents, and sigma of the decoder.

During training a fixed sigma balances likelihood and KL. The sigma that maximizes the
likelihood of the trained decoder is known in closed form: at each time and pixel, the
root of the mean squared error. The KL is small beside the likelihood of 196,608 pixels,
so the aggregated posterior may be far from the prior; standardization brings its mean
and variance back to those of N(0, I).

Source: Rybkin, Daniilidis and Levine 2021, section 3.2, for sigma.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from course_lib.shapes import Latents
from course_lib.vae.clip_vae import ClipVAE
from course_lib.vae.gaussian import DiagonalGaussian


@torch.no_grad()
def standardize_latents(model: ClipVAE, batches: Iterable[Tensor]) -> ClipVAE:
    """Shift and scale each latent axis, in place, to mean 0 and variance 1.

    Mean and variance are those of the aggregated posterior of these clips, including
    the posteriors' own variances. No other shift and scale has a smaller mean KL. The
    decoder's layers undo both, so reconstructions do not change.

    Raises:
        ValueError: if there is no clip.
    """
    posteriors = [model.encoder(videos) for videos in batches]
    if not posteriors:
        raise ValueError("standardize_latents needs at least 1 clip; got none.")
    mu, logvar = (torch.cat(part) for part in zip(*posteriors, strict=True))
    mean, n = mu.mean(dim=0), mu.shape[1]
    std = (mu.var(dim=0, correction=0) + logvar.exp().mean(dim=0)).sqrt()
    head = model.encoder.head
    head.weight[:n] /= std.unsqueeze(1)
    head.bias[:n] = (head.bias[:n] - mean) / std
    head.bias[n:] -= 2 * std.log()
    for layer in model.decoder.latent_layers():
        layer.bias += layer.weight[:, :n] @ mean
        layer.weight[:, :n] *= std
    return model


@torch.no_grad()
def calibrate_sigma(
    model: ClipVAE,
    batches: Iterable[Tensor],
    sample_latents: Callable[[DiagonalGaussian], Latents],
) -> ClipVAE:
    """Set a model's sigma, in place, to its maximum likelihood value on these clips.

    The variance of a pixel becomes its mean squared error over clips and colour
    channels, plus min_sigma^2. ``sample_latents`` maps q(z | x) to a
    latent vector, for example by ``reparameterize``.

    Raises:
        ValueError: if there is no clip.
    """
    total, n = torch.zeros(()), 0
    for videos in batches:
        z = sample_latents(model.encoder(videos))
        errors = (videos - model.decoder(z)).square()
        total, n = total + errors.mean(dim=2, keepdim=True).sum(dim=0), n + len(videos)
    if not n:
        raise ValueError("calibrate_sigma needs at least 1 clip; got none.")
    model.raw_sigma.copy_((total / n).sqrt())
    return model
