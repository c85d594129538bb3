"""Squeeze a whole clip into one code: three-dimensional convolutions, there and back.

Home: 3.1 Squeezing, 3.5 A clip at once, 3.7 With a condition.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.halvings import halvings
from course_lib.initial_weights import redraw
from course_lib.shapes import Latents, Points, Videos
from course_lib.vae.elbo import Elbo, elbo
from course_lib.vae.gaussian import reparameterize

Places = Float[Tensor, "time 1 height width"]

HALVINGS = 4  # of time, height and width: 16 x 64 x 64 becomes 1 x 4 x 4


@dataclass(frozen=True)
class ClipSizes:
    """Sizes of a clip code: a clip's channels and frames, its side, width, latents.

    ``condition`` counts the numbers that encoder and decoder are told beside the clip.
    ``floor`` is the least width of a pixel: where the data never change, as black
    borders do not, a width without a floor would go to 0 and the density to infinity.
    """

    channels: int = 3
    frames: int = 16
    side: int = 64
    width: int = 32
    latent: int = 32
    condition: int = 0
    floor: float = 0.03

    def depths(self) -> tuple[int, ...]:
        """Channels of a clip and behind every layer that halves it."""
        return (self.channels, *(self.width * factor for factor in (1, 2, 4, 4)))


class Code(NamedTuple):
    """q(z | x): the mean and the log variance of every axis of every clip's code."""

    mu: Latents
    logvar: Latents


def as_code(numbers: Points) -> Code:
    """What a network says of a code, (batch, 2 latent): means, then log variances."""
    mu, logvar = numbers.float().chunk(2, dim=1)
    return Code(mu, logvar.clamp(-12, 4))  # a width of e^-6 is a point


class ClipEncoder(nn.Module):
    """A clip as a Gaussian over codes: every layer halves time, height and width."""

    def __init__(self, sizes: ClipSizes, rng: torch.Generator):
        super().__init__()
        depths, grid = sizes.depths(), _smallest(sizes)
        self.body = nn.Sequential(*halvings(depths, nn.Conv3d), nn.Flatten())
        flat = depths[-1] * grid[0] * grid[1] ** 2
        self.head = nn.Linear(flat + sizes.condition, 2 * sizes.latent)
        redraw(self, rng)

    def forward(self, videos: Videos, condition: Points | None = None) -> Code:
        """The code of every clip, (batch, latent) each."""
        features = self.body(videos.transpose(1, 2))  # time beside height and width
        if condition is not None:
            features = torch.cat((features, condition), dim=1)
        return as_code(self.head(features))


class ClipDecoder(nn.Module):
    """The way back: from a code to the mean of every pixel, in [-1, 1]."""

    def __init__(self, sizes: ClipSizes, rng: torch.Generator):
        super().__init__()
        depths, grid = sizes.depths()[::-1], _smallest(sizes)
        layers: list[nn.Module] = [
            nn.Linear(
                sizes.latent + sizes.condition, depths[0] * grid[0] * grid[1] ** 2
            ),
            nn.Unflatten(1, (depths[0], grid[0], grid[1], grid[1])),
        ]
        for i in range(HALVINGS):
            layers += [nn.GroupNorm(8, depths[i]), nn.SiLU()]
            layers += [
                nn.ConvTranspose3d(depths[i], depths[i + 1], 4, stride=2, padding=1)
            ]
        self.body = nn.Sequential(*layers, nn.Tanh())
        redraw(self, rng)

    def forward(self, z: Latents, condition: Points | None = None) -> Videos:
        """The mean of every pixel of every clip."""
        told = z if condition is None else torch.cat((z, condition), dim=1)
        return self.body(told).transpose(1, 2).float()


class ClipVAE(nn.Module):
    """An encoder, a decoder and a map of widths: pixels are N(decoded, sigma^2)."""

    def __init__(self, sizes: ClipSizes, rng: torch.Generator, *, sigma: float = 0.3):
        super().__init__()
        self.sizes = sizes
        self.encode, self.decode = ClipEncoder(sizes, rng), ClipDecoder(sizes, rng)
        shape = (sizes.frames, 1, sizes.side, sizes.side)  # one for all colours
        self.log_sigma = nn.Parameter(torch.full(shape, sigma, device=rng.device).log())

    @property
    def sigma(self) -> Places:
        """The standard deviation of a pixel around what is decoded, for every time and
        place: learnt, above the floor, and the same for all clips and colours."""
        return (self.sizes.floor**2 + (2 * self.log_sigma).exp()).sqrt()

    def sample(self, n: int, rng: torch.Generator) -> Videos:
        """Decode n codes drawn from the prior: clips that nobody has seen."""
        z = torch.randn(n, self.sizes.latent, generator=rng, device=rng.device)
        return self.decode(z)


def clip_elbo(model: ClipVAE, videos: Videos, rng: torch.Generator) -> Elbo:
    """The bound on log p(x) of every clip, in nats."""
    code = model.encode(videos)
    mean = model.decode(reparameterize(*code, rng))
    return elbo(videos, mean, *code, model.sigma)


def _smallest(sizes: ClipSizes) -> tuple[int, int]:
    """Frames and side of the smallest grid.

    Raises:
        ValueError: if a clip cannot be halved that often.
    """
    if sizes.frames % 2**HALVINGS or sizes.side % 2**HALVINGS:
        raise ValueError(
            f"Frames and side are halved {HALVINGS} times, so both are multiples of "
            f"{2**HALVINGS}; got {sizes.frames} and {sizes.side}."
        )
    return sizes.frames // 2**HALVINGS, sizes.side // 2**HALVINGS
