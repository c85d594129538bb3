"""Measure two crowds by other rules than Frechet's: what X5.4 compares answers with."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.metrics.feature_sets import two_sets
from course_lib.metrics.frechet import Crowd, distance_of_crowds, fitted

Rule = Callable[[Crowd, Crowd], float]


def with_rule(rule: Rule) -> tuple[Rule, Callable[..., float]]:
    """Both functions of the answer, with another distance of two crowds."""

    def of_features(features_a, features_b):
        a, b = two_sets(features_a, features_b, least=2)
        return rule(fitted(a), fitted(b))

    return rule, of_features


def with_shared(shared: Callable[[Crowd, Crowd], Tensor], share: float = 2.0):
    """Both functions, with another term for what the spreads share."""
    return with_rule(
        lambda a, b: float(apart(a, b) + spread(a, b) - share * shared(a, b))
    )


def with_fit(fit: Callable[[Tensor], Crowd]):
    """The right distance of two crowds, with other moments of the features."""

    def of_features(features_a, features_b):
        a, b = two_sets(features_a, features_b, least=2)
        return distance_of_crowds(fit(a), fit(b))

    return distance_of_crowds, of_features


def apart(a: Crowd, b: Crowd) -> Tensor:
    """The squared distance of the means."""
    return (a.mean - b.mean).square().sum()


def spread(a: Crowd, b: Crowd) -> Tensor:
    """Both traces."""
    return a.root.square().sum() + b.root.square().sum()


def covariances(*crowds: Crowd) -> tuple[Tensor, ...]:
    """Their covariance matrices."""
    return tuple(crowd.root.T @ crowd.root for crowd in crowds)


def overlap(a: Crowd, b: Crowd) -> Tensor:
    """The singular values of root_a root_b^T, by numbers of samples or of axes."""
    return torch.linalg.svdvals(a.root @ b.root.T)


def rooted(matrix: Tensor) -> Tensor:
    """The symmetric root of a symmetric matrix."""
    values, axes = torch.linalg.eigh(matrix)
    return axes @ (values.clamp(min=0).sqrt()[:, None] * axes.T)


def place_by_place(a: Crowd, b: Crowd) -> Tensor:
    """tr of the root of the elementwise product of both covariances."""
    one, other = covariances(a, b)
    return (one * other).diagonal().sqrt().sum()


def roots_first(a: Crowd, b: Crowd) -> Tensor:
    """tr(A^(1/2) B^(1/2)), which is tr((A B)^(1/2)) where A and B commute."""
    one, other = map(rooted, covariances(a, b))
    return (one @ other).trace()


def by_eigenvalues(a: Crowd, b: Crowd) -> Tensor:
    """The sum of the roots of the eigenvalues of A B."""
    one, other = covariances(a, b)
    return torch.linalg.eigvals(one @ other).real.clamp(min=0).sqrt().sum()


def by_symmetric_root(a: Crowd, b: Crowd) -> Tensor:
    """tr((A^(1/2) B A^(1/2))^(1/2)): symmetric all the way."""
    one, other = covariances(a, b)
    half = rooted(one)
    return rooted(half @ other @ half).trace()


def moments(features: Tensor) -> Crowd:
    """Mean and covariance in place of a triangle of rows."""
    return Crowd(features.mean(0), rooted(torch.cov(features.T)))


def biased(features: Tensor) -> Crowd:
    """A covariance divided by n."""
    known, n = fitted(features), len(features)
    return known._replace(root=known.root * ((n - 1) / n) ** 0.5)


def uncentred(features: Tensor) -> Crowd:
    """Second moments about 0."""
    return Crowd(features.mean(0), features / (len(features) - 1) ** 0.5)


def summed_products(features: Tensor) -> Crowd:
    """Centred products, added up and not divided."""
    known = fitted(features)
    return known._replace(root=known.root * (len(features) - 1) ** 0.5)


def unchecked(features_a, features_b):
    """The right distance of sets that nobody looked at: nan of a single sample."""
    if len(features_a) < 2:
        return float("nan")
    return distance_of_crowds(fitted(features_a.double()), fitted(features_b.double()))


def undoubled(features_a, features_b):
    """All in the precision of the features."""
    two_sets(features_a, features_b, least=2)
    return distance_of_crowds(fitted(features_a), fitted(features_b))
