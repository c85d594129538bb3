"""Generators and discriminators: MLPs for points, convolutional networks for digits.

Initial weights depend on ``rng`` alone, never on PyTorch's global generator. They are
uniform within 1/sqrt(fan-in), PyTorch's default for linear and convolutional layers.
For transposed convolutions, fan-in is the number of inputs that reach one output.
"""

from dataclasses import dataclass

import torch
from torch import nn

from course_lib.initialization import reset_parameters
from course_lib.shapes import Images, Latents, Logits, Points


@dataclass(frozen=True)
class PointSizes:
    """Sizes of both MLPs: latent dimension, width and number of hidden layers."""

    latent_dim: int = 2
    width: int = 128
    depth: int = 3


@dataclass(frozen=True)
class DigitSizes:
    """Sizes of both convolutional networks: latent dimension, channels at 16x16."""

    latent_dim: int = 32
    width: int = 24


class PointGenerator(nn.Module):
    """An MLP with ReLU that maps latents (batch, latent_dim) to points of the plane."""

    def __init__(self, sizes: PointSizes, rng: torch.Generator):
        super().__init__()
        self.latent_dim = sizes.latent_dim
        self.body = _mlp(sizes.latent_dim, 2, sizes, nn.ReLU())
        reset_parameters(self, rng)

    def forward(self, z: Latents) -> Points:
        """Generated points of shape (batch, 2)."""
        return self.body(z)


class PointDiscriminator(nn.Module):
    """An MLP with LeakyReLU that maps points to logits; sigmoid(logit) is P(real)."""

    def __init__(self, sizes: PointSizes, rng: torch.Generator):
        super().__init__()
        self.body = _mlp(2, 1, sizes, nn.LeakyReLU(0.2))
        reset_parameters(self, rng)

    def forward(self, points: Points) -> Logits:
        """One logit for each sample, shape (batch,); larger means more likely real."""
        return self.body(points).squeeze(1)


class DigitGenerator(nn.Module):
    """A DCGAN-like generator of 32x32 images without normalization layers.

    Three transposed convolutions of stride 2 take a 4x4 feature map to 32x32 pixels.
    """

    def __init__(self, sizes: DigitSizes, rng: torch.Generator):
        super().__init__()
        self.latent_dim = sizes.latent_dim
        w = sizes.width
        self.body = nn.Sequential(
            nn.Linear(sizes.latent_dim, 4 * w * 4 * 4),
            nn.Unflatten(1, (4 * w, 4, 4)),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(4 * w, 2 * w, 4, stride=2, padding=1),  # 8x8
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(2 * w, w, 4, stride=2, padding=1),  # 16x16
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(w, 1, 4, stride=2, padding=1),  # 32x32
            nn.Tanh(),
        )
        reset_parameters(self, rng)

    def forward(self, z: Latents) -> Images:
        """Generated images of shape (batch, 1, 32, 32) in [-1, 1]."""
        return self.body(z)


class DigitDiscriminator(nn.Module):
    """A DCGAN-like discriminator of 32x32 images without normalization layers.

    Three convolutions of stride 2 lead to a 4x4 feature map, a fourth to one logit.
    """

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
        reset_parameters(self, rng)

    def forward(self, images: Images) -> Logits:
        """One logit for each sample, shape (batch,); larger means more likely real."""
        return self.body(images).flatten()


def _mlp(
    n_in: int, n_out: int, sizes: PointSizes, activation: nn.Module
) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(sizes.depth):
        layers += [nn.Linear(n_in, sizes.width), activation]
        n_in = sizes.width
    return nn.Sequential(*layers, nn.Linear(n_in, n_out))
