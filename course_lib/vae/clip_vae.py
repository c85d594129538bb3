"""A VAE with one latent vector a clip: 3-D convolutional encoder and decoder."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import silu

from course_lib.downsampling import downsampling_layers
from course_lib.initialization import reset_parameters
from course_lib.shapes import Latents, Points, Videos
from course_lib.vae.elbo import Elbo, elbo
from course_lib.vae.gaussian import reparameterize

Places = Float[Tensor, "time 1 height width"]
Features = Float[Tensor, "batch channel time height width"]

HALVINGS = 4  # of time, height and width: 16 x 64 x 64 becomes 1 x 4 x 4
NARROW = -5.0  # log variance of a code at the start: noise must not drown what it says
KEEPING = 4.0  # gain of layers without a norm: what goes in comes out as large
SPREAD = 5.0  # of its mean at the start: as the prior's, about 1 from clip to clip


@dataclass(frozen=True)
class ClipSizes:
    """Sizes of a clip code: a clip's channels and frames, its side, width, latents.

    ``condition`` counts the numbers that encoder and decoder are told beside the clip.
    ``sigma`` is the width of a pixel until it is calibrated: it says how much squared
    error a nat of code must buy. ``floor`` is the least width after it: where the data
    never change, as black borders do not, a width would go to 0, a density to infinity.
    """

    channels: int = 3
    frames: int = 16
    side: int = 64
    width: int = 16
    latent: int = 16
    condition: int = 0
    sigma: float = 4.0
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
        self.body = nn.Sequential(*downsampling_layers(depths, nn.Conv3d))
        told = depths[-1] * (grid[0] * grid[1] ** 2 + 1) + sizes.condition
        self.head = nn.Linear(told, 2 * sizes.latent)
        reset_parameters(self.body, rng, gain=KEEPING)
        reset_parameters(self.head, rng)
        with torch.no_grad():
            self.head.weight[: sizes.latent] *= SPREAD
            self.head.bias[sizes.latent :] += NARROW

    def forward(self, videos: Videos, condition: Points | None = None) -> Code:
        """The code of every clip, (batch, latent) each."""
        light = videos.transpose(1, 2) + 1  # time beside places; black, as edges, is 0
        features = self.body(light).flatten(2)
        parts = [features.flatten(1), features.sum(dim=2)]
        if condition is not None:
            parts.append(condition)
        return as_code(self.head(torch.cat(parts, dim=1)))


class Modulation(nn.Module):
    """Normalise features; then the code scales and shifts every channel, everywhere.

    What holds for a whole clip, as its colour does, reaches every pixel at once.

    Source: Perez et al. 2018, equation 1.
    """

    def __init__(self, channels: int, told: int):
        super().__init__()
        self.norm = nn.GroupNorm(8, channels, affine=False)
        self.say = nn.Linear(told, 2 * channels)

    def forward(self, features: Features, told: Points) -> Features:
        """Features of the same form."""
        scale, shift = self.say(told)[..., None, None, None].chunk(2, dim=1)
        return self.norm(features) * (1 + scale) + shift


class ClipDecoder(nn.Module):
    """The way back: from a code to the mean of every pixel, in [-1, 1].

    Every layer is told the code again, for a first layer alone would have to carry
    colours through all others.
    """

    def __init__(self, sizes: ClipSizes, rng: torch.Generator):
        super().__init__()
        depths, (frames, side) = sizes.depths()[::-1], _smallest(sizes)
        told = sizes.latent + sizes.condition
        self.start = nn.Sequential(
            nn.Linear(told, depths[0] * frames * side**2),
            nn.Unflatten(1, (depths[0], frames, side, side)),
        )
        self.modulate = nn.ModuleList(Modulation(d, told) for d in depths[:-1])
        self.enlarge = nn.ModuleList(
            nn.ConvTranspose3d(before, after, 4, stride=2, padding=1)
            for before, after in pairwise(depths)
        )
        reset_parameters(self, rng)

    def readers(self) -> list[nn.Linear]:
        """The layers that read the code: latents first, then the condition."""
        return [self.start[0], *(each.say for each in self.modulate)]

    def forward(self, z: Latents, condition: Points | None = None) -> Videos:
        """The mean of every pixel of every clip."""
        told = z if condition is None else torch.cat((z, condition), dim=1)
        features = self.start(told)
        for modulate, enlarge in zip(self.modulate, self.enlarge, strict=True):
            features = enlarge(silu(modulate(features, told)))
        return features.tanh().transpose(1, 2).float()


class ClipVAE(nn.Module):
    """An encoder, a decoder and a map of widths: pixels are N(decoded, sigma^2)."""

    widths: Tensor

    def __init__(self, sizes: ClipSizes, rng: torch.Generator):
        super().__init__()
        self.sizes = sizes
        self.encode, self.decode = ClipEncoder(sizes, rng), ClipDecoder(sizes, rng)
        shape = (sizes.frames, 1, sizes.side, sizes.side)  # one for all colours
        widths = torch.full(shape, sizes.sigma, device=rng.device)
        self.register_buffer("widths", widths)  # ``calibrate`` sets them, no slope does

    @property
    def sigma(self) -> Places:
        """The standard deviation of a pixel around what is decoded, for every time and
        place, above the floor: the same for all clips and colours."""
        return (self.sizes.floor**2 + self.widths.square()).sqrt()

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
