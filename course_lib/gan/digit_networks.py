"""Convolutional generator and discriminator of 28x28 digits, with class labels.

With ``n_classes=1`` and all labels 0 both networks are unconditional.

Source: the strided convolutions follow Radford et al. 2016 (DCGAN). There is no batch
normalization, and the discriminator has one output for each class, as in the code of
Mescheder et al. 2018.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, relu

from course_lib.initialization import reset_parameters


class DigitGenerator(nn.Module):
    """A generator of 28x28 digits, conditioned on a class label.

    Args:
        latent_dim: Length of the noise vector z, and of the embedding of the label.
        n_classes: Number of class labels.
        width: Channels of the 14x14 feature map.
    """

    def __init__(self, latent_dim: int = 64, n_classes: int = 10, width: int = 32):
        super().__init__()
        self.latent_dim = latent_dim
        self.n_classes = n_classes
        self.embedding = nn.Embedding(n_classes, latent_dim)
        self.linear = nn.Linear(2 * latent_dim, 2 * width * 7 * 7)
        self.up1 = nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1)
        self.up2 = nn.ConvTranspose2d(width, 1, 4, stride=2, padding=1)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Images of the requested classes, (batch, 1, 28, 28) in [-1, 1].

        Concatenates the noise z, (batch, latent_dim), with the embeddings of the
        labels, (batch,) integers, in this order. A linear layer and ReLU give a feature
        map of 7x7 pixels; ``up1`` and ReLU double it to 14x14, ``up2`` and tanh to
        28x28.
        """
        inputs = torch.cat((z, self.embedding(labels)), dim=1)  # (batch, 2 latent_dim)
        features = relu(self.linear(inputs)).view(len(z), -1, 7, 7)
        features = relu(self.up1(features))  # (batch, width, 14, 14)
        return torch.tanh(self.up2(features))


class DigitDiscriminator(nn.Module):
    """A discriminator of 28x28 digits with one logit for each class.

    Args:
        n_classes: Number of class labels.
        width: Channels of the 14x14 feature map.
    """

    def __init__(self, n_classes: int = 10, width: int = 32):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 4, stride=2, padding=1)
        self.conv2 = nn.Conv2d(width, 2 * width, 4, stride=2, padding=1)
        self.linear = nn.Linear(2 * width * 7 * 7, n_classes)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Logits of "a real digit of this class", shape (batch,).

        Two convolutions of stride 2, each with leaky ReLU of slope 0.2, lead from 28x28
        to 7x7. The linear layer gives one logit for each class; that of the label is
        returned.
        """
        features = leaky_relu(self.conv1(images), 0.2)  # (batch, width, 14, 14)
        features = leaky_relu(self.conv2(features), 0.2)  # (batch, 2 width, 7, 7)
        logits = self.linear(features.flatten(1))  # (batch, n_classes)
        return logits.gather(1, labels[:, None]).squeeze(1)


def initialize(network: nn.Module, rng: torch.Generator) -> None:
    """Draw all weights of one of these networks from ``rng``, in place.

    The distributions are PyTorch's defaults.
    """
    reset_parameters(network, rng)
    for layer in network.modules():
        if isinstance(layer, nn.Embedding):
            nn.init.normal_(layer.weight, generator=rng)
