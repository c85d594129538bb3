"""Table of the models of whole clips: bits per dimension, and class accuracy.

Bits per dimension are measured on fixed test clips of shape motion; for the models with
a latent code they are an upper bound. Pixels are in [-1, 1], and sigma is at least 0.03
in every row.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import torch
from torch import Generator

from course_lib.data.shape_classes import CLASSES, class_of
from course_lib.data.shape_motion import SHAPES, sample_clips
from course_lib.metrics.content import ContentDistance, average_content_distance
from course_lib.metrics.features import ClipClassifier
from course_lib.metrics.intervals import Interval
from course_lib.shapes import PerClip, Videos
from course_lib.vae import autoencoder
from course_lib.vae.clip_vae import ClipSizes, ClipVAE, clip_elbo
from course_lib.vae.conditional import ConditionalVAE, condition_on_class
from course_lib.vae.elbo import active_units, bits_per_dimension
from course_lib.vae.pixel_gaussian import PixelGaussian, fit_pixel_gaussian

TEST_CLIPS, TEST_SEED, TRAIN_SEED = 256, 2018, 2019
BATCH_SIZE = 64
NORMAL_90 = 1.645  # two-sided 90 % quantile of the normal distribution
CODE_SIGMAS = (0.01, 0.03, 0.1, 0.3)  # candidates, see ``select_code_distribution``


@cache
def test_clips(n: int = TEST_CLIPS) -> Videos:
    """The first n of the fixed test clips."""
    return sample_clips(TEST_CLIPS, Generator().manual_seed(TEST_SEED)).videos[:n]


def training_clips(n: int) -> Iterator[Videos]:
    """n fixed training clips, in batches."""
    rng = Generator().manual_seed(TRAIN_SEED)
    for start in range(0, n, BATCH_SIZE):
        yield sample_clips(min(BATCH_SIZE, n - start), rng).videos


def bits_interval(nats: PerClip, clips: Videos) -> Interval:
    """Mean bits per dimension of ``clips`` with its 90 % interval.

    ``nats`` are negative log densities, or the differences between those of two models:
    then the interval is that of the paired difference.
    """
    bits = bits_per_dimension(nats, clips[0].numel())
    half_width = NORMAL_90 * bits.std().item() / len(bits) ** 0.5
    mean = bits.mean().item()
    return Interval(mean - half_width, mean, mean + half_width)


@cache
def fitted_pixel_gaussian(n_train: int) -> PixelGaussian:
    """The independent Gaussians of all pixels, fitted to ``n_train`` training clips."""
    return fit_pixel_gaussian(training_clips(n_train), min_sigma=ClipSizes().min_sigma)


@torch.no_grad()
def pixel_gaussian_nats(clips: Videos, *, n_train: int = 4000) -> PerClip:
    """-log p(x) of each clip under independent Gaussians of all pixels."""
    return -fitted_pixel_gaussian(n_train).log_density(clips)


@torch.no_grad()
def vae_nats(model: ClipVAE, clips: Videos) -> PerClip:
    """Negative ELBO of each clip under a VAE, at one sample of z."""
    rng = Generator().manual_seed(0)
    batches = clips.split(BATCH_SIZE)
    return torch.cat([-clip_elbo(model, batch, rng).bound for batch in batches])


@torch.no_grad()
def code_distribution(
    model: ClipVAE, *, n_train: int = 1024, batches: Iterable[Videos] | None = None
) -> autoencoder.CodeDistribution:
    """The Gaussian fitted to an autoencoder's codes of ``n_train`` training clips.

    ``batches`` of other training clips can take the place of the course's own.
    """
    clips = list(training_clips(n_train) if batches is None else batches)
    codes = torch.cat([model.encoder(batch).mu for batch in clips])
    rng = Generator().manual_seed(0)
    return autoencoder.select_code_distribution(
        model, codes, clips[0], rng, CODE_SIGMAS
    )


@torch.no_grad()
def autoencoder_nats(
    model: ClipVAE, prior: autoencoder.CodeDistribution, clips: Videos
) -> PerClip:
    """Negative ELBO of each clip under an autoencoder with a fitted prior."""
    rng, batches = Generator().manual_seed(0), clips.split(BATCH_SIZE)
    nats = [autoencoder.negative_elbo(model, prior, batch, rng) for batch in batches]
    return torch.cat(nats).float()


@torch.no_grad()
def content_of_reconstructions(model: ClipVAE, clips: Videos) -> ContentDistance:
    """Average content distance of reconstructed clips."""
    return average_content_distance(autoencoder.reconstruct(model, clips))


@torch.no_grad()
def class_accuracy(
    model: ConditionalVAE, classifier: ClipClassifier, *, n: int = 500
) -> tuple[float, float, float]:
    """Fractions of n generated clips whose motion, shape and both are as requested.

    The requested classes take turns. The classifier decides what a clip shows.
    """
    rng, correct = Generator().manual_seed(0), []
    for requested in (torch.arange(n) % len(CLASSES)).split(BATCH_SIZE):
        condition = condition_on_class(requested, model.vae.sizes)
        motion, shape, _ = classifier(model.sample(condition, rng)).predictions()
        of_batch = (
            motion == requested // len(SHAPES),
            shape == requested % len(SHAPES),
            class_of(motion, shape) == requested,
        )
        correct.append(torch.stack(of_batch))
    motion, shape, both = torch.cat(correct, dim=1).double().mean(dim=1).tolist()
    return motion, shape, both


@torch.no_grad()
def format_result(model: ClipVAE, bits: Interval) -> str:
    """The figures of a clip VAE or an autoencoder as text, for its card."""
    clips = test_clips()
    units = active_units(model.encoder(clips).mu)
    content = content_of_reconstructions(model, clips)
    return (
        f"{bits.value:.3f} bits per dimension ({bits.low:.3f} to {bits.high:.3f}), "
        f"{units} active units, sigma {model.sigma.mean():.3f} in the mean; "
        f"reconstructions: distance {content.distance:.1f}, "
        f"empty {content.empty_fraction:.1%}, step {content.step:.2f}"
    )
