"""Initial training states of MoCoGAN: networks, optimizers and averaged generator."""

from functools import partial
from typing import NamedTuple

import torch
from torch.optim import Adam, Optimizer
from torch.optim.swa_utils import AveragedModel

from course_lib.gan.training import average_weights
from course_lib.mocogan.discriminators import (
    ImageDiscriminator,
    VideoDiscriminator,
    build_patch_discriminator,
    build_small_image_discriminator,
    build_stacked_frames_discriminator,
    build_video_discriminator,
)
from course_lib.mocogan.video_gan import LAPTOP, PAPER, MoCoGAN, MoCoGANSizes

# The released L2 penalty. Adam normalizes gradients, so a weight whose only gradient is
# this penalty shrinks at the full learning rate.
WEIGHT_DECAY = 1e-5
PAPER_ADAM = partial(Adam, lr=2e-4, betas=(0.5, 0.999), weight_decay=WEIGHT_DECAY)
LAPTOP_WIDTH = 24  # channels of both discriminators at 32x32
# beta2 = 0.9: one large gradient shortens about 10 steps, with 0.999 about 1,000
LAPTOP_ADAM = partial(Adam, lr=1e-3, betas=(0.0, 0.9))


class TrainState(NamedTuple):
    """Three networks, their optimizers, and the generator's moving average of weights.

    Samples come from ``ema_generator``, the network of ``ema``, only; no optimizer
    updates it.
    """

    generator: MoCoGAN
    image_discriminator: ImageDiscriminator
    video_discriminator: VideoDiscriminator
    ema: AveragedModel
    generator_optimizer: Optimizer
    image_optimizer: Optimizer
    video_optimizer: Optimizer

    @property
    def ema_generator(self) -> MoCoGAN:
        """The generator with the averaged weights."""
        return self.ema.module


def init_paper_mocogan(rng: torch.Generator, sizes: MoCoGANSizes = PAPER) -> TrainState:
    """Networks and optimizers of the released code."""
    image_discriminator = build_patch_discriminator(sizes.width, rng)
    video_discriminator = build_video_discriminator(
        sizes.width, sizes.latents.categories, rng
    )
    generator = MoCoGAN(sizes, rng)
    return init_train_state(
        generator, image_discriminator, video_discriminator, PAPER_ADAM
    )


def init_laptop_mocogan(
    rng: torch.Generator, sizes: MoCoGANSizes = LAPTOP
) -> TrainState:
    """Networks for two CPU cores: cheap discriminators without batch norm, for R1."""
    image_discriminator = build_small_image_discriminator(
        LAPTOP_WIDTH, rng, sizes.channels
    )
    video_discriminator = build_stacked_frames_discriminator(
        LAPTOP_WIDTH, sizes.latents.categories, rng, sizes.channels
    )
    generator = MoCoGAN(sizes, rng)
    return init_train_state(
        generator, image_discriminator, video_discriminator, LAPTOP_ADAM
    )


def init_train_state(
    generator: MoCoGAN,
    image_discriminator: ImageDiscriminator,
    video_discriminator: VideoDiscriminator,
    adam: partial,
) -> TrainState:
    """The networks with one optimizer each; ``ema`` holds a copy of the generator."""
    networks = (generator, image_discriminator, video_discriminator)
    optimizers = (adam(network.parameters()) for network in networks)
    return TrainState(*networks, average_weights(generator), *optimizers)
