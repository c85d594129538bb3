"""The two MLPs for points of the plane that the learner of lesson 01 writes."""

from torch import Tensor, nn


class RingGenerator(nn.Module):
    """An MLP with three hidden layers that maps noise to points of the plane.

    Args:
        latent_dim: Length of a noise vector.
        width: Units of each hidden layer; each is followed by ReLU.
    """

    def __init__(self, latent_dim: int = 2, width: int = 64):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, 2),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Generated points of shape (batch, 2), from noise (batch, latent_dim)."""
        return self.layers(z)


class RingDiscriminator(nn.Module):
    """An MLP with three hidden layers that maps points of the plane to logits.

    Args:
        width: Units of each hidden layer; each is followed by LeakyReLU of slope 0.2.
    """

    def __init__(self, width: int = 64):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, 1),
        )

    def forward(self, points: Tensor) -> Tensor:
        """One logit for each point: shape (batch,) from points of shape (batch, 2)."""
        return self.layers(points).squeeze(1)
