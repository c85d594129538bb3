"""A small GAN: what the library of a lesson has, for exercises of the grading tests.

A worker can import this module; the exercises themselves it cannot see.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, softplus


class Critic(nn.Module):
    """Scores points in the plane with one hidden layer and batch norm.

    Args:
        n_hidden: The width of the hidden layer.
    """

    def __init__(self, n_hidden: int) -> None:
        super().__init__()
        self.first = nn.Linear(2, n_hidden)
        self.norm = nn.BatchNorm1d(n_hidden)
        self.last = nn.Linear(n_hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of shape (n,) for points of shape (n, 2)."""
        return self.last(leaky_relu(self.norm(self.first(x)), 0.2)).squeeze(1)


class Embedding(nn.Module):
    """Sums the embeddings of a class label and a point.

    Args:
        n_classes: How many labels there are.
        size: The length of the embedding.
    """

    def __init__(self, n_classes: int, size: int) -> None:
        super().__init__()
        self.label = nn.Embedding(n_classes, size)
        self.point = nn.Linear(2, size, bias=False)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """Embeddings of shape (n, size)."""
        return self.point(x) + self.label(labels)


class Generator(nn.Module):
    """Maps a normal latent vector to a point in the plane."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, latents: Tensor) -> Tensor:
        """Points of shape (n, 2)."""
        return torch.tanh(self.layer(latents))


class Discriminator(nn.Module):
    """Scores points in the plane."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Logits of shape (n,)."""
        return self.net(x).squeeze(1)


def discriminator_step(
    discriminator: nn.Module,
    generator: nn.Module,
    optimizer: torch.optim.Optimizer,
    x: Tensor,
    rng: torch.Generator,
) -> Tensor:
    """One step of the discriminator's optimizer; returns the loss before it.

    Real points are ``x``; as many latent vectors are drawn from ``rng``. The generator
    is not changed, and no gradient is stored in it.
    """
    latents = torch.randn(len(x), 3, generator=rng, dtype=x.dtype)
    fake = generator(latents).detach()
    real_loss = softplus(-discriminator(x)).mean()
    loss = real_loss + softplus(discriminator(fake)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()
