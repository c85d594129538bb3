"""Fit a law to the codes of an autoencoder: only then can it make anything.

An autoencoder has codes and no prior: nobody says which codes are likely. A Gaussian
over the codes of the training clips says it afterwards.
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

Cloud = Float[Tensor, "code latent"]
Mean = Float[Tensor, "latent"]
Covariance = Float[Tensor, "latent latent"]


class CodeLaw(NamedTuple):
    """A Gaussian over codes: its mean, its covariance, and the width of one code."""

    mean: Mean
    covariance: Covariance
    width: float


def reconstruct(model: ClipVAE, videos: Videos) -> Videos:
    """Encode and decode with nothing drawn: an autoencoder's way."""
    return model.decode(model.encode(videos).mu)


def fit_law(codes: Latents, *, width: float) -> CodeLaw:
    """The Gaussian of a cloud of codes, each a small ball of this width.

    Raises:
        ValueError: if there are not more codes than axes, or the width is not positive.
    """
    if len(codes) <= codes.shape[1] or not width > 0:
        raise ValueError(
            f"A covariance of {codes.shape[1]} axes needs more codes than that and a "
            f"width above 0; got {len(codes)} codes and width {width}."
        )
    codes = codes.double()
    covariance = torch.cov(codes.T).view(codes.shape[1], -1)
    balls = width**2 * torch.eye(codes.shape[1], dtype=torch.float64)
    return CodeLaw(codes.mean(dim=0), covariance + balls, width)


def likeliest_law(
    model: ClipVAE,
    codes: Cloud,
    videos: Videos,
    rng: torch.Generator,
    widths: Sequence[float],
) -> CodeLaw:
    """The law of these codes with that width whose bound on ``videos`` is best."""
    laws = [fit_law(codes, width=width) for width in widths]
    return min(laws, key=lambda law: negative_bound(model, law, videos, rng).mean())


def negative_bound(
    model: ClipVAE, law: CodeLaw, videos: Videos, rng: torch.Generator
) -> PerClip:
    """An upper bound on -log p(x) of an autoencoder with a law over its codes, in nats.

    The bound of a VAE whose posterior is N(code, width^2 I) and whose prior is the law;
    pixels are N(decoded, sigma^2) with the model's sigma.
    """
    code = model.encode(videos).mu.double()
    ball = law.width**2 * torch.eye(code.shape[1], dtype=torch.float64)
    posterior = MultivariateNormal(code, ball)
    prior = MultivariateNormal(law.mean, law.covariance)
    cost = torch.distributions.kl_divergence(posterior, prior)
    noise = torch.randn(code.shape, generator=rng, dtype=torch.float64)
    decoded = model.decode((code + law.width * noise).to(videos))
    return cost - log_density(videos, decoded, model.sigma).double()


def sample(model: ClipVAE, law: CodeLaw, n: int, rng: torch.Generator) -> Videos:
    """Decode n codes drawn from the law."""
    root = torch.linalg.cholesky(law.covariance)
    noise = torch.randn(n, len(law.mean), generator=rng, dtype=torch.float64)
    return model.decode((law.mean + noise @ root.T).float())
