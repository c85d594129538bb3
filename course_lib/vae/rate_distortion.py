"""Rate and distortion of small VAEs: one training for each sigma, or each KL term.

All results are measured on test images.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Images, Latents
from course_lib.vae.digits_vae import SmallSizes, TrainConfig, small_elbo, train_small
from course_lib.vae.elbo import active_units, kl_per_unit
from course_lib.vae.gaussian import reparameterize

N_IMAGES = 8  # reconstructions and samples that are kept of each model
LARGE_SIGMA = 1.6  # a code of about three nats still lowers the loss
DEEP_SIZES = SmallSizes(depth=3)  # at the start its output hardly depends on the code
SAMPLES_PER_IMAGE = 16  # of z, for the mean ELBO

TestImages = Float[Tensor, "test channel height width"]
PerAxis = Float[Tensor, "latent"]


class RatePoint(NamedTuple):
    """Rate and distortion of a VAE on test images.

    Attributes:
        sigma: Standard deviation of p(x | z) in training.
        rate: KL of an image in nats, mean over images.
        distortion: Squared error summed over the pixels of an image, in [-1, 1], mean
            over images.
        active: Number of active units.
        reconstructions: Of the first eight images, each from one sample of q(z | x).
        samples: Eight decoded samples of the prior.
    """

    sigma: float
    rate: float
    distortion: float
    active: int
    reconstructions: Images
    samples: Images


class CodeStatistics(NamedTuple):
    """Statistics of the codes of test images.

    Attributes:
        kl: KL of each latent axis in nats, mean over images.
        mu: Means of q(z | x), (image, latent).
        elbo: ELBO in nats, mean over images; the weight of the KL is always 1.
    """

    kl: PerAxis
    mu: Latents
    elbo: float


def sweep_sigma(
    train_images: Images,
    test_images: TestImages,
    sigmas: Sequence[float],
    steps: int,
    rng: torch.Generator,
) -> list[RatePoint]:
    """Train a small VAE for each sigma, and measure its rate and distortion."""
    return [
        _rate_point(train_images, test_images, TrainConfig(sigma, steps), rng)
        for sigma in sigmas
    ]


def compare_kl_terms(
    train_images: Images, test_images: TestImages, steps: int, rng: torch.Generator
) -> dict[str, CodeStatistics]:
    """Train a deep VAE at a large sigma with three KL terms, from the same start.

    *plain* has the full KL from the start; *annealed* raises its weight from 0 to 1
    within the first four fifths of the steps; *free bits* has 0.1 free nats an axis.
    """
    configs = {
        "plain": TrainConfig(LARGE_SIGMA, steps),
        "annealed": TrainConfig(LARGE_SIGMA, steps, warm_up_steps=4 * steps // 5),
        "free bits": TrainConfig(LARGE_SIGMA, steps, kl_floor=0.1),
    }
    return {  # each from a clone of the generator: the same batches and noise
        name: _code_statistics(train_images, test_images, config, rng.clone_state())
        for name, config in configs.items()
    }


def _rate_point(
    train_images: Images,
    test_images: TestImages,
    config: TrainConfig,
    rng: torch.Generator,
) -> RatePoint:
    model = train_small(train_images, config, rng)
    with torch.no_grad():
        posterior = model.encode(test_images)
        decoded = model.decoder(reparameterize(*posterior, rng))
        errors = (decoded - test_images).square().flatten(1).sum(dim=1)
        return RatePoint(
            config.sigma,
            rate=kl_per_unit(*posterior).sum(dim=1).mean().item(),
            distortion=errors.mean().item(),
            active=active_units(posterior.mu),
            reconstructions=decoded[:N_IMAGES],
            samples=model.sample(N_IMAGES, rng),
        )


def _code_statistics(
    train_images: Images,
    test_images: TestImages,
    config: TrainConfig,
    rng: torch.Generator,
) -> CodeStatistics:
    model = train_small(train_images, config, rng, DEEP_SIZES)
    with torch.no_grad():
        posterior = model.encode(test_images)
        repeated = test_images.repeat(SAMPLES_PER_IMAGE, 1, 1, 1)
        mean_elbo = small_elbo(model, repeated, rng).bound.mean().item()
    return CodeStatistics(kl_per_unit(*posterior).mean(dim=0), posterior.mu, mean_elbo)
