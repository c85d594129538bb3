"""Two Monte Carlo estimators of the gradient of an expectation.

Both estimate d E[f(z)] / d mu for z ~ N(mu, exp(logvar)), with one estimate for each
sample. Both are unbiased; their variances differ.
"""

from collections.abc import Callable

import torch

from course_lib.shapes import Latents, PerClip
from course_lib.vae.gaussian import reparameterize

Function = Callable[[Latents], PerClip]


def reparameterization_gradients(
    function: Function, mu: Latents, logvar: Latents, rng: torch.Generator
) -> Latents:
    """The gradient of f at each sample z = mu + sigma * eps, for which dz / d mu = 1.

    Source: Kingma and Welling 2014, section 2.4.
    """
    z = reparameterize(mu, logvar, rng).detach().requires_grad_()
    (gradients,) = torch.autograd.grad(function(z).sum(), z)
    return gradients


@torch.no_grad()
def score_function_gradients(
    function: Function, mu: Latents, logvar: Latents, rng: torch.Generator
) -> Latents:
    """f(z) * d log q(z) / d mu at each sample z (REINFORCE, without a baseline).

    It needs no gradient of f, so f may be any function.

    Source: Williams 1992.
    """
    z = reparameterize(mu, logvar, rng)
    score = (z - mu) / logvar.exp()  # d log q(z) / d mu
    return function(z).unsqueeze(1) * score
