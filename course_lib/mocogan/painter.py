"""Paint one frame from one latent: a frame knows nothing of its neighbours.

Home: 4.2 A frame painter.

Source: Radford et al. 2016 for the layers; Tulyakov et al. 2018, section 4.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from course_lib.initial_weights import redraw
from course_lib.shapes import Images, Latents

GROUPS = 8  # of a group norm: widths are multiples of 8


class Painter(nn.Module):
    """The paper's image generator: each layer doubles the side, from 4x4 to 64x64.

    ``width`` channels at 32x32, twice as many at each size before. Batch norm mixes
    the frames of a batch while it trains, of all clips and all times.
    """

    def __init__(self, latent: int, width: int, rng: torch.Generator):
        super().__init__()
        depths = (latent, 8 * width, 4 * width, 2 * width, width)
        layers: list[nn.Module] = []
        for before, after in pairwise(depths):
            way = {"stride": 2, "padding": 1} if layers else {}  # the first: 1 to 4
            layers += [nn.ConvTranspose2d(before, after, 4, bias=False, **way)]
            layers += [nn.BatchNorm2d(after), nn.ReLU()]
        layers += [nn.ConvTranspose2d(width, 3, 4, stride=2, padding=1, bias=False)]
        self.body = nn.Sequential(*layers, nn.Tanh()).to(rng.device)
        redraw(self, rng)
        self.to(memory_format=torch.channels_last)

    def forward(self, z: Latents) -> Images:
        """Frames of 64x64 pixels in [-1, 1], one for each latent."""
        return self.body(z[:, :, None, None]).float()


class StyledPainter(nn.Module):
    """A smaller one that is told at every size what stays.

    The first ``still`` numbers of a latent scale and shift the channels of every layer
    (conditional normalisation, Dumoulin et al. 2017); all of it begins the picture.
    Group norm looks at one frame alone: there is nothing to average over a batch.
    """

    def __init__(self, still: int, latent: int, width: int, rng: torch.Generator):
        super().__init__()
        depths = (4 * width, 4 * width, 2 * width, width)  # at 4x4, 8x8, 16x16, 32x32
        self.still = still
        self.first = nn.Linear(latent, depths[0] * 4 * 4)
        self.styles = nn.ModuleList(nn.Linear(still, 2 * depth) for depth in depths)
        self.norms = nn.ModuleList(
            nn.GroupNorm(GROUPS, depth, affine=False) for depth in depths
        )
        self.doublings = nn.ModuleList(
            nn.ConvTranspose2d(before, after, 4, stride=2, padding=1)
            for before, after in pairwise((*depths, 3))
        )
        redraw(self.to(rng.device), rng)
        self.to(memory_format=torch.channels_last)

    def forward(self, z: Latents) -> Images:
        """Frames of 64x64 pixels in [-1, 1], one for each latent."""
        still, x = z[:, : self.still], self.first(z).unflatten(1, (-1, 4, 4))
        layers = zip(self.norms, self.styles, self.doublings, strict=True)
        for norm, style, double in layers:
            x = double(torch.relu(restyled(norm(x), style(still))))
        return x.float().tanh()


def restyled(features: Images, style: Latents) -> Images:
    """Scale each channel by 1 + the first half of ``style``, shift it by the second."""
    scale, shift = style[:, :, None, None].chunk(2, dim=1)
    return torch.addcmul(shift, features, 1 + scale)


def count_weights(network: nn.Module) -> int:
    """How many numbers of a network are trained."""
    weights: list[Tensor] = [*network.parameters()]
    return sum(weight.numel() for weight in weights)
