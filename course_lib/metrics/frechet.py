"""Compare two crowds by their means and spreads: the distance of two Gaussians.

The distance is squared, as the field reports it. It is biased: two sets of n from one
law are (2 d + d (d + 1) / 2) / n apart, for n far above d and unit covariance.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.feature_sets import Features, two_sets

Vector = Float[Tensor, "feature"]
Rows = Float[Tensor, "row feature"]
Matrix = Float[Tensor, "feature feature"]


class Crowd(NamedTuple):
    """A Gaussian: its mean, and rows whose products sum to its covariance."""

    mean: Vector
    root: Rows  # covariance = root.T @ root


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


def fitted(features: Features) -> Crowd:
    """The Gaussian of a set: the root is the triangle of its centred rows."""
    mean = features.mean(dim=0)
    centred = (features - mean) / (len(features) - 1) ** 0.5
    return Crowd(mean, torch.linalg.qr(centred, mode="r").R)


def gaussian(mean: Vector, covariance: Matrix) -> Crowd:
    """A Gaussian with known moments."""
    variances, axes = torch.linalg.eigh(covariance.double())
    return Crowd(mean.double(), variances.clamp(min=0).sqrt()[:, None] * axes.T)


def distance_of_crowds(a: Crowd, b: Crowd) -> float:
    """|mean_a - mean_b|^2 + tr(A) + tr(B) - 2 tr((A B)^(1/2)), for covariances A, B.

    The last trace is the sum of the singular values of root_a root_b^T, exactly: A B
    has their squares as its eigenvalues.
    """
    apart = (a.mean - b.mean).square().sum()
    spread = a.root.square().sum() + b.root.square().sum()
    shared = torch.linalg.svdvals(a.root @ b.root.T).sum()
    return float((apart + spread - 2 * shared).clamp(min=0))
