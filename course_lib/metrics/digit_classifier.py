"""The classifier of 28x28 digits that recognizes generated ones."""

import torch
from torch import Tensor, nn

from course_lib.initialization import reset_parameters
from course_lib.shapes import Images, Logits


class DigitClassifier(nn.Module):
    """Class logits of 28x28 digits: two convolutions, one hidden linear layer."""

    def __init__(self, rng: torch.Generator, width: int = 16):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, width, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (batch, width, 14, 14)
            nn.Conv2d(width, 2 * width, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (batch, 2 width, 7, 7)
            nn.Flatten(),
            nn.Linear(2 * width * 7 * 7, 64),
            nn.ReLU(),
        )
        self.head = nn.Linear(64, 10)
        reset_parameters(self, rng)

    def forward(self, images: Images) -> Logits:
        """Logits of shape (batch, 10), for images in [-1, 1]."""
        return self.head(self.features(images))

    @torch.no_grad()
    def probabilities(self, images: Images) -> Tensor:
        """Class probabilities of shape (batch, 10)."""
        return self(images).softmax(dim=1)
