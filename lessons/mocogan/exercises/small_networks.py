"""Small generators and discriminators for the cases of lesson 04's exercises."""

from functools import partial

import torch
from torch import Tensor, nn

from course_lib.mocogan.discriminators import DiscriminatorOutput
from course_lib.mocogan.frame_views import generate_clips
from course_lib.mocogan.latents import ClipLatents
from course_lib.shapes import Images, Latents, Points, Videos

CHANNELS, ROWS, COLUMNS = 2, 3, 1  # of a frame: every axis has another length
PIXELS = CHANNELS * ROWS * COLUMNS


class SmallImageGenerator(nn.Module):
    """A linear layer and tanh from a latent to a frame, optionally with batch norm."""

    def __init__(self, latent: int, rng: torch.Generator, *, norm: bool = False):
        super().__init__()
        self.weight = nn.Parameter(_random_weight(rng, latent, PIXELS))
        self.norm = nn.BatchNorm1d(PIXELS, affine=False).double() if norm else None

    def forward(self, z: Latents) -> Images:
        """One frame for each latent."""
        linear = z @ self.weight
        normalized = linear if self.norm is None else self.norm(linear)
        return normalized.tanh().unflatten(1, (CHANNELS, ROWS, COLUMNS))


class SmallGenerator(nn.Module):
    """Frames from content and noise, without a recurrent network between the frames."""

    def __init__(self, latents: ClipLatents, rng: torch.Generator):
        super().__init__()
        n_latent = latents.content.shape[1] + latents.noise.shape[2]
        self.image_generator = SmallImageGenerator(n_latent, rng)

    def forward(self, latents: ClipLatents) -> Videos:
        """One clip for each content code."""
        n_frames = latents.noise.shape[1]
        content = latents.content[:, None].expand(-1, n_frames, -1)
        path = torch.cat((content, latents.noise), dim=2)
        return generate_clips(self.image_generator, path)


class SmallImageDiscriminator(nn.Module):
    """Two logits for each frame."""

    def __init__(self, rng: torch.Generator):
        super().__init__()
        self.weight = nn.Parameter(_random_weight(rng, PIXELS, 2))

    def forward(self, frames: Images) -> Points:
        """Logits, (batch, patch)."""
        return 2 * (frames.flatten(1) @ self.weight).sin()


class SmallVideoDiscriminator(nn.Module):
    """A real logit and category logits for each clip."""

    def __init__(self, n_frames: int, categories: int, rng: torch.Generator):
        super().__init__()
        weight = _random_weight(rng, n_frames * PIXELS, 1 + categories)
        self.weight = nn.Parameter(weight)

    def forward(self, videos: Videos) -> DiscriminatorOutput:
        """Logits that each clip is real, and logits of its category."""
        logits = 2 * (videos.flatten(1) @ self.weight).sin()
        return DiscriminatorOutput(logits[:, 0], logits[:, 1:])


def _random_weight(rng: torch.Generator, n_in: int, n_out: int) -> Tensor:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    return 1.5 * draw(n_in, n_out) / n_in**0.5
