"""Linear Gaussian latent variable model, whose evidence and posterior are exact.

z ~ N(0, I) and x | z ~ N(W z + b, sigma^2 I), as in probabilistic PCA. Then p(x) and
p(z | x) are Gaussians in closed form, against which bounds can be tested.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import MultivariateNormal

from course_lib.shapes import Latents, PerClip, Points

Weight = Float[Tensor, "axis latent"]
Bias = Float[Tensor, "axis"]
Covariance = Float[Tensor, "latent latent"]


class LinearGaussian(NamedTuple):
    """A linear decoder: ``weight`` (axis, latent), ``bias`` (axis,) and noise sigma."""

    weight: Weight
    bias: Bias
    sigma: float


class Posterior(NamedTuple):
    """p(z | x): a mean for each x, and the covariance, which is the same for all x."""

    mean: Latents
    covariance: Covariance


def decode(model: LinearGaussian, z: Latents) -> Points:
    """The mean of p(x | z)."""
    return z @ model.weight.T + model.bias


def log_evidence(model: LinearGaussian, x: Points) -> PerClip:
    """log p(x) in closed form: x ~ N(b, W W^T + sigma^2 I)."""
    noise = model.sigma**2 * torch.eye(len(model.bias), dtype=x.dtype)
    covariance = model.weight @ model.weight.T + noise
    return MultivariateNormal(model.bias, covariance).log_prob(x)


def posterior(model: LinearGaussian, x: Points) -> Posterior:
    """p(z | x) in closed form.

    Source: Bishop 2006, equations 12.41 and 12.42.
    """
    n_latents = model.weight.shape[1]
    precision = model.weight.T @ model.weight / model.sigma**2
    covariance = torch.linalg.inv(precision + torch.eye(n_latents, dtype=x.dtype))
    projected = (x - model.bias) @ model.weight / model.sigma**2
    return Posterior(projected @ covariance, covariance)
