"""Put every model of whole clips in one table: what a clip costs, and what they draw.

Bits for each number of a clip, on fixed clips of shape motion that no training has
seen; an upper bound for the models with a code. Pixels lie in [-1, 1], and no width is
below 0.03 in any row.
"""

from collections.abc import Iterator
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
from course_lib.vae.conditional import ConditionalVAE, of_classes
from course_lib.vae.elbo import active_units, bits_per_dimension
from course_lib.vae.pixel_gaussian import PixelGaussian, fit_pixels

TEST_CLIPS, TEST_SEED, TRAIN_SEED = 256, 2018, 2019
AT_ONCE = 64
NORMAL_95 = 1.645  # standard errors on either side of a mean: 90 % of the time
BALLS = (0.01, 0.03, 0.1, 0.3)  # widths of a code, of which the likeliest is taken


@cache
def test_clips(n: int = TEST_CLIPS) -> Videos:
    """The first n of the clips of every table."""
    return sample_clips(TEST_CLIPS, Generator().manual_seed(TEST_SEED)).videos[:n]


def training_clips(n: int) -> Iterator[Videos]:
    """n clips to fit to, some at a time."""
    rng = Generator().manual_seed(TRAIN_SEED)
    for start in range(0, n, AT_ONCE):
        yield sample_clips(min(AT_ONCE, n - start), rng).videos


def price(nats: PerClip, clips: Videos) -> Interval:
    """Negative log densities of ``clips`` as bits for each number, with their interval.

    Of the difference between two models' nats: what the second one saves, clip by clip.
    """
    bits = bits_per_dimension(nats, clips[0].numel())
    spread = NORMAL_95 * bits.std().item() / len(bits) ** 0.5
    mean = bits.mean().item()
    return Interval(mean - spread, mean, mean + spread)


@cache
def pixels_alone(n: int) -> PixelGaussian:
    """The Gaussian of every number, fitted to n training clips."""
    return fit_pixels(training_clips(n), floor=ClipSizes().floor)


@torch.no_grad()
def nats_of_pixels(clips: Videos, *, fitted_to: int = 4000) -> PerClip:
    """What each clip costs somebody who knows no code."""
    return -pixels_alone(fitted_to).log_density(clips)


@torch.no_grad()
def nats_of_vae(model: ClipVAE, clips: Videos) -> PerClip:
    """What each clip costs a VAE: its bound, at one code a clip."""
    rng = Generator().manual_seed(0)
    parts = clips.split(AT_ONCE)
    return torch.cat([-clip_elbo(model, part, rng).bound for part in parts])


@torch.no_grad()
def law_of(model: ClipVAE, *, fitted_to: int = 1024) -> autoencoder.CodeLaw:
    """The Gaussian over an autoencoder's codes of training clips."""
    clips = list(training_clips(fitted_to))
    codes = torch.cat([model.encode(part).mu for part in clips])
    rng = Generator().manual_seed(0)
    return autoencoder.likeliest_law(model, codes, clips[0], rng, BALLS)


@torch.no_grad()
def nats_of_autoencoder(
    model: ClipVAE, law: autoencoder.CodeLaw, clips: Videos
) -> PerClip:
    """What each clip costs an autoencoder with a law over its codes: its bound."""
    rng, parts = Generator().manual_seed(0), clips.split(AT_ONCE)
    nats = [autoencoder.negative_bound(model, law, part, rng) for part in parts]
    return torch.cat(nats).float()


@torch.no_grad()
def rebuilt(model: ClipVAE, clips: Videos) -> ContentDistance:
    """What stays and what moves in clips encoded and decoded."""
    return average_content_distance(autoencoder.reconstruct(model, clips))


@torch.no_grad()
def recognised(
    model: ConditionalVAE, classifier: ClipClassifier, *, n: int = 500
) -> tuple[float, float, float]:
    """Shares of n drawn clips in which the motion, the shape and both are those
    asked for; the classes take turns."""
    rng, right = Generator().manual_seed(0), []
    for asked in (torch.arange(n) % len(CLASSES)).split(AT_ONCE):
        videos = model.sample(of_classes(asked, model.clips.sizes), rng)
        motion, shape, _ = classifier(videos).named()
        both = class_of(motion, shape) == asked
        each = (motion == asked // len(SHAPES), shape == asked % len(SHAPES), both)
        right.append(torch.stack(each))
    motion, shape, both = torch.cat(right, dim=1).double().mean(dim=1).tolist()
    return motion, shape, both


@torch.no_grad()
def in_words(model: ClipVAE, found: Interval) -> str:
    """The figures of a card of a clip VAE or an autoencoder."""
    clips = test_clips()
    units = active_units(model.encode(clips).mu)
    seen = rebuilt(model, clips)
    return (
        f"{found.value:.3f} bits per dimension ({found.low:.3f} to {found.high:.3f}), "
        f"{units} active units, sigma {model.sigma.mean():.3f} in the mean; rebuilt: "
        f"distance {seen.distance:.1f}, empty {seen.empty_share:.1%}, "
        f"step {seen.step:.2f}"
    )
