"""Generator and discriminator of points of the plane: MLPs.

Initial weights depend on ``rng`` alone, never on PyTorch's global generator. They are
uniform within 1/sqrt(fan-in), PyTorch's default for linear and convolutional layers.
For transposed convolutions, fan-in is the number of inputs that reach one output.
"""

from dataclasses import dataclass

import torch
from torch import nn

from course_lib.initialization import reset_parameters
from course_lib.shapes import Latents, Logits, Points


@dataclass(frozen=True)
class PointSizes:
    """Sizes of both MLPs: latent dimension, width and number of hidden layers."""

    latent_dim: int = 2
    width: int = 128
    depth: int = 3


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


def _mlp(
    n_in: int, n_out: int, sizes: PointSizes, activation: nn.Module
) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(sizes.depth):
        layers += [nn.Linear(n_in, sizes.width), activation]
        n_in = sizes.width
    return nn.Sequential(*layers, nn.Linear(n_in, n_out))
