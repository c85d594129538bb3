"""Measure how far two distributions are apart: KL, Jensen-Shannon, chi-square, W1."""

import torch
from torch import Tensor

from course_lib.shapes import Distributions


def kl_divergence(p: Distributions, q: Distributions) -> Tensor:
    """KL(p || q) over the last axis, in nats; 0 log 0 = 0, infinite where q misses p.

    >>> kl_divergence(torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5]))
    tensor(0.6931)
    """
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(-1)


def jensen_shannon(p: Distributions, q: Distributions) -> Tensor:
    """Jensen-Shannon divergence of two discrete distributions, in nats.

    Reduces the last axis by a sum. Lies in [0, log 2]: 0 for equal distributions,
    log 2 for distributions that share no outcome. An outcome of probability 0 adds 0.

    Source: Lin 1991, equation 3.1; it stands in Goodfellow et al. 2014, theorem 1.

    >>> jensen_shannon(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))
    tensor(0.6931)
    """
    middle = (p + q) / 2
    to_p = torch.xlogy(p, p) - torch.xlogy(p, middle)  # p log(p / m), 0 log 0 = 0
    to_q = torch.xlogy(q, q) - torch.xlogy(q, middle)
    return (to_p + to_q).sum(-1) / 2


def pearson_chi_square(p: Distributions, q: Distributions) -> Tensor:
    """Pearson's chi-square of p || q: sum of (p - q)^2 / q over the last axis.

    Outcomes that neither distribution has add 0. Divided is by the second argument;
    Mao et al. 2017, section 3.2.3, name the distribution divided by first.
    """
    gap = (p - q).square()
    return torch.where(gap > 0, gap / q, gap).sum(-1)


def wasserstein_1d(a: Tensor, b: Tensor) -> Tensor:
    """W1 between two equally large samples on a line: mean gap of the sorted points.

    Raises:
        ValueError: if the samples are not vectors of one length.

    >>> wasserstein_1d(torch.tensor([0.0, 1.0]), torch.tensor([3.0, 2.0]))
    tensor(2.)
    """
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(
            f"wasserstein_1d needs two vectors of one length, got shapes "
            f"{tuple(a.shape)} and {tuple(b.shape)}; draw equally many points of each."
        )
    return (a.sort().values - b.sort().values).abs().mean()
