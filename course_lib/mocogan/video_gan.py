"""MoCoGAN's generator, and samples that exchange content and motion.

Source: Tulyakov, Liu, Yang and Kautz 2018, section 3.
"""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.mocogan.discriminators import FRAMES
from course_lib.mocogan.frame_views import generate_clips
from course_lib.mocogan.generator import ImageGenerator, ObjectGenerator
from course_lib.mocogan.latents import (
    ClipLatents,
    LatentPath,
    LatentSizes,
    build_motion_rnn,
    latent_path,
    latent_path_as_released,
    sample_latents,
)
from course_lib.shapes import Videos

UPDATE_GATE_BIAS = 1.0  # of the motion RNN beside an object generator

ClipGrid = Float[Tensor, "content motion time channel height width"]


@dataclass(frozen=True)
class MoCoGANSizes:
    """Sizes of a MoCoGAN.

    Attributes:
        latents: Dimensions of the latents.
        width: Channels of the image generator's last hidden layer.
        channels: Colour channels of a frame.
        object_generator: Whether the image generator is an ``ObjectGenerator``, with a
            motion RNN that keeps more of its state at initialization.
    """

    latents: LatentSizes = field(default_factory=LatentSizes)
    width: int = 64
    channels: int = 3
    object_generator: bool = False


PAPER = MoCoGANSizes(LatentSizes(category_in_motion=False))
"""As released: 3,265,408 parameters in the image generator, 660 in the motion RNN."""

LAPTOP = MoCoGANSizes(
    LatentSizes(content=16, motion=16, noise_std=0.1), width=32, object_generator=True
)
"""For two CPU cores; the category enters the motion RNN, the paper's better variant."""


class MoCoGAN(nn.Module):
    """A motion RNN and an image generator: clips of any length."""

    def __init__(self, sizes: MoCoGANSizes, rng: torch.Generator):
        super().__init__()
        self.sizes, latents = sizes, sizes.latents
        self.motion_rnn = build_motion_rnn(
            latents, rng, update_gate_bias=UPDATE_GATE_BIAS * sizes.object_generator
        )
        self.image_generator: nn.Module = (
            ObjectGenerator(
                latents.n_static, latents.latent, sizes.width, rng, sizes.channels
            )
            if sizes.object_generator
            else ImageGenerator(latents.latent, sizes.width, rng, sizes.channels)
        )

    def path(self, latents: ClipLatents) -> LatentPath:
        """One latent for every frame."""
        sizes = self.sizes.latents
        build = latent_path if sizes.category_in_motion else latent_path_as_released
        return build(latents, self.motion_rnn, sizes.categories)

    def forward(self, latents: ClipLatents) -> Videos:
        """Clips of 64x64 pixels in [-1, 1], with one frame for each noise vector."""
        return generate_clips(self.image_generator, self.path(latents))

    def sample_latents(
        self, n: int, rng: torch.Generator, n_frames: int = FRAMES
    ) -> ClipLatents:
        """Latents of n clips from the prior, on the device of ``rng``."""
        return sample_latents(n, n_frames, self.sizes.latents, rng)


@torch.no_grad()
def sample(
    model: MoCoGAN, n: int, rng: torch.Generator, n_frames: int = FRAMES
) -> Videos:
    """n generated clips, without a graph; they may be longer than in training."""
    return model(model.sample_latents(n, rng, n_frames))


@torch.no_grad()
def content_by_motion(
    model: MoCoGAN, contents: ClipLatents, motions: ClipLatents
) -> ClipGrid:
    """Clips of every content code with every motion.

    Row i has the content of ``contents[i]``; column j has the category, initial state
    and noise of ``motions[j]``.
    """
    rows, columns = len(contents.content), len(motions.content)
    content = contents.content.repeat_interleave(columns, dim=0)
    tiled = ClipLatents(*(torch.cat([part] * rows) for part in motions))
    return model(tiled._replace(content=content)).unflatten(0, (rows, columns))
