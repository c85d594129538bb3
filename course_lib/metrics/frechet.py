"""Compare two crowds by their means and spreads: the distance of two Gaussians.

The distance is squared, as the field reports it. It is biased: two sets of n from one
law are (2 d + d (d + 1) / 2) / n apart, for n far above d and unit covariance.
"""

from collections.abc import Callable
from functools import wraps
from math import isfinite, nan
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.feature_sets import Features, two_sets
from course_lib.metrics.given import ROWS, detached, floats, shaped, takes

Vector = Float[Tensor, "feature"]
Rows = Float[Tensor, "row feature"]
Matrix = Float[Tensor, "_ _"]  # a square; others are refused in words


class Crowd(NamedTuple):
    """A Gaussian: its mean, and rows whose products sum to its covariance."""

    mean: Vector
    root: Rows  # covariance = root.T @ root


def _crowd(x: Any, name: str) -> Crowd:
    """A Gaussian whose parts are floats that fit together."""
    if not isinstance(x, tuple) or len(x) != 2:
        raise ValueError(
            f"{name} has to be a Crowd(mean, root); got {type(x).__name__}. `fitted` "
            "makes one of features, `gaussian` of a mean and a covariance."
        )
    mean, root = (
        floats(part, f"The {said} of {name}").detach()
        for said, part in zip(Crowd._fields, x, strict=True)
    )
    if mean.ndim != 1 or root.ndim != 2 or root.shape[1] != len(mean):
        raise ValueError(
            f"A crowd has a mean of (feature) and a root of (row, feature); {name} "
            f"has {tuple(mean.shape)} and {tuple(root.shape)}."
        )
    return Crowd(mean, root)


@takes(features_a=detached(shaped(*ROWS)), features_b=detached(shaped(*ROWS)))
def frechet_distance(features_a: Features, features_b: Features) -> float:
    """The squared Frechet distance of the Gaussians fitted to two sets of features.

    Covariances are unbiased, computed in double precision. No matrix square root is
    taken, so fewer samples than features will do. A set of one repeated row is a point.

    Raises:
        ValueError: for sets of fewer than 2 samples, of unequal width or not finite.

    Source: Heusel et al. 2017, equation 6; Dowson and Landau 1982.
    """
    a, b = two_sets(features_a, features_b, least=2)
    return distance_of_crowds(fitted(a), fitted(b))


@takes(features=shaped(*ROWS))
def fitted(features: Features) -> Crowd:
    """The Gaussian of a set, (sample, feature): the root is the triangle of its rows.

    The rows are centred; the covariance is the unbiased one, over n - 1.

    Raises:
        ValueError: for fewer than 2 samples, or numbers that are not finite.
    """
    if len(features) < 2 or not features.isfinite().all():
        raise ValueError(
            f"A Gaussian is fitted to 2 samples or more, all finite; got shape "
            f"{tuple(features.shape)}."
        )
    mean = features.mean(dim=0)
    centred = (features - mean) / (len(features) - 1) ** 0.5
    return Crowd(mean, torch.linalg.qr(centred, mode="r").R)


@takes(mean=shaped("feature"), covariance=shaped("feature", "feature"))
def gaussian(mean: Vector, covariance: Matrix) -> Crowd:
    """A Gaussian with known moments, in double precision.

    Raises:
        ValueError: unless they are finite, and the covariance has a row and a column
            for each feature, is symmetric, and has no variance below 0 beyond rounding.
    """
    _refuse_no_covariance(mean, covariance)
    variances, axes = torch.linalg.eigh(covariance.double())
    return Crowd(mean.double(), variances.clamp(min=0).sqrt()[:, None] * axes.T)


def _refuse_no_covariance(mean: Tensor, covariance: Tensor) -> None:
    d = len(mean)
    if covariance.shape != (d, d) or not d:
        raise ValueError(
            f"A mean of {d} numbers needs a covariance of ({d}, {d}); got "
            f"{tuple(covariance.shape)}."
        )
    if not (mean.isfinite().all() and covariance.isfinite().all()):
        raise ValueError("Moments hold inf or nan: no Gaussian has these.")
    rounding = 1e-5 * covariance.abs().max().clamp(min=1e-300)
    if (covariance - covariance.T).abs().max() > rounding:
        raise ValueError("A covariance is symmetric; this one is not.")
    if torch.linalg.eigvalsh(covariance.double()).min() < -d * rounding:
        raise ValueError("A covariance has no variance below 0; this one has.")


def _finite(crowd: Crowd) -> bool:
    """Whether all of its numbers are: a sum is not, if one of them is not."""
    return isfinite(crowd.mean.sum().item() + crowd.root.sum().item())


def _of_one_world(distance: Callable[[Crowd, Crowd], float]) -> Callable[..., float]:
    """A decorator: both crowds have the same features, on one device, as precise."""

    @wraps(distance)
    def checked(a: Crowd, b: Crowd) -> float:
        if len(a.mean) != len(b.mean):
            raise ValueError(
                f"Both crowds need the same features; got {len(a.mean)} and "
                f"{len(b.mean)}."
            )
        parts = *a, *b
        if len({x.device for x in parts}) > 1:
            raise ValueError("Both crowds have to lie on one device: move one.")
        if len({x.dtype for x in parts}) > 1:
            a, b = (Crowd(*(x.double() for x in crowd)) for crowd in (a, b))
        found = distance(a, b) if _finite(a) and _finite(b) else nan
        if not isfinite(found):
            raise ValueError(
                "A crowd holds inf or nan, or numbers too large to be squared; nothing "
                "is any distance from it."
            )
        return found

    return checked


@takes(a=_crowd, b=_crowd)
@_of_one_world
def distance_of_crowds(a: Crowd, b: Crowd) -> float:
    """|mean_a - mean_b|^2 + tr(A) + tr(B) - 2 tr((A B)^(1/2)), for covariances A, B.

    The last trace is the sum of the singular values of root_a root_b^T, exactly: A B
    has their squares as its eigenvalues.
    """
    apart = (a.mean - b.mean).square().sum()
    spread = a.root.square().sum() + b.root.square().sum()
    shared = torch.linalg.svdvals(a.root @ b.root.T).sum()
    return float((apart + spread - 2 * shared).clamp(min=0))
