"""Train a VAE of handwritten digits within seconds, at a sigma that is stated.

Small enough to be read whole: what it shows of prices holds for the VAEs of clips.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import nn

from course_lib.initialization import reset_parameters
from course_lib.shapes import Images, Latents, Scalar
from course_lib.vae.clip_vae import Code
from course_lib.vae.elbo import Elbo, elbo, free_bits, kl_of_units, warm_up
from course_lib.vae.gaussian import log_density, reparameterize

BATCH = 64
RATE = 2e-3  # of Adam


@dataclass(frozen=True)
class SmallSizes:
    """Sizes of a small VAE: side of an image, numbers of a code, and its layers.

    There are ``depth`` hidden layers of ``width`` on the way to the code, and as many
    on the way back.
    """

    side: int = 16
    latent: int = 10
    width: int = 128
    depth: int = 1


class SmallRecipe(NamedTuple):
    """How a small VAE is trained, and what it pays for its codes.

    ``sigma`` is the width of a pixel, where pixels are in [-1, 1]. The price of a nat
    rises from 0 to 1 within the first ``warm_up`` of ``steps`` steps; every axis of the
    code has ``floor`` nats free.
    """

    sigma: float
    steps: int
    warm_up: int = 0
    floor: float = 0.0


class SmallVAE(nn.Module):
    """A few layers there, as many back; pixels are N(decoded, sigma^2), sigma fixed."""

    def __init__(self, sizes: SmallSizes, rng: torch.Generator, *, sigma: float):
        super().__init__()
        self.sizes, self.sigma = sizes, sigma
        pixels, hidden = sizes.side**2, (sizes.width,) * sizes.depth
        self.encoder = nn.Sequential(
            nn.Flatten(), *_layers(pixels, *hidden, 2 * sizes.latent)
        )
        self.decode = nn.Sequential(
            *_layers(sizes.latent, *hidden, pixels),
            nn.Tanh(),
            nn.Unflatten(1, (1, sizes.side, sizes.side)),
        )
        reset_parameters(self, rng)

    def encode(self, images: Images) -> Code:
        """q(z | x): mean and log variance of every image's code."""
        mu, logvar = self.encoder(images).chunk(2, dim=1)
        return Code(mu, logvar)

    def sample(self, n: int, rng: torch.Generator) -> Images:
        """Decode n codes drawn from the prior."""
        z: Latents = torch.randn(n, self.sizes.latent, generator=rng)
        return self.decode(z)


def small_elbo(model: SmallVAE, images: Images, rng: torch.Generator) -> Elbo:
    """The bound on log p(x) of every image, in nats."""
    code = model.encode(images)
    return elbo(images, model.decode(reparameterize(*code, rng)), *code, model.sigma)


def small_loss(
    model: SmallVAE, images: Images, rng: torch.Generator, *, price: float, floor: float
) -> Scalar:
    """What training descends, in nats, mean over images: -log p(x | z) + price * KL.

    At price 1 and floor 0 it is the negative bound; at any other, no bound.
    """
    code = model.encode(images)
    mean = model.decode(reparameterize(*code, rng))
    explained = log_density(images, mean, model.sigma)
    return price * free_bits(kl_of_units(*code), floor) - explained.mean()


def train_small(
    images: Images,
    recipe: SmallRecipe,
    rng: torch.Generator,
    sizes: SmallSizes = SmallSizes(),
) -> SmallVAE:
    """A fresh small VAE after so many steps of Adam, each on a random batch.

    Raises:
        ValueError: if the images do not have the size that ``sizes`` says.
    """
    if images.shape[1:] != (1, sizes.side, sizes.side):
        raise ValueError(
            f"A small VAE of side {sizes.side} needs images of shape (1, {sizes.side}, "
            f"{sizes.side}), got {tuple(images.shape[1:])}; name their side in `sizes`."
        )
    model = SmallVAE(sizes, rng, sigma=recipe.sigma)
    adam = torch.optim.Adam(model.parameters(), lr=RATE)
    for step in range(recipe.steps):
        batch = images[torch.randint(len(images), (BATCH,), generator=rng)]
        price = warm_up(step, recipe.warm_up)
        loss = small_loss(model, batch, rng, price=price, floor=recipe.floor)
        adam.zero_grad()
        loss.backward()
        adam.step()
    return model


def _layers(*widths: int) -> list[nn.Module]:
    """Linear layers with a SiLU between any two."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.SiLU(), nn.Linear(before, after)]
    return layers[1:]
