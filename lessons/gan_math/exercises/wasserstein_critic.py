"""Make critics that show at once where a penalty was measured, and over which axes.

They hold no random state of their own and know no shape: samples are flattened.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn


class CurvedCritic(nn.Module):
    """One score for each sample, with a slope that is another at every point."""

    def __init__(self, size: int, rng: torch.Generator) -> None:
        super().__init__()
        draw = partial(torch.randn, generator=rng, dtype=torch.float64)
        self.directions = nn.Parameter(draw(size, 4) / size**0.5)
        self.offsets = nn.Parameter(draw(4))
        self.weights = nn.Parameter(draw(4))

    def forward(self, samples: Tensor) -> Tensor:
        """Scores of shape (batch,): a sum of four bent ramps over the whole sample."""
        ramps = samples.flatten(1) @ self.directions + self.offsets
        return torch.tanh(ramps) @ self.weights


class StraightCritic(nn.Module):
    """One score for each sample, with the same known slope everywhere."""

    def __init__(self, size: int, slope: float, rng: torch.Generator) -> None:
        super().__init__()
        direction = torch.randn(size, 1, generator=rng, dtype=torch.float64)
        self.direction = nn.Parameter(slope * direction / direction.norm())

    def forward(self, samples: Tensor) -> Tensor:
        """Scores of shape (batch, 1), as the last layer of a network gives them."""
        return samples.flatten(1) @ self.direction


def leaf(samples: Tensor) -> Tensor:
    """The same points with no past, ready to be differentiated at."""
    return samples.detach().requires_grad_()


def slope_at(
    critic: Callable[[Tensor], Tensor], points: Tensor, *, keep: bool = True
) -> Tensor:
    """Gradient of each sample's score at ``points``; its graph is kept on request."""
    (slope,) = torch.autograd.grad(critic(points).sum(), points, create_graph=keep)
    return slope
