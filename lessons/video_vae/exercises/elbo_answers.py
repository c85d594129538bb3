"""Build bounds by hand, right ones or with one part exchanged.

An answer to X3.2 is a pair: log p(x | z) of every clip, and the bound made with it.
"""

from collections.abc import Callable
from math import log, pi
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal
from torch.nn.functional import gaussian_nll_loss

from course_lib.vae.elbo import elbo
from course_lib.vae.gaussian import kl_to_standard_normal, log_density
from teaching.exercise import Answer


def with_density(density: Callable[..., Any]) -> Answer:
    """Any log density, and the bound with it."""
    return density, lambda x, mean, mu, logvar, sigma: (
        density(x, mean, sigma),
        kl_to_standard_normal(mu, logvar),
    )


def with_rule(rule: Callable[..., Tensor], *, refused: bool = True) -> Answer:
    """Another rule for a clip: of its squared error, sigma, and its number of axes."""

    def density(x, mean, sigma):
        scale = torch.as_tensor(sigma, dtype=x.dtype)
        if refused and scale <= 0:
            raise ValueError("A standard deviation is above 0.")
        return rule((x - mean).square().flatten(1).sum(1), scale, x[0].numel())

    return with_density(density)


def with_parts(parts: Callable[..., Any]) -> Answer:
    """The right log density, and a bound that makes something of its two ``parts``."""
    return log_density, lambda x, mean, mu, logvar, sigma: parts(
        *elbo(x, mean, mu, logvar, sigma)
    )


def width(sigma: Tensor) -> Tensor:
    """What the width of a Gaussian costs on each axis."""
    return sigma.log() + log(2 * pi) / 2


def of_each_frame(x: Any, mean: Any, sigma: Any) -> Any:
    """log p of every frame of every clip: (batch, time)."""
    frames = log_density(x.flatten(0, 1), mean.flatten(0, 1), sigma)
    return frames.view(x.shape[:2])


def without_a_slope(x: Any, mean: Any, sigma: Any) -> Any:
    """The right log p, of a sigma that can learn nothing from it."""
    fixed = sigma.detach() if isinstance(sigma, Tensor) else sigma
    return log_density(x, mean, fixed)


def by_distribution(x: Tensor, mean: Tensor, sigma: Tensor | float) -> Tensor:
    """The right log p as ``torch.distributions`` has it, refusal included."""
    return Normal(mean, sigma).log_prob(x).flatten(1).sum(1)


def by_loss(x: Tensor, mean: Tensor, sigma: Tensor | float) -> Tensor:
    """The right log p from a loss of torch, with its sign turned."""
    if sigma <= 0:
        raise ValueError("A standard deviation is above 0.")
    variance = torch.as_tensor(sigma, dtype=x.dtype).square().expand_as(x)
    loss = gaussian_nll_loss(mean, x, variance, full=True, reduction="none")
    return -torch.einsum("b...->b", loss)
