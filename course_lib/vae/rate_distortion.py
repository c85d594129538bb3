"""Buy less error with more nats: one small VAE for each width of a pixel.

All that is said of a VAE is measured on images that its training did not see.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Images, Latents
from course_lib.vae.digits_vae import SmallRecipe, SmallSizes, small_elbo, train_small
from course_lib.vae.elbo import active_units, kl_of_units
from course_lib.vae.gaussian import reparameterize

SHOWN = 8  # images of each kind that a point keeps
FOG = 1.6  # sigma of the recipes: wide, and yet some three nats pay
DEEP = SmallSizes(depth=3)  # starts deaf: every layer loses some of what a code says
DRAWS = 16  # of every code, for the mean bound of a recipe

Unseen = Float[Tensor, "unseen channel height width"]
PerAxis = Float[Tensor, "latent"]


class RatePoint(NamedTuple):
    """What one sigma leads to, on images that were not trained on.

    ``rate`` is the KL in nats an image, ``distortion`` the squared error of an image,
    summed over its pixels in [-1, 1], each the mean over all images; ``active`` counts
    the axes that speak. ``rebuilt`` are the first eight images, decoded from a draw of
    their codes; ``sampled`` are eight decoded draws of the prior.
    """

    sigma: float
    rate: float
    distortion: float
    active: int
    rebuilt: Images
    sampled: Images


class CodePrices(NamedTuple):
    """What each axis of a code costs in nats, mean over images, and all means.

    ``bound`` is the ELBO in nats, at price 1 whatever the training paid, mean over
    images.
    """

    kl: PerAxis
    mu: Latents
    bound: float


def sweep(
    seen: Images,
    unseen: Unseen,
    sigmas: Sequence[float],
    steps: int,
    rng: torch.Generator,
) -> list[RatePoint]:
    """Train a small VAE for each sigma on what is seen; measure it on what is not."""
    return [_point(seen, unseen, SmallRecipe(s, steps), rng) for s in sigmas]


def compare_recipes(
    seen: Images, unseen: Unseen, steps: int, rng: torch.Generator
) -> dict[str, CodePrices]:
    """Three ways to pay for codes, all from the same start: a deep VAE, one wide sigma.

    *plain* pays the full price from the start; *annealed* comes to it along a line
    within the first four fifths of the steps; *free bits* has .1 nats an axis free.
    """
    recipes = {
        "plain": SmallRecipe(FOG, steps),
        "annealed": SmallRecipe(FOG, steps, warm_up=4 * steps // 5),
        "free bits": SmallRecipe(FOG, steps, floor=0.1),
    }
    return {
        name: _prices(seen, unseen, recipe, rng.clone_state())  # the same dice for each
        for name, recipe in recipes.items()
    }


def _point(
    seen: Images, unseen: Unseen, recipe: SmallRecipe, rng: torch.Generator
) -> RatePoint:
    model = train_small(seen, recipe, rng)
    with torch.no_grad():
        code = model.encode(unseen)
        rebuilt = model.decode(reparameterize(*code, rng))
        return RatePoint(
            recipe.sigma,
            rate=kl_of_units(*code).sum(dim=1).mean().item(),
            distortion=(rebuilt - unseen).square().flatten(1).sum(dim=1).mean().item(),
            active=active_units(code.mu),
            rebuilt=rebuilt[:SHOWN],
            sampled=model.sample(SHOWN, rng),
        )


def _prices(
    seen: Images, unseen: Unseen, recipe: SmallRecipe, rng: torch.Generator
) -> CodePrices:
    model = train_small(seen, recipe, rng, DEEP)
    with torch.no_grad():
        code = model.encode(unseen)
        again = unseen.repeat(DRAWS, 1, 1, 1)
        bound = small_elbo(model, again, rng).bound.mean().item()
    return CodePrices(kl_of_units(*code).mean(dim=0), code.mu, bound)
