"""Differentiate an expectation in two ways: move the samples, or weigh them anew.

Both estimate d E[f(z)] / d mu for z ~ N(mu, exp(logvar)), one estimate a sample. Their
means agree; their variances do not.
"""

from collections.abc import Callable

import torch

from course_lib.shapes import Latents, PerClip
from course_lib.vae.gaussian import reparameterize

Function = Callable[[Latents], PerClip]


def reparameterised_slopes(
    function: Function, mu: Latents, logvar: Latents, rng: torch.Generator
) -> Latents:
    """The slope of f at each drawn z: z moves along with mu.

    Source: Kingma and Welling 2014, section 2.4.
    """
    z = reparameterize(mu, logvar, rng).detach().requires_grad_()
    (slopes,) = torch.autograd.grad(function(z).sum(), z)
    return slopes


@torch.no_grad()
def score_function_slopes(
    function: Function, mu: Latents, logvar: Latents, rng: torch.Generator
) -> Latents:
    """f(z) times d log q(z) / d mu: what is good becomes more probable.

    Needs no slope of f, so f may be anything, and pays for it in variance.

    Source: Williams 1992.
    """
    z = reparameterize(mu, logvar, rng)
    score = (z - mu) / logvar.exp()  # d log q(z) / d mu
    return function(z).unsqueeze(1) * score
