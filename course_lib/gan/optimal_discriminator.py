"""The best judge knows both densities: D* = p / (p + q), point by point."""

import torch

from course_lib.shapes import Densities


def optimal_discriminator(log_p: Densities, log_q: Densities) -> Densities:
    """The judge no other can beat, D*(x) = p(x) / (p(x) + q(x)), in [0, 1].

    Takes *log* densities of the data, p, and of the generator, q, at the same points,
    and stays exact where the densities themselves would overflow or vanish (+-700).

    Source: Goodfellow et al. 2014, proposition 1.

    >>> optimal_discriminator(torch.tensor([0.0, 800.0]), torch.tensor([0.0, 0.0]))
    tensor([0.5000, 1.0000])
    """
    return torch.sigmoid(log_p - log_q)  # p / (p + q) = 1 / (1 + exp(log q - log p))
