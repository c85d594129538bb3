"""Ask two questions in place of one: are the fakes real, and is all of it there?

Around each sample lies a ball that reaches its k-th neighbour of the same set; all
balls together stand for where the set lives.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.feature_sets import Features, two_sets
from course_lib.metrics.given import ROWS, detached, shaped, takes, whole

Distances = Float[Tensor, "one other"]
Radii = Float[Tensor, "one"]


class PrecisionRecall(NamedTuple):
    """Shares, 0 to 1: of fakes that lie among the real, of real ones among fakes."""

    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    """``density``: in how many real balls a fake lies, over k; 1 in the mean at
    equality, and it may be above. ``coverage``: the share of real samples with a fake
    in their ball; at equality, for many samples, 1 - 2^-k.
    """

    density: float
    coverage: float


@takes(real=detached(shaped(*ROWS)), fake=detached(shaped(*ROWS)), k=whole)
def precision_recall(real: Features, fake: Features, *, k: int) -> PrecisionRecall:
    """How much of each set lies within the balls of the other.

    Raises:
        ValueError: for sets of k samples or fewer, of unequal width or not finite, or
            if all real balls are points. Fakes that are all one have recall 0.

    Source: Kynkaanniemi et al. 2019, equations 1 and 2.
    """
    refuse_no_neighbour(k)
    real, fake = two_sets(real, fake, least=k + 1)
    real_radii, fake_radii = (  # the nearest of all is the sample itself
        distances(x, x).kthvalue(k + 1, dim=1).values for x in (real, fake)
    )
    refuse_points(real_radii, k)
    apart = distances(real, fake)
    among_real = (apart <= real_radii[:, None]).any(dim=0)  # of each fake
    among_fake = (apart <= fake_radii).any(dim=1)  # of each real one
    return PrecisionRecall(
        precision=among_real.double().mean().item(),
        recall=among_fake.double().mean().item(),
    )


@takes(real=detached(shaped(*ROWS)), fake=detached(shaped(*ROWS)), k=whole)
def density_coverage(real: Features, fake: Features, *, k: int) -> DensityCoverage:
    """How densely the fakes lie among the real, and how many real ones have one near.

    Both use the real balls only: an outlier among the fakes cannot widen them.

    Raises:
        ValueError: as ``precision_recall``.

    Source: Naeem et al. 2020, equations 3 and 4.
    """
    refuse_no_neighbour(k)
    real, fake = two_sets(real, fake, least=k + 1)
    radii = distances(real, real).kthvalue(k + 1, dim=1).values
    refuse_points(radii, k)
    inside = distances(real, fake) <= radii[:, None]
    return DensityCoverage(
        density=(inside.sum(dim=0).double().mean() / k).item(),
        coverage=inside.any(dim=1).double().mean().item(),
    )


@takes(a=shaped(*ROWS), b=shaped(*ROWS))
def distances(a: Features, b: Features) -> Distances:
    """How far each row of ``a`` is from each row of ``b``, as the crow flies.

    By differences, not by a matrix product, which loses the digits of near pairs.

    Raises:
        ValueError: if the rows differ in length.
    """
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"Rows of one length are compared; got {a.shape[1]} and {b.shape[1]} "
            "features."
        )
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


@takes(k=whole)
def refuse_no_neighbour(k: int) -> None:
    """Refuse balls that would reach nobody: k below 1, or no whole number."""
    if k < 1:
        raise ValueError(f"A ball reaches the k-th neighbour, k at least 1; got {k}.")


def refuse_points(radii: Radii, k: int) -> None:
    """Refuse a real set whose balls are all points."""
    if not radii.any():
        raise ValueError(
            f"Every real sample has {k} doubles, so no ball has a width: nothing lies "
            "near them or far. Take real samples that differ, or a net that sees them."
        )
