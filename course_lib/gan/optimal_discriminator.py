"""The optimal discriminator for known densities of data and generator."""

import torch

from course_lib.shapes import Densities


def optimal_discriminator(log_p: Densities, log_q: Densities) -> Densities:
    """The optimal discriminator D*(x) = p(x) / (p(x) + q(x)), in [0, 1], elementwise.

    ``log_p`` and ``log_q`` are the *log* densities of the data and of the generator at
    the same points. The result is exact where the densities themselves overflow or
    underflow, for example at log densities of 700 and -700. Differentiable in both.

    Source: Goodfellow et al. 2014, proposition 1.

    >>> optimal_discriminator(torch.tensor([0.0, 800.0]), torch.tensor([0.0, 0.0]))
    tensor([0.5000, 1.0000])
    """
    return torch.sigmoid(log_p - log_q)  # p / (p + q) = 1 / (1 + exp(log q - log p))
