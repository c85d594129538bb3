"""Autoencoder as a generative model: a Gaussian fitted to its codes after training.

An autoencoder has no prior over its codes. A Gaussian fitted to the codes of training
clips can be sampled in place of one (ex-post density estimation).

Source: Ghosh et al. 2020, section 4.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import MultivariateNormal

from course_lib.shapes import Latents, PerClip, Videos
from course_lib.vae.clip_vae import ClipVAE
from course_lib.vae.gaussian import log_density

Codes = Float[Tensor, "code latent"]
Mean = Float[Tensor, "latent"]
Covariance = Float[Tensor, "latent latent"]


class CodeDistribution(NamedTuple):
    """Gaussian over codes.

    ``sigma`` is the standard deviation of the posterior N(code, sigma^2 I) that turns
    an autoencoder into a VAE; ``covariance`` includes it.
    """

    mean: Mean
    covariance: Covariance
    sigma: float


def reconstruct(model: ClipVAE, videos: Videos) -> Videos:
    """Decode the posterior means of clips, without sampling."""
    return model.decoder(model.encoder(videos).mu)


def fit_code_distribution(codes: Latents, *, sigma: float) -> CodeDistribution:
    """Gaussian with the mean and covariance of codes; sigma^2 I is added to the latter.

    Raises:
        ValueError: if there are not more codes than axes, or sigma is not positive.
    """
    if len(codes) <= codes.shape[1] or not sigma > 0:
        raise ValueError(
            f"The covariance of {codes.shape[1]} axes needs more codes than axes and a "
            f"sigma above 0; got {len(codes)} codes and sigma {sigma}."
        )
    codes = codes.double()
    covariance = torch.cov(codes.T).view(codes.shape[1], -1)
    noise = sigma**2 * torch.eye(codes.shape[1], dtype=torch.float64)
    return CodeDistribution(codes.mean(dim=0), covariance + noise, sigma)


def select_code_distribution(
    model: ClipVAE,
    codes: Codes,
    videos: Videos,
    rng: torch.Generator,
    sigmas: Sequence[float],
) -> CodeDistribution:
    """The distribution fitted to ``codes`` whose sigma has the best ELBO on clips."""
    candidates = [fit_code_distribution(codes, sigma=sigma) for sigma in sigmas]
    return min(
        candidates, key=lambda prior: negative_elbo(model, prior, videos, rng).mean()
    )


def negative_elbo(
    model: ClipVAE, prior: CodeDistribution, videos: Videos, rng: torch.Generator
) -> PerClip:
    """One-sample estimate of an upper bound on -log p(x), in nats.

    The bound is the negative ELBO of the autoencoder with a fitted prior, read as a VAE
    with the posterior N(code, prior.sigma^2 I), the
    given prior, and the likelihood N(decoded, model.sigma^2).
    """
    code = model.encoder(videos).mu.double()
    variance = prior.sigma**2 * torch.eye(code.shape[1], dtype=torch.float64)
    posterior = MultivariateNormal(code, variance)
    kl = torch.distributions.kl_divergence(
        posterior, MultivariateNormal(prior.mean, prior.covariance)
    )
    noise = torch.randn(code.shape, generator=rng, dtype=torch.float64)
    decoded = model.decoder((code + prior.sigma * noise).to(videos))
    return kl - log_density(videos, decoded, model.sigma).double()


def sample(
    model: ClipVAE, prior: CodeDistribution, n: int, rng: torch.Generator
) -> Videos:
    """Decode n samples of a distribution over codes."""
    root = torch.linalg.cholesky(prior.covariance)
    noise = torch.randn(n, len(prior.mean), generator=rng, dtype=torch.float64)
    return model.decoder((prior.mean + noise @ root.T).float())
