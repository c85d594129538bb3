"""Build the rivals: one code for a whole clip, with no word for what stays.

Both take a code, (batch, latent), and give clips of 16 frames of 64x64 pixels, so the
two-player step of lesson 01 trains them.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.initialization import redraw
from course_lib.mocogan.discriminators import ClipJudge
from course_lib.mocogan.frame_views import paint_clips
from course_lib.mocogan.generator import Painter
from course_lib.shapes import Latents, Logits, Videos

Codes = Float[Tensor, "batch time code"]


class VGAN(nn.Module):
    """Two streams: a moving foreground, and a still background behind its mask.

    Source: Vondrick, Pirsiavash and Torralba 2016, section 2.2, without the price on
    the mask.
    """

    def __init__(self, latent: int, width: int, rng: torch.Generator):
        super().__init__()
        self.latent = latent
        self.foreground = _doublings(nn.ConvTranspose3d, latent, width, (1, 4, 4))
        self.colours = nn.ConvTranspose3d(width, 3, 4, 2, 1)
        self.mask = nn.ConvTranspose3d(width, 1, 4, 2, 1)
        self.background = nn.Sequential(
            _doublings(nn.ConvTranspose2d, latent, width, (4, 4)),
            nn.ConvTranspose2d(width, 3, 4, 2, 1),
            nn.Tanh(),
        )
        redraw(self.to(rng.device), rng)

    def forward(self, z: Latents) -> Videos:
        """mask * foreground + (1 - mask) * background."""
        moving = self.foreground(z[:, :, None, None, None])
        mask = self.mask(moving).sigmoid()
        still = self.background(z[:, :, None, None]).unsqueeze(2)
        clip = mask * self.colours(moving).tanh() + (1 - mask) * still
        return clip.transpose(1, 2).float()


class TGAN(nn.Module):
    """A temporal generator turns one code into 16, a painter paints each of them.

    Source: Saito, Matsumoto and Saito 2017, section 3; without the singular-value
    clipping of their Wasserstein game.
    """

    def __init__(self, latent: int, width: int, rng: torch.Generator):
        super().__init__()
        self.latent = latent
        depths, layers = (8 * width, 4 * width, 2 * width, 2 * width, latent), []
        for before, after in pairwise((latent, *depths)):
            way = {"stride": 2, "padding": 1} if layers else {}  # 1, then 2, 4, 8, 16
            layers += [nn.ConvTranspose1d(before, after, 4 if layers else 1, **way)]
            layers += [nn.BatchNorm1d(after), nn.ReLU()]
        self.times = nn.Sequential(*layers[:-2], nn.Tanh()).to(rng.device)
        redraw(self.times, rng)
        self.painter = Painter(2 * latent, width, rng)

    def path(self, z: Latents) -> Codes:
        """What each frame is painted from, (batch, 16, 2 latent): the code, its own."""
        own = self.times(z.unsqueeze(2)).transpose(1, 2)
        return torch.cat((z.unsqueeze(1).expand_as(own), own), dim=2)

    def forward(self, z: Latents) -> Videos:
        """One frame painted for each of the 16 codes."""
        return paint_clips(self.painter, self.path(z))


class Realness(nn.Module):
    """A clip judge that is asked for nothing but real or fake."""

    def __init__(self, judge: ClipJudge):
        super().__init__()
        self.judge = judge

    def forward(self, videos: Videos) -> Logits:
        """Logits of shape (batch,)."""
        return self.judge(videos).real


def _doublings(
    convolution: type[nn.ConvTranspose2d] | type[nn.ConvTranspose3d],
    latent: int,
    width: int,
    first: tuple[int, ...],
) -> nn.Sequential:
    """From one place to ``first`` places, then three doublings of every axis."""
    norm = nn.BatchNorm3d if convolution is nn.ConvTranspose3d else nn.BatchNorm2d
    depths = (latent, 8 * width, 4 * width, 2 * width, width)
    layers: list[nn.Module] = []
    for before, after in pairwise(depths):
        way = (4, 2, 1) if layers else (first,)
        layers += [convolution(before, after, *way), norm(after), nn.ReLU()]
    return nn.Sequential(*layers)
