"""Frechet distance of two feature sets: the distance of two fitted Gaussians.

As in the literature (FID), the distance is squared. Its estimate is biased: two sets of
n samples from one distribution have an expected distance of (2 d + d (d + 1) / 2) / n,
for n far above d and unit covariance.
"""

from collections.abc import Callable
from functools import wraps
from math import isfinite, nan
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.feature_sets import Features, check_feature_sets
from course_lib.metrics.inputs import (
    FEATURES,
    as_floats,
    convert_arguments,
    detach,
    with_axes,
)

Vector = Float[Tensor, "feature"]
Root = Float[Tensor, "row feature"]
Matrix = Float[Tensor, "_ _"]  # square; sizes are checked with messages


class GaussianMoments(NamedTuple):
    """Mean and covariance of a Gaussian; the covariance is root.T @ root."""

    mean: Vector
    root: Root


def _as_moments(x: Any, name: str) -> GaussianMoments:
    """Gaussian moments as floats of matching shapes; a converter of inputs."""
    if not isinstance(x, tuple) or len(x) != 2:
        raise ValueError(
            f"{name} has to be GaussianMoments(mean, root); got {type(x).__name__}. "
            "`fit_gaussian` computes them from features, `gaussian` from a mean and a "
            "covariance."
        )
    mean, root = (
        as_floats(value, f"The {field} of {name}").detach()
        for field, value in zip(GaussianMoments._fields, x, strict=True)
    )
    if mean.ndim != 1 or root.ndim != 2 or root.shape[1] != len(mean):
        raise ValueError(
            f"Gaussian moments need a mean of shape (feature,) and a root of shape "
            f"(row, feature), but {name} has {tuple(mean.shape)} and "
            f"{tuple(root.shape)}."
        )
    return GaussianMoments(mean, root)


@convert_arguments(
    features_a=detach(with_axes(*FEATURES)), features_b=detach(with_axes(*FEATURES))
)
def frechet_distance(features_a: Features, features_b: Features) -> float:
    """The squared Frechet distance of Gaussians fitted to two feature sets.

    Features are (sample, feature); the sets may differ in size. Covariances are
    unbiased and computed in float64. No matrix square root is needed, so that there may
    be fewer samples than features. A set of identical rows has covariance 0.

    Raises:
        ValueError: for sets of fewer than 2 samples, with different numbers of
            features, or with values that are not finite.

    Source: Heusel et al. 2017, equation 6; Dowson and Landau 1982.
    """
    a, b = check_feature_sets(features_a, features_b, min_samples=2)
    return frechet_distance_of_moments(fit_gaussian(a), fit_gaussian(b))


@convert_arguments(features=with_axes(*FEATURES))
def fit_gaussian(features: Features) -> GaussianMoments:
    """Mean and covariance root of a feature set, (sample, feature).

    The root is the triangular factor of the centred features, divided by sqrt(n - 1),
    so that root.T @ root is the unbiased covariance.

    Raises:
        ValueError: for fewer than 2 samples, or values that are not finite.
    """
    if len(features) < 2 or not features.isfinite().all():
        raise ValueError(
            f"Fitting a Gaussian needs 2 samples or more with finite values; got shape "
            f"{tuple(features.shape)}."
        )
    mean = features.mean(dim=0)
    centred = (features - mean) / (len(features) - 1) ** 0.5
    return GaussianMoments(mean, torch.linalg.qr(centred, mode="r").R)


@convert_arguments(mean=with_axes("feature"), covariance=with_axes("row", "column"))
def gaussian(mean: Vector, covariance: Matrix) -> GaussianMoments:
    """The moments of a Gaussian with this mean and covariance, in float64.

    Raises:
        ValueError: unless both are finite and the covariance is (feature, feature),
            symmetric, and positive semidefinite up to rounding.
    """
    _check_covariance(mean, covariance)
    variances, axes = torch.linalg.eigh(covariance.double())
    root = variances.clamp(min=0).sqrt()[:, None] * axes.T
    return GaussianMoments(mean.double(), root)


def _check_covariance(mean: Tensor, covariance: Tensor) -> None:
    d = len(mean)
    if covariance.shape != (d, d) or not d:
        raise ValueError(
            f"A mean of {d} features needs a covariance of shape ({d}, {d}); got "
            f"{tuple(covariance.shape)}."
        )
    if not (mean.isfinite().all() and covariance.isfinite().all()):
        raise ValueError("The mean or the covariance contains inf or nan.")
    rounding = 1e-5 * covariance.abs().max().clamp(min=1e-300)
    if (covariance - covariance.T).abs().max() > rounding:
        raise ValueError("A covariance must be symmetric, but this one is not.")
    if torch.linalg.eigvalsh(covariance.double()).min() < -d * rounding:
        raise ValueError(
            "A covariance has no eigenvalue below 0, but this one has. Check how it "
            "was computed."
        )


def _is_finite(moments: GaussianMoments) -> bool:
    """Whether all values are finite: a sum is not, if one of them is not."""
    return isfinite(moments.mean.sum().item() + moments.root.sum().item())


def _check_moments(
    distance: Callable[[GaussianMoments, GaussianMoments], float],
) -> Callable[..., float]:
    """A decorator: both moments need the same features, one device, one precision."""

    @wraps(distance)
    def checking(a: GaussianMoments, b: GaussianMoments) -> float:
        if len(a.mean) != len(b.mean):
            raise ValueError(
                f"Both Gaussians need the same features, but got {len(a.mean)} and "
                f"{len(b.mean)}."
            )
        tensors = *a, *b
        if len({x.device for x in tensors}) > 1:
            raise ValueError("Both Gaussians must be on one device; move one of them.")
        if len({x.dtype for x in tensors}) > 1:
            a, b = (GaussianMoments(*(x.double() for x in pair)) for pair in (a, b))
        result = distance(a, b) if _is_finite(a) and _is_finite(b) else nan
        if not isfinite(result):
            raise ValueError(
                "The moments contain inf or nan, or values too large to be squared, "
                "so their distance is not defined."
            )
        return result

    return checking


@convert_arguments(a=_as_moments, b=_as_moments)
@_check_moments
def frechet_distance_of_moments(a: GaussianMoments, b: GaussianMoments) -> float:
    """The squared Frechet distance of two Gaussians, given their moments.

    |mean_a - mean_b|^2 + tr(A) + tr(B) - 2 tr((A B)^(1/2)), for covariances A and B.
    The last trace equals the sum of the singular values of root_a root_b^T, because the
    eigenvalues of A B are the squares of these.
    """
    mean_term = (a.mean - b.mean).square().sum()
    traces = a.root.square().sum() + b.root.square().sum()
    cross_term = torch.linalg.svdvals(a.root @ b.root.T).sum()
    return float((mean_term + traces - 2 * cross_term).clamp(min=0))
