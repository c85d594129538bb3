"""Paint one frame from one latent: a frame knows nothing of its neighbours.

Source: Radford et al. 2016 for the layers; Tulyakov et al. 2018, section 4.
"""

from itertools import pairwise
from math import pi

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, normalize

from course_lib.initialization import redraw
from course_lib.shapes import Images, Latents

SIDE, WINDOW = 64, 24  # pixels of a frame and of the window around a place
REACH = 32.0  # pixels that a place can lie from the frame's middle, along each axis
BLOT = 1.4
UNIT = 8.0  # pixels, a length of coordinates: about the radius of a thing
WAVES, FREQUENCY = 16, 0.6  # waves of random direction, so many to a unit
HIDDEN, GAIN, SPREAD = 64, 1.4, 2.4
SHARPNESS = 4.0  # logits a unit of depth

Points = Float[Tensor, "picture axis point"]
Features = Float[Tensor, "picture feature point"]
Marks = Float[Tensor, "picture point"]


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


class PlacedPainter(nn.Module):
    """A smaller one that says where: a place for each frame, and a thing around it.

    A latent gives the place. Its first ``still`` numbers give the thing: of every pixel
    of a window, from where it lies beside the place, they tell whether it is inside,
    and they give the one colour of all that is. The rest of the frame is black. So a
    thing keeps its colour by construction: good for one thing, useless for a face.

    Source: pixels from their coordinates, Anokhin et al. 2021; waves in coordinates
    that the latent shifts, Karras et al. 2021, section 3.2.
    """

    waves: Tensor

    def __init__(self, still: int, latent: int, width: int, rng: torch.Generator):
        super().__init__()
        self.still = still
        self.place = _two_layers(latent, 2)
        self.manner = nn.Sequential(_two_layers(still, HIDDEN), nn.LeakyReLU(0.2))
        self.colour = _two_layers(HIDDEN, 3)
        waves = torch.randn((WAVES, 2), generator=rng, device=rng.device)
        self.register_buffer("waves", FREQUENCY * 2 * pi * waves)
        depths = (2 + 2 * WAVES, width, width, width)
        self.layers = nn.ModuleList(
            StyledLayer(before, after) for before, after in pairwise(depths)
        )
        self.last = nn.Conv1d(width, 1, 1)
        redraw(self.to(rng.device), rng)
        for spread in (
            self.place,
            self.manner,
        ):  # things lie and look unlike each other
            redraw(spread, rng, gain=SPREAD)

    def forward(self, z: Latents) -> Images:
        """Frames of 64x64 pixels in [-1, 1], one for each latent."""
        with torch.autocast(z.device.type, enabled=False):  # coordinates need 32 bits
            manner = self.manner(z[:, : self.still])
            place = whole(SIDE / 2 + REACH * self.place(z).tanh())  # x, y in pixels
            corner = (place.detach().round().long() - WINDOW // 2).clamp(
                0, SIDE - WINDOW
            )
            inside = (SHARPNESS * self.depth(_beside(place, corner), manner)).sigmoid()
            light = 1 + self.colour(manner).tanh().unsqueeze(2)
            return _framed(crisp(inside).unsqueeze(1) * light - 1, corner)

    def depth(self, points: Points, manner: Latents) -> Marks:
        """How far inside the thing each point lies, below 0 outside it.

        At the start, things are blots of about BLOT units across.
        """
        phases = self.waves @ points
        x = torch.cat((points, phases.sin(), phases.cos()), dim=1)
        for layer in self.layers:
            x = layer(x, manner)
        return self.last(x).squeeze(1) + BLOT**2 / 4 - points.square().sum(dim=1)


class StyledLayer(nn.Module):
    """A layer of every point alike, whose inputs are weighed by what stays.

    Weights are brought back to one length, so that a style chooses and never shouts.

    Source: Karras et al. 2020, section 2.2.
    """

    def __init__(self, before: int, after: int):
        super().__init__()
        self.mix = nn.Linear(before, after, bias=False)
        self.style = nn.Linear(HIDDEN, before)
        self.shift = nn.Linear(HIDDEN, after)

    def forward(self, x: Features, manner: Latents) -> Tensor:
        """Features of every point, (picture, feature, point)."""
        weight = self.mix.weight * (1 + self.style(manner)).unsqueeze(1)
        mixed = GAIN * normalize(weight, dim=2) @ x + self.shift(manner).unsqueeze(2)
        return leaky_relu(mixed, 0.2)


def whole(places: Tensor) -> Tensor:
    """The nearest whole numbers; slopes pass as if nothing had been rounded.

    A thing that moves by whole pixels looks the same wherever it is.
    """
    return places.round() + (places - places.detach())


def crisp(shares: Marks) -> Marks:
    """1 above a half, else 0; slopes pass as if nothing had been decided.

    Source: Bengio, Leonard and Courville 2013, the straight-through estimator.
    """
    return (shares > 0.5).float() + (shares - shares.detach())


def _two_layers(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(before, HIDDEN), nn.LeakyReLU(0.2), nn.Linear(HIDDEN, after)
    )


def _beside(place: Tensor, corner: Tensor) -> Points:
    """x and y of every pixel of a window, from its place, in UNIT pixels."""
    steps = torch.arange(WINDOW, device=place.device) + 0.5
    x, y = ((corner.unsqueeze(2) + steps - place.unsqueeze(2)) / UNIT).unbind(1)
    x, y = x.unsqueeze(1).expand(-1, WINDOW, -1), y.unsqueeze(2).expand(-1, -1, WINDOW)
    return torch.stack((x, y), dim=1).flatten(2)


def _framed(windows: Tensor, corner: Tensor) -> Images:
    """Windows, (picture, 3, point), in frames of black."""
    steps = torch.arange(WINDOW, device=corner.device)
    x, y = (corner.unsqueeze(2) + steps).unbind(1)
    at = (SIDE * y.unsqueeze(2) + x.unsqueeze(1)).flatten(1).unsqueeze(1)
    frames = windows.new_full((len(windows), 3, SIDE**2), -1.0)
    frames = frames.scatter(2, at.expand_as(windows), windows)
    return frames.unflatten(2, (SIDE, SIDE))


def count_weights(network: nn.Module) -> int:
    """How many numbers of a network are trained."""
    weights: list[Tensor] = [*network.parameters()]
    return sum(weight.numel() for weight in weights)
