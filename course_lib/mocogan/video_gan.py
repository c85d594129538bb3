"""Make a clip from what stays and what moves, and make others by exchanging the two.

Source: Tulyakov, Liu, Yang and Kautz 2018, section 3.
"""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.mocogan.discriminators import FRAMES
from course_lib.mocogan.frame_views import paint_clips
from course_lib.mocogan.generator import Painter, PlacedPainter
from course_lib.mocogan.latents import (
    Drawn,
    LatentSizes,
    Path,
    draw_latents,
    latent_path,
    latent_path_as_released,
    motion_memory,
)
from course_lib.shapes import Videos

KEEPING = 1.0  # on the bias of the memory's update gate, for a placed painter

Grid = Float[Tensor, "content motion time channel height width"]


@dataclass(frozen=True)
class MoCoGANSizes:
    """Sizes of a MoCoGAN: its latents, and the channels of its painter.

    ``placed`` chooses the painter that says where, and a memory that keeps more.
    """

    latents: LatentSizes = field(default_factory=LatentSizes)
    width: int = 64
    placed: bool = False


PAPER = MoCoGANSizes(LatentSizes(category_moves=False))
"""As released: a painter of 3,265,408 weights, a memory of 660."""

LAPTOP = MoCoGANSizes(
    LatentSizes(content=16, motion=16, hum=0.1), width=32, placed=True
)
"""For two cores; the category enters the motion, as in the paper's better arm."""


class MoCoGAN(nn.Module):
    """A memory that moves and a painter that paints: clips of any length."""

    def __init__(self, sizes: MoCoGANSizes, rng: torch.Generator):
        super().__init__()
        self.sizes, latents = sizes, sizes.latents
        self.memory = motion_memory(latents, rng, keeping=KEEPING * sizes.placed)
        self.painter: nn.Module = (
            PlacedPainter(latents.still, latents.latent, sizes.width, rng)
            if sizes.placed
            else Painter(latents.latent, sizes.width, rng)
        )

    def path(self, drawn: Drawn) -> Path:
        """From what chance decided to one latent for every frame."""
        latents = self.sizes.latents
        way = latent_path if latents.category_moves else latent_path_as_released
        return way(drawn, self.memory, latents.categories)

    def forward(self, drawn: Drawn) -> Videos:
        """Clips of 64x64 pixels in [-1, 1], as long as their noise."""
        return paint_clips(self.painter, self.path(drawn))

    def draw(self, n: int, rng: torch.Generator, n_frames: int = FRAMES) -> Drawn:
        """What chance decides about n clips, on the device of ``rng``."""
        return draw_latents(n, n_frames, self.sizes.latents, rng)


@torch.no_grad()
def sample(
    model: MoCoGAN, n: int, rng: torch.Generator, n_frames: int = FRAMES
) -> Videos:
    """Draw n clips, without a graph; they may be longer than those trained on."""
    return model(model.draw(n, rng, n_frames))


@torch.no_grad()
def content_by_motion(model: MoCoGAN, contents: Drawn, motions: Drawn) -> Grid:
    """Every content under every motion: rows share what stays, columns what moves."""
    rows, columns = len(contents.content), len(motions.content)
    content = contents.content.repeat_interleave(columns, dim=0)
    moving = Drawn(*(torch.cat([part] * rows) for part in motions))
    return model(moving._replace(content=content)).unflatten(0, (rows, columns))
