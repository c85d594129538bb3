"""Solve a model in which nothing has to be bounded: a line with Gaussian noise.

z ~ N(0, I), x | z ~ N(W z + b, sigma^2 I): then x is Gaussian, and so is z given x.
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
    """A decoder that is a line: ``weight`` (axis, latent), ``bias`` (axis,), sigma."""

    weight: Weight
    bias: Bias
    sigma: float


class Posterior(NamedTuple):
    """p(z | x): a mean for every x, and one covariance for all."""

    mean: Latents
    covariance: Covariance


def decode(model: LinearGaussian, z: Latents) -> Points:
    """The mean of x given z."""
    return z @ model.weight.T + model.bias


def log_evidence(model: LinearGaussian, x: Points) -> PerClip:
    """log p(x), exactly: x ~ N(b, W W^T + sigma^2 I)."""
    noise = model.sigma**2 * torch.eye(len(model.bias), dtype=x.dtype)
    spread = model.weight @ model.weight.T + noise
    return MultivariateNormal(model.bias, spread).log_prob(x)


def posterior(model: LinearGaussian, x: Points) -> Posterior:
    """p(z | x), exactly.

    Source: Bishop 2006, equations 12.41 and 12.42.
    """
    n_latents = model.weight.shape[1]
    precision = model.weight.T @ model.weight / model.sigma**2
    covariance = torch.linalg.inv(precision + torch.eye(n_latents, dtype=x.dtype))
    pull = (x - model.bias) @ model.weight / model.sigma**2
    return Posterior(pull @ covariance, covariance)
