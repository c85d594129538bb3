"""Clips sampled from the shipped generative models, by the names of checkpoints.

A further model needs one further line in SAMPLERS.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Generator, nn

from course_lib.data.shape_classes import CLASSES
from course_lib.data.shape_motion import SHAPES
from course_lib.evaluation.clip_model_table import code_distribution
from course_lib.evaluation.video_gan_table import BATCH_SIZE
from course_lib.mocogan.training import Clips
from course_lib.mocogan.video_gan import MoCoGAN
from course_lib.training import clip_vae, video_gan
from course_lib.training.checkpoints import CHECKPOINTS
from course_lib.training.video_gan import batch_sizes
from course_lib.vae import autoencoder
from course_lib.vae.clip_vae import ClipVAE
from course_lib.vae.conditional import ConditionalVAE, condition_on_class


class Sampler(NamedTuple):
    """How a model is loaded and sampled.

    Attributes:
        load: Takes the name of a checkpoint and the keyword ``folder``.
        sample: Takes a model, a number of clips and a random generator.
    """

    load: Callable[..., nn.Module]
    sample: Callable[[Any, int, Generator], Clips]


@torch.no_grad()
def from_prior(model: ClipVAE, n: int, rng: Generator) -> Clips:
    """Clips decoded from samples of the prior."""
    return Clips(torch.cat([model.sample(size, rng) for size in batch_sizes(n)]))


@torch.no_grad()
def from_code_distribution(model: ClipVAE, n: int, rng: Generator) -> Clips:
    """Clips decoded from a Gaussian fitted to the codes of 256 training clips."""
    prior = code_distribution(model, n_train=256)
    parts = [autoencoder.sample(model, prior, size, rng) for size in batch_sizes(n)]
    return Clips(torch.cat(parts))


@torch.no_grad()
def from_conditional_prior(model: ConditionalVAE, n: int, rng: Generator) -> Clips:
    """Clips of all classes in turn, from samples of the conditional prior."""
    classes = torch.arange(n) % len(CLASSES)
    conditions = [
        condition_on_class(batch, model.vae.sizes)
        for batch in classes.split(BATCH_SIZE)
    ]
    videos = torch.cat([model.sample(condition, rng) for condition in conditions])
    return Clips(videos, classes // len(SHAPES))


def from_video_gan(
    kind: video_gan.VideoGAN, model: nn.Module, n: int, rng: Generator
) -> Clips:
    """Clips of a video GAN; only those of a MoCoGAN have a motion category."""
    clips = kind.sampler(model)(n, rng)
    return clips if isinstance(model, MoCoGAN) else Clips(clips.videos)


SAMPLERS: Mapping[str, Sampler] = {
    "clip_vae": Sampler(clip_vae.load_pretrained, from_prior),
    "autoencoder": Sampler(clip_vae.load_pretrained, from_code_distribution),
    "conditional_vae": Sampler(clip_vae.load_pretrained, from_conditional_prior),
    **{
        name: Sampler(video_gan.load_pretrained, partial(from_video_gan, kind))
        for name, kind in video_gan.VIDEO_GANS.items()
    },
}
"""By the names of the checkpoints."""


def load(name: str, *, folder: Path = CHECKPOINTS) -> nn.Module:
    """The generative model of the checkpoint ``name``.

    Raises:
        ValueError: if no model of that name generates clips, or as ``load_weights``.
    """
    if name not in SAMPLERS:
        raise ValueError(
            f"There is no generative model {name!r}; choose one of "
            f"{', '.join(SAMPLERS)}."
        )
    return SAMPLERS[name].load(name, folder=folder)
