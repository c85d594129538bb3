"""Image generators: each maps one latent to one frame, independently of other frames.

Source: Radford et al. 2016 for the layers; Tulyakov et al. 2018, section 4.
"""

from itertools import pairwise
from math import pi

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, normalize

from course_lib.initialization import reset_parameters
from course_lib.shapes import Images, Latents

SIDE, WINDOW = 64, 24  # pixels of a frame and of the window around an object
MAX_OFFSET = 32.0  # pixels from the frame's centre to a position, along each axis
LENGTH_UNIT = 8.0  # pixels in one unit of the coordinates, about an object's radius
INITIAL_DIAMETER = 1.4  # of an object, in units
N_FREQUENCIES, FREQUENCY_STD = 16, 0.6  # of the Fourier features, in periods a unit
HIDDEN, LAYER_GAIN, INIT_GAIN = 64, 1.4, 2.4
SHARPNESS = 4.0  # logits per unit of signed depth

Coordinates = Float[Tensor, "picture axis point"]
PointFeatures = Float[Tensor, "picture feature point"]
PointValues = Float[Tensor, "picture point"]


class ImageGenerator(nn.Module):
    """The paper's image generator: transposed convolutions from 4x4 to 64x64 pixels.

    It has ``width`` channels at 32x32, twice as many at each smaller size. In training,
    batch norm uses statistics over the frames of all clips and all times of a batch.
    """

    def __init__(
        self, latent_dim: int, width: int, rng: torch.Generator, n_channels: int = 3
    ):
        super().__init__()
        channels = (latent_dim, 8 * width, 4 * width, 2 * width, width)
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(channels):
            upsample = (
                {"stride": 2, "padding": 1} if layers else {}
            )  # first: 1x1 to 4x4
            layers += [nn.ConvTranspose2d(n_in, n_out, 4, bias=False, **upsample)]
            layers += [nn.BatchNorm2d(n_out), nn.ReLU()]
        layers += [
            nn.ConvTranspose2d(width, n_channels, 4, stride=2, padding=1, bias=False)
        ]
        self.layers = nn.Sequential(*layers, nn.Tanh()).to(rng.device)
        reset_parameters(self, rng)
        self.to(memory_format=torch.channels_last)

    def forward(self, z: Latents) -> Images:
        """Frames of 64x64 pixels in [-1, 1], one for each latent."""
        return self.layers(z[:, :, None, None]).float()


class ObjectGenerator(nn.Module):
    """Image generator with a hand-made prior: one object of one colour over black.

    The whole latent gives the object's position. The first ``n_static`` dimensions,
    which are constant over a clip, give its shape and its colour: a coordinate network
    says of each pixel in a window around the position whether it lies inside the
    object. All other pixels are black. The colour therefore cannot change within a clip
    by construction. The prior suits clips of one plain object and nothing else.

    Source: pixels from coordinates, Anokhin et al. 2021; Fourier features of
    coordinates, Karras et al. 2021, section 3.2.
    """

    frequencies: Tensor

    def __init__(
        self,
        n_static: int,
        latent_dim: int,
        width: int,
        rng: torch.Generator,
        n_channels: int = 3,
    ):
        super().__init__()
        self.n_static = n_static
        self.position = _two_layers(latent_dim, 2)
        self.style = nn.Sequential(_two_layers(n_static, HIDDEN), nn.LeakyReLU(0.2))
        self.colour = _two_layers(HIDDEN, n_channels)
        frequencies = torch.randn((N_FREQUENCIES, 2), generator=rng, device=rng.device)
        self.register_buffer("frequencies", FREQUENCY_STD * 2 * pi * frequencies)
        channels = (2 + 2 * N_FREQUENCIES, width, width, width)
        self.layers = nn.ModuleList(
            ModulatedLayer(n_in, n_out) for n_in, n_out in pairwise(channels)
        )
        self.output = nn.Conv1d(width, 1, 1)
        reset_parameters(self.to(rng.device), rng)
        # Larger initial weights, so that initial samples differ in position and style
        for network in (self.position, self.style):
            reset_parameters(network, rng, gain=INIT_GAIN)

    def forward(self, z: Latents) -> Images:
        """Frames of 64x64 pixels in [-1, 1], one for each latent."""
        with torch.autocast(z.device.type, enabled=False):  # coordinates need 32 bits
            style = self.style(z[:, : self.n_static])
            offset = MAX_OFFSET * self.position(z).tanh()
            position = straight_through_round(SIDE / 2 + offset)  # x, y in pixels
            corner = (position.detach().round().long() - WINDOW // 2).clamp(
                0, SIDE - WINDOW
            )
            depth = self.depth(_window_coordinates(position, corner), style)
            mask = straight_through_threshold((SHARPNESS * depth).sigmoid())
            colour = 1 + self.colour(style).tanh().unsqueeze(2)
            return _paste_windows(mask.unsqueeze(1) * colour - 1, corner)

    def depth(self, points: Coordinates, style: Latents) -> PointValues:
        """Signed depth of each point inside the object, negative outside, in units.

        At initialization objects are roughly discs of diameter INITIAL_DIAMETER.
        """
        phases = self.frequencies @ points
        x = torch.cat((points, phases.sin(), phases.cos()), dim=1)
        for layer in self.layers:
            x = layer(x, style)
        disc = INITIAL_DIAMETER**2 / 4 - points.square().sum(dim=1)
        return self.output(x).squeeze(1) + disc


class ModulatedLayer(nn.Module):
    """Pointwise linear layer whose weights are modulated by a style vector.

    The modulated weights are normalized, so that a style changes how inputs are mixed
    and not how large the outputs are.

    Source: Karras et al. 2020, section 2.2.
    """

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.linear = nn.Linear(n_in, n_out, bias=False)
        self.modulation = nn.Linear(HIDDEN, n_in)
        self.shift = nn.Linear(HIDDEN, n_out)

    def forward(self, x: PointFeatures, style: Latents) -> Tensor:
        """Features of every point, (picture, feature, point)."""
        weight = self.linear.weight * (1 + self.modulation(style)).unsqueeze(1)
        weight = LAYER_GAIN * normalize(weight, dim=2)
        return leaky_relu(weight @ x + self.shift(style).unsqueeze(2), 0.2)


def straight_through_round(x: Tensor) -> Tensor:
    """``x`` rounded to integers; the gradient is that of the identity.

    An object at whole pixels looks the same at every position.
    """
    return x.round() + (x - x.detach())


def straight_through_threshold(probabilities: PointValues) -> PointValues:
    """1 where the probability exceeds 1/2, else 0; the gradient is the identity's.

    Source: Bengio, Leonard and Courville 2013, the straight-through estimator.
    """
    return (probabilities > 0.5).float() + (probabilities - probabilities.detach())


def _two_layers(n_in: int, n_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(n_in, HIDDEN), nn.LeakyReLU(0.2), nn.Linear(HIDDEN, n_out)
    )


def _window_coordinates(position: Tensor, corner: Tensor) -> Coordinates:
    """x and y of every pixel of a window relative to the position, in units."""
    steps = torch.arange(WINDOW, device=position.device) + 0.5
    offsets = (corner.unsqueeze(2) + steps - position.unsqueeze(2)) / LENGTH_UNIT
    x, y = offsets.unbind(1)
    x, y = x.unsqueeze(1).expand(-1, WINDOW, -1), y.unsqueeze(2).expand(-1, -1, WINDOW)
    return torch.stack((x, y), dim=1).flatten(2)


def _paste_windows(windows: Tensor, corner: Tensor) -> Images:
    """Black frames with the windows, (picture, channel, point), at their corners."""
    steps = torch.arange(WINDOW, device=corner.device)
    x, y = (corner.unsqueeze(2) + steps).unbind(1)
    index = (SIDE * y.unsqueeze(2) + x.unsqueeze(1)).flatten(1).unsqueeze(1)
    frames = windows.new_full((*windows.shape[:2], SIDE**2), -1.0)
    frames = frames.scatter(2, index.expand_as(windows), windows)
    return frames.unflatten(2, (SIDE, SIDE))


def count_parameters(network: nn.Module) -> int:
    """Number of trainable parameters of a network."""
    parameters: list[Tensor] = [*network.parameters()]
    return sum(parameter.numel() for parameter in parameters)
