"""Small fully connected VAE of handwritten digits, trained within seconds."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import nn

from course_lib.initialization import reset_parameters
from course_lib.shapes import Images, Latents, Scalar
from course_lib.vae.elbo import Elbo, elbo, free_bits, kl_per_unit, kl_weight
from course_lib.vae.gaussian import DiagonalGaussian, log_density, reparameterize

BATCH_SIZE = 64
LEARNING_RATE = 2e-3  # of Adam


@dataclass(frozen=True)
class SmallSizes:
    """Sizes of a small VAE.

    Attributes:
        side: Height and width of an image in pixels.
        latent: Latent axes.
        width: Units of each hidden layer.
        depth: Hidden layers of the encoder, and of the decoder.
    """

    side: int = 16
    latent: int = 10
    width: int = 128
    depth: int = 1


class TrainConfig(NamedTuple):
    """Training configuration of a small VAE.

    Attributes:
        sigma: Standard deviation of p(x | z), for pixels in [-1, 1].
        steps: Steps of Adam.
        warm_up_steps: Steps in which the weight of the KL rises from 0 to 1.
        kl_floor: Free nats of each latent axis, see ``free_bits``.
    """

    sigma: float
    steps: int
    warm_up_steps: int = 0
    kl_floor: float = 0.0


class SmallVAE(nn.Module):
    """VAE of images with p(x | z) = N(decoder(z), sigma^2) at a fixed sigma."""

    def __init__(self, sizes: SmallSizes, rng: torch.Generator, *, sigma: float):
        super().__init__()
        self.sizes, self.sigma = sizes, sigma
        pixels, hidden = sizes.side**2, (sizes.width,) * sizes.depth
        self.encoder = nn.Sequential(
            nn.Flatten(), *_linear_layers(pixels, *hidden, 2 * sizes.latent)
        )
        self.decoder = nn.Sequential(
            *_linear_layers(sizes.latent, *hidden, pixels),
            nn.Tanh(),
            nn.Unflatten(1, (1, sizes.side, sizes.side)),
        )
        reset_parameters(self, rng)

    def encode(self, images: Images) -> DiagonalGaussian:
        """Mean and log variance of q(z | x) of each image."""
        mu, logvar = self.encoder(images).chunk(2, dim=1)
        return DiagonalGaussian(mu, logvar)

    def sample(self, n: int, rng: torch.Generator) -> Images:
        """Decode n samples of the prior N(0, I)."""
        z: Latents = torch.randn(n, self.sizes.latent, generator=rng)
        return self.decoder(z)


def small_elbo(model: SmallVAE, images: Images, rng: torch.Generator) -> Elbo:
    """Both terms of the ELBO of each image, at one sample of z, in nats."""
    posterior = model.encode(images)
    mean = model.decoder(reparameterize(*posterior, rng))
    return elbo(images, mean, *posterior, model.sigma)


def small_loss(
    model: SmallVAE,
    images: Images,
    rng: torch.Generator,
    *,
    kl_weight: float,
    kl_floor: float,
) -> Scalar:
    """Training loss in nats, mean over images: kl_weight * KL - log p(x | z).

    The KL has ``kl_floor`` free nats for each axis. With the weight 1 and the floor 0
    the loss is the negative ELBO.
    """
    posterior = model.encode(images)
    mean = model.decoder(reparameterize(*posterior, rng))
    log_likelihood = log_density(images, mean, model.sigma)
    kl = free_bits(kl_per_unit(*posterior), kl_floor)
    return kl_weight * kl - log_likelihood.mean()


def train_small(
    images: Images,
    config: TrainConfig,
    rng: torch.Generator,
    sizes: SmallSizes = SmallSizes(),
) -> SmallVAE:
    """Train a new small VAE with Adam on random batches of the images.

    Raises:
        ValueError: if the images do not have the side of ``sizes``.
    """
    if images.shape[1:] != (1, sizes.side, sizes.side):
        raise ValueError(
            f"A small VAE of side {sizes.side} needs images of shape (1, {sizes.side}, "
            f"{sizes.side}), got {tuple(images.shape[1:])}; set their side in `sizes`."
        )
    model = SmallVAE(sizes, rng, sigma=config.sigma)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    for step in range(config.steps):
        batch = images[torch.randint(len(images), (BATCH_SIZE,), generator=rng)]
        weight = kl_weight(step, config.warm_up_steps)
        loss = small_loss(model, batch, rng, kl_weight=weight, kl_floor=config.kl_floor)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def _linear_layers(*widths: int) -> list[nn.Module]:
    """Linear layers with a SiLU between any two."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.SiLU(), nn.Linear(n_in, n_out)]
    return layers[1:]
