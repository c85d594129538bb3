"""Small critics on which the exercises about gradient penalties are checked.

Their weights come from an explicit generator, and they flatten samples of any shape.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn


class NonlinearCritic(nn.Module):
    """One score for each sample, with a gradient that differs from point to point."""

    def __init__(self, size: int, rng: torch.Generator) -> None:
        super().__init__()
        draw = partial(torch.randn, generator=rng, dtype=torch.float64)
        self.directions = nn.Parameter(draw(size, 4) / size**0.5)
        self.offsets = nn.Parameter(draw(4))
        self.weights = nn.Parameter(draw(4))

    def forward(self, samples: Tensor) -> Tensor:
        """Scores of shape (batch,): a weighted sum of four tanh units."""
        units = samples.flatten(1) @ self.directions + self.offsets
        return torch.tanh(units) @ self.weights


class LinearCritic(nn.Module):
    """One score for each sample, with a gradient of known norm everywhere."""

    def __init__(self, size: int, norm: float, rng: torch.Generator) -> None:
        super().__init__()
        direction = torch.randn(size, 1, generator=rng, dtype=torch.float64)
        self.direction = nn.Parameter(norm * direction / direction.norm())

    def forward(self, samples: Tensor) -> Tensor:
        """Scores of shape (batch, 1), like the output of a last linear layer."""
        return samples.flatten(1) @ self.direction


def leaf(samples: Tensor) -> Tensor:
    """The samples detached from their graph, as a leaf that requires gradients."""
    return samples.detach().requires_grad_()


def gradient_at(
    critic: Callable[[Tensor], Tensor], points: Tensor, *, keep: bool = True
) -> Tensor:
    """Gradient of each sample's score at ``points``; with a graph if ``keep``."""
    (gradient,) = torch.autograd.grad(critic(points).sum(), points, create_graph=keep)
    return gradient
