"""Ask other balls, or other questions of them: what X5.6 compares answers with."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.metrics.feature_sets import two_sets
from teaching.exercise import Answer


class Balls:
    """Two sets with the distances between them, and radii up to the k-th other."""

    def __init__(self, real: Tensor, fake: Tensor, k: int):
        self.real, self.fake = two_sets(real, fake, least=k + 1)
        self.k = k
        self.apart = torch.cdist(self.real, self.fake)  # (real, fake)

    def radii(self, samples: Tensor, *, skip: int = 1) -> Tensor:
        """Itself is the nearest of all; ``skip`` is the number left out of the k."""
        near = torch.cdist(samples, samples).sort(dim=1).values
        return near[:, self.k + skip - 1]

    @property
    def in_real(self) -> Tensor:
        """Which fake (columns) lies in which real ball (rows)."""
        return self.apart <= self.radii(self.real).unsqueeze(1)

    @property
    def in_fake(self) -> Tensor:
        """Which real sample (rows) lies in which ball of a fake (columns)."""
        return self.apart <= self.radii(self.fake)


def counted(
    precision: Callable[[Balls], Tensor], recall: Callable[[Balls], Tensor]
) -> Answer:
    """Another pair of shares."""

    def answer(real, fake, k):
        if k <= 0:
            raise ValueError("A neighbour, please.")
        balls = Balls(real, fake, k)
        return tuple(float(s(balls).double().mean()) for s in (precision, recall))

    return answer


def with_radii(radii: Callable[[Balls, Tensor], Tensor]) -> Answer:
    """The right questions, asked of other balls."""
    return counted(
        lambda b: (b.apart <= radii(b, b.real).unsqueeze(1)).any(0),
        lambda b: (b.apart <= radii(b, b.fake)).any(1),
    )


def precision(balls: Balls) -> Tensor:
    """Which fakes lie among the real."""
    return balls.in_real.any(0)


def recall(balls: Balls) -> Tensor:
    """Which real samples lie among the fakes."""
    return balls.in_fake.any(1)


def one_by_one(real, fake, k):
    """Both shares by loops over samples, with the same refusals."""
    if k < 1:
        raise ValueError("k is too small.")
    real, fake = two_sets(real, fake, least=k + 1)

    def share(among, asked):
        inside = 0
        for x in asked:
            for centre in among:
                ways = sorted((centre - other).norm().item() for other in among)
                if (x - centre).norm().item() <= ways[k]:
                    inside += 1
                    break
        return inside / len(asked)

    return share(real, fake), share(fake, real)
