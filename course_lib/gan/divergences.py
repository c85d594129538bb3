"""Divergences and distances: KL, Jensen-Shannon, Pearson chi-square, W1 in 1-D."""

import torch
from torch import Tensor

from course_lib.shapes import Distributions


def kl_divergence(p: Distributions, q: Distributions) -> Tensor:
    """KL(p || q), summed over the last axis, in nats; 0 log 0 counts as 0.

    Infinite where q is 0 for an outcome that p has.

    >>> kl_divergence(torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5]))
    tensor(0.6931)
    """
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(-1)


def jensen_shannon(p: Distributions, q: Distributions) -> Tensor:
    """Jensen-Shannon divergence of two discrete distributions, in nats.

    Sums over the last axis. Lies in [0, log 2]: 0 for equal distributions, log 2 for
    distributions with disjoint supports. Outcomes of probability 0 add 0.

    Source: Lin 1991, equation 3.1; used in Goodfellow et al. 2014, theorem 1.

    >>> jensen_shannon(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))
    tensor(0.6931)
    """
    m = (p + q) / 2
    kl_p = torch.xlogy(p, p) - torch.xlogy(p, m)  # p log(p / m), 0 log 0 = 0
    kl_q = torch.xlogy(q, q) - torch.xlogy(q, m)
    return (kl_p + kl_q).sum(-1) / 2


def pearson_chi_square(p: Distributions, q: Distributions) -> Tensor:
    """Pearson's chi-square divergence: sum of (p - q)^2 / q over the last axis.

    Outcomes with p = q = 0 add 0. The second argument is the denominator; Mao et al.
    2017, section 3.2.3, write the denominator as the first argument.
    """
    squared = (p - q).square()
    return torch.where(squared > 0, squared / q, squared).sum(-1)


def wasserstein_1d(a: Tensor, b: Tensor) -> Tensor:
    """W1 between two samples of equal size on a line: mean distance of sorted points.

    Raises:
        ValueError: if the samples are not vectors of one length.

    >>> wasserstein_1d(torch.tensor([0.0, 1.0]), torch.tensor([3.0, 2.0]))
    tensor(2.)
    """
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(
            f"wasserstein_1d needs two vectors of equal length, but got shapes "
            f"{tuple(a.shape)} and {tuple(b.shape)}. Draw the same number of points "
            "from both distributions."
        )
    return (a.sort().values - b.sort().values).abs().mean()
