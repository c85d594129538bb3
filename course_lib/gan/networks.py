"""Build forgers and judges: small networks for points, convolutions for digits.

Weights are drawn from ``rng`` alone, never from PyTorch's global generator: uniform
within 1/sqrt(fan-in), as PyTorch does by default.
"""

from dataclasses import dataclass

import torch
from torch import nn

from course_lib.initialization import redraw
from course_lib.shapes import Images, Latents, Logits, Points


@dataclass(frozen=True)
class PointSizes:
    """Sizes of both point networks: latent axes, width and number of hidden layers."""

    latent: int = 2
    width: int = 128
    depth: int = 3


@dataclass(frozen=True)
class DigitSizes:
    """Sizes of both digit networks: latent axes, channels at 16x16 pixels."""

    latent: int = 32
    width: int = 24


class PointGenerator(nn.Module):
    """A forger of points in the plane."""

    def __init__(self, sizes: PointSizes, rng: torch.Generator):
        super().__init__()
        self.latent = sizes.latent
        self.body = _perceptron(sizes.latent, 2, sizes, nn.ReLU())
        redraw(self, rng)

    def forward(self, z: Latents) -> Points:
        """Points of shape (batch, 2)."""
        return self.body(z)


class PointJudge(nn.Module):
    """A judge of points in the plane: one logit a point, upwards means real."""

    def __init__(self, sizes: PointSizes, rng: torch.Generator):
        super().__init__()
        self.body = _perceptron(2, 1, sizes, nn.LeakyReLU(0.2))
        redraw(self, rng)

    def forward(self, points: Points) -> Logits:
        """Logits of shape (batch,)."""
        return self.body(points).squeeze(1)


class DigitGenerator(nn.Module):
    """A forger of 32x32 pictures: each layer doubles the side, from 4x4 on."""

    def __init__(self, sizes: DigitSizes, rng: torch.Generator):
        super().__init__()
        self.latent = sizes.latent
        w = sizes.width
        self.body = nn.Sequential(
            nn.Linear(sizes.latent, 4 * w * 4 * 4),
            nn.Unflatten(1, (4 * w, 4, 4)),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(4 * w, 2 * w, 4, stride=2, padding=1),  # 8x8
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(2 * w, w, 4, stride=2, padding=1),  # 16x16
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(w, 1, 4, stride=2, padding=1),  # 32x32
            nn.Tanh(),
        )
        redraw(self, rng)

    def forward(self, z: Latents) -> Images:
        """Images of shape (batch, 1, 32, 32) in [-1, 1]."""
        return self.body(z)


class DigitJudge(nn.Module):
    """A judge of 32x32 pictures: each layer halves the side, down to one logit."""

    def __init__(self, sizes: DigitSizes, rng: torch.Generator):
        super().__init__()
        w = sizes.width
        self.body = nn.Sequential(
            nn.Conv2d(1, w, 4, stride=2, padding=1),  # (batch, w, 16, 16)
            nn.LeakyReLU(0.2),
            nn.Conv2d(w, 2 * w, 4, stride=2, padding=1),  # 8x8
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * w, 4 * w, 4, stride=2, padding=1),  # 4x4
            nn.LeakyReLU(0.2),
            nn.Conv2d(4 * w, 1, 4),  # 1x1
        )
        redraw(self, rng)

    def forward(self, images: Images) -> Logits:
        """Logits of shape (batch,)."""
        return self.body(images).flatten()


def _perceptron(
    n_in: int, n_out: int, sizes: PointSizes, activation: nn.Module
) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(sizes.depth):
        layers += [nn.Linear(n_in, sizes.width), activation]
        n_in = sizes.width
    return nn.Sequential(*layers, nn.Linear(n_in, n_out))
