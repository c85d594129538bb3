"""Small generators and discriminators for the checks of lesson 04."""

from functools import partial

import torch
from torch import Tensor, nn

from course_lib.mocogan.discriminators import Verdict
from course_lib.mocogan.frame_views import paint_clips
from course_lib.mocogan.latents import Drawn
from course_lib.shapes import Images, Latents, Points, Videos

CHANNELS, ROWS, COLUMNS = 2, 3, 1  # of a frame: every axis has its own length
PIXELS = CHANNELS * ROWS * COLUMNS


class SmallPainter(nn.Module):
    """A bent linear map from a latent to a frame; on request, with batch norm."""

    def __init__(self, latent: int, rng: torch.Generator, *, norm: bool = False):
        super().__init__()
        self.weight = nn.Parameter(_draw(rng, latent, PIXELS))
        self.norm = nn.BatchNorm1d(PIXELS, affine=False).double() if norm else None

    def forward(self, z: Latents) -> Images:
        """One frame for each latent."""
        drive = z @ self.weight
        drawn = drive if self.norm is None else self.norm(drive)
        return drawn.tanh().unflatten(1, (CHANNELS, ROWS, COLUMNS))


class SmallGenerator(nn.Module):
    """Content and noise painted side by side, without a memory between the frames."""

    def __init__(self, drawn: Drawn, rng: torch.Generator):
        super().__init__()
        self.painter = SmallPainter(drawn.content.shape[1] + drawn.noise.shape[2], rng)

    def forward(self, drawn: Drawn) -> Videos:
        """One clip for each content."""
        content = drawn.content[:, None].expand(-1, drawn.noise.shape[1], -1)
        return paint_clips(self.painter, torch.cat((content, drawn.noise), dim=2))


class SmallFrameJudge(nn.Module):
    """Two logits for each frame."""

    def __init__(self, rng: torch.Generator):
        super().__init__()
        self.weight = nn.Parameter(_draw(rng, PIXELS, 2))

    def forward(self, frames: Images) -> Points:
        """Logits, (batch, patch)."""
        return 2 * (frames.flatten(1) @ self.weight).sin()


class SmallClipJudge(nn.Module):
    """One logit and some for categories, from all frames of a clip at once."""

    def __init__(self, n_frames: int, categories: int, rng: torch.Generator):
        super().__init__()
        self.weight = nn.Parameter(_draw(rng, n_frames * PIXELS, 1 + categories))

    def forward(self, videos: Videos) -> Verdict:
        """Whether each clip is real, and its category."""
        marks = 2 * (videos.flatten(1) @ self.weight).sin()
        return Verdict(marks[:, 0], marks[:, 1:])


def _draw(rng: torch.Generator, n_in: int, n_out: int) -> Tensor:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    return 1.5 * draw(n_in, n_out) / n_in**0.5
