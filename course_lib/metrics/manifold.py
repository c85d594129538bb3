"""Precision and recall, density and coverage of generated samples in feature space.

Each sample has a ball that reaches to its k-th nearest neighbour in the same set. The
union of all balls of a set is an estimate of its manifold.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.feature_sets import Features, check_feature_sets
from course_lib.metrics.inputs import (
    FEATURES,
    as_integer,
    convert_arguments,
    detach,
    with_axes,
)

Distances = Float[Tensor, "a b"]
Radii = Float[Tensor, "sample"]


class PrecisionRecall(NamedTuple):
    """Improved precision and recall, both in [0, 1].

    Attributes:
        precision: Fraction of fake samples inside a ball of the real set.
        recall: Fraction of real samples inside a ball of the fake set.
    """

    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    """Density and coverage.

    Attributes:
        density: Mean number of real balls that contain a fake sample, divided by k.
            Its expectation is 1 for equal distributions, and it can exceed 1.
        coverage: Fraction of real samples with a fake sample in their ball, in [0, 1].
            For large sets from equal distributions it is 1 - 2^-k.
    """

    density: float
    coverage: float


@convert_arguments(
    real=detach(with_axes(*FEATURES)), fake=detach(with_axes(*FEATURES)), k=as_integer
)
def precision_recall(real: Features, fake: Features, *, k: int) -> PrecisionRecall:
    """Fraction of each set that lies inside the estimated manifold of the other.

    Raises:
        ValueError: for sets of k samples or fewer, with different numbers of features
            or values that are not finite, or if all real balls have radius 0.
            Identical fake samples are allowed.

    Source: Kynkaanniemi et al. 2019, equations 1 and 2.
    """
    check_neighbour_count(k)
    real, fake = check_feature_sets(real, fake, min_samples=k + 1)
    real_radii, fake_radii = (  # the nearest of all is the sample itself
        distances(x, x).kthvalue(k + 1, dim=1).values for x in (real, fake)
    )
    check_radii(real_radii, k)
    between = distances(real, fake)
    in_real = (between <= real_radii[:, None]).any(dim=0)  # for each fake sample
    in_fake = (between <= fake_radii).any(dim=1)  # for each real sample
    return PrecisionRecall(
        precision=in_real.double().mean().item(),
        recall=in_fake.double().mean().item(),
    )


@convert_arguments(
    real=detach(with_axes(*FEATURES)), fake=detach(with_axes(*FEATURES)), k=as_integer
)
def density_coverage(real: Features, fake: Features, *, k: int) -> DensityCoverage:
    """Density of fake samples in the real balls, and fraction of covered real balls.

    Only balls of real samples are used, so that outliers among the fake samples do not
    enlarge the estimated manifold.

    Raises:
        ValueError: as ``precision_recall``.

    Source: Naeem et al. 2020, equations 3 and 4.
    """
    check_neighbour_count(k)
    real, fake = check_feature_sets(real, fake, min_samples=k + 1)
    radii = distances(real, real).kthvalue(k + 1, dim=1).values
    check_radii(radii, k)
    inside = distances(real, fake) <= radii[:, None]
    return DensityCoverage(
        density=(inside.sum(dim=0).double().mean() / k).item(),
        coverage=inside.any(dim=1).double().mean().item(),
    )


@convert_arguments(a=with_axes(*FEATURES), b=with_axes(*FEATURES))
def distances(a: Features, b: Features) -> Distances:
    """Euclidean distance of each row of ``a`` to each row of ``b``, shape (a, b).

    Computed from differences. A matrix product would be faster, but loses the digits
    of small distances.

    Raises:
        ValueError: if the rows differ in length.
    """
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"Both sets need the same features, but got {a.shape[1]} and {b.shape[1]} "
            "columns."
        )
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


@convert_arguments(k=as_integer)
def check_neighbour_count(k: int) -> None:
    """Raise a ValueError unless k, the number of the neighbour, is at least 1."""
    if k < 1:
        raise ValueError(
            f"A ball reaches to the k-th neighbour, so k must be at least 1; got {k}."
        )


def check_radii(radii: Radii, k: int) -> None:
    """Raise a ValueError if all balls of the real set have radius 0."""
    if not radii.any():
        raise ValueError(
            f"Every real sample has {k} identical copies, so all balls have radius 0. "
            "Use real samples that differ, or a feature network that distinguishes "
            "them."
        )
