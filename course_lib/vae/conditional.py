"""Conditional VAE of clips: p(x | class, first frame), with a conditional prior.

In training each part of the condition is dropped for a random half of the clips and
replaced by zeros, so one model samples given a class, a first frame, both, or none. The
prior depends on the condition as well. With one prior for all conditions the latent
vector alone would determine the shape, and the decoder would ignore the class.

Source: Sohn, Lee and Yan 2015, section 4.1.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import one_hot

from course_lib.data.shape_classes import CLASSES
from course_lib.downsampling import downsampling_layers
from course_lib.initialization import reset_parameters
from course_lib.shapes import Images, Labels, Points, Videos
from course_lib.vae.clip_vae import SILU_GAIN, ClipSizes, ClipVAE
from course_lib.vae.elbo import Elbo
from course_lib.vae.gaussian import (
    DiagonalGaussian,
    gaussian_from_output,
    kl_between,
    log_density,
    reparameterize,
)

N_CLASSES = len(CLASSES)  # of shape motion: shapes times motions
FRAME_FEATURES = 28  # outputs of the encoder of the first frame
PRIOR_WIDTH = 128  # hidden units of the prior network

ConditionMask = Float[Tensor, "batch part"]


class Condition(NamedTuple):
    """Class and first frame of each clip, and which of both are given.

    Classes are indices into ``data.shape_classes.CLASSES``. ``mask`` has two columns,
    for class and first frame: 1 where the part is given, 0 where it is dropped.
    """

    classes: Labels
    first_frames: Images
    mask: ConditionMask


def condition_on_class(classes: Labels, sizes: ClipSizes) -> Condition:
    """Condition on classes alone."""
    blank = torch.zeros(len(classes), sizes.channels, sizes.side, sizes.side)
    return Condition(classes, blank.to(classes.device), _mask(classes, (1, 0)))


def condition_on_first_frame(first_frames: Images) -> Condition:
    """Condition on first frames alone."""
    classes = torch.zeros(
        len(first_frames), dtype=torch.long, device=first_frames.device
    )
    return Condition(classes, first_frames, _mask(classes, (0, 1)))


def drop_condition(
    classes: Labels, first_frames: Images, rng: torch.Generator
) -> Condition:
    """Condition of which each part is dropped with probability 1/2, independently."""
    uniform = torch.rand(len(classes), 2, generator=rng, device=rng.device)
    return Condition(classes, first_frames, (uniform < 0.5).float())


class ConditionalVAE(nn.Module):
    """Clip VAE whose encoder, decoder and prior depend on a condition."""

    def __init__(self, sizes: ClipSizes, rng: torch.Generator):
        super().__init__()
        conditional_sizes = replace(sizes, condition=N_CLASSES + FRAME_FEATURES)
        self.vae = ClipVAE(conditional_sizes, rng)
        channels = (sizes.channels, *(sizes.width // 2 * k for k in (1, 2, 4, 4)))
        n_features = channels[-1] * (sizes.side // 2 ** (len(channels) - 1)) ** 2
        self.frame_encoder = nn.Sequential(
            *downsampling_layers(channels, nn.Conv2d),
            nn.Flatten(),
            nn.Linear(n_features, FRAME_FEATURES),
            nn.Tanh(),
        )
        reset_parameters(self.frame_encoder, rng, gain=SILU_GAIN)
        self.prior_network = nn.Sequential(
            nn.Linear(conditional_sizes.condition, PRIOR_WIDTH),
            nn.SiLU(),
            nn.Linear(PRIOR_WIDTH, 2 * sizes.latent),
        )
        reset_parameters(self.prior_network, rng)

    def embed(self, condition: Condition) -> Points:
        """The condition as a vector, in which dropped parts are zero."""
        classes = one_hot(condition.classes, N_CLASSES).float()
        frames = self.frame_encoder(condition.first_frames + 1).float()  # black is 0
        class_mask, frame_mask = condition.mask.split(1, dim=1)
        return torch.cat((classes * class_mask, frames * frame_mask), dim=1)

    def prior(self, embedding: Points) -> DiagonalGaussian:
        """p(z | condition), from the embedding of the condition."""
        return gaussian_from_output(self.prior_network(embedding))

    def sample(self, condition: Condition, rng: torch.Generator) -> Videos:
        """One clip for each condition, decoded from a sample of p(z | condition)."""
        embedding = self.embed(condition)
        return self.vae.decoder(reparameterize(*self.prior(embedding), rng), embedding)


def conditional_elbo(
    model: ConditionalVAE, videos: Videos, condition: Condition, rng: torch.Generator
) -> Elbo:
    """Both terms of the bound on log p(x | condition) of each clip, in nats."""
    embedding = model.embed(condition)
    posterior = model.vae.encoder(videos, embedding)
    mean = model.vae.decoder(reparameterize(*posterior, rng), embedding)
    likelihood = log_density(videos, mean, model.vae.sigma)
    return Elbo(likelihood, kl_between(*posterior, *model.prior(embedding)))


def _mask(classes: Labels, parts: Sequence[int]) -> ConditionMask:
    row = torch.tensor([parts], dtype=torch.float32, device=classes.device)
    return row.expand(len(classes), 2)
