"""X5.4: the Frechet distance of two Gaussians, and of two feature sets."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from course_lib.metrics.feature_sets import check_feature_sets
from course_lib.metrics.frechet import (
    GaussianMoments,
    fit_gaussian,
    frechet_distance,
    frechet_distance_of_moments,
)
from teaching.exercise import Case, Exercise, Mistake

Distance = Callable[[GaussianMoments, GaussianMoments], float]
Term = Callable[[GaussianMoments, GaussianMoments], Tensor]


def _moment_and_feature_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def moments(label: str, d: int, rows: int, mean_scale: float = 1.0) -> Case:
        a, b = (GaussianMoments(mean_scale * draw(d), draw(rows, d)) for _ in range(2))
        return Case(label, {"a": a, "b": b})

    def sets(label: str, n: int, m: int, d: int, other_d: int | None = None) -> Case:
        a = draw(n, d) @ draw(d, d) + draw(d)
        b = draw(m, other_d or d) * (0.5 + draw(other_d or d).abs())
        return Case(label, {"features_a": a, "features_b": b}, part=1)

    offset = sets("small differences on a large offset", 6, 5, 3).arguments
    as_float32 = {name: (x / 100 + 100).float() for name, x in offset.items()}
    identical = sets("", 6, 4, 3).arguments
    identical["features_b"] = draw(1, 3).expand(4, 3).clone()
    with_nan = sets("", 5, 6, 3).arguments
    with_nan["features_a"][2, 1] = torch.nan
    with_infinity = sets("", 5, 6, 3).arguments
    with_infinity["features_b"][0, 2] = torch.inf
    return [
        moments("covariances with different principal axes", 4, 4),
        moments("more rows than features", 3, 6),
        moments("equal means", 4, 5, mean_scale=0.0),
        sets("two feature sets", 9, 7, 3),
        sets("as many samples as features", 5, 5, 5),
        sets("fewer samples than features", 4, 3, 8),
        Case("small differences on a large offset", as_float32, part=1),
        Case("a set of identical rows", identical, part=1),
        sets("a single sample is refused", 1, 5, 3),
        Case("a feature that is nan is refused", with_nan, part=1),
        Case("an infinite feature is refused", with_infinity, part=1),
        sets("features of two networks is refused", 6, 6, 3, other_d=4),
    ]


def _with_distance(distance: Distance) -> tuple[Distance, Callable[..., float]]:
    """Both functions of the answer, with another distance of two Gaussians."""

    def of_features(features_a, features_b):
        a, b = check_feature_sets(features_a, features_b, min_samples=2)
        return distance(fit_gaussian(a), fit_gaussian(b))

    return distance, of_features


def _with_cross_term(cross_term: Term, factor: float = 2.0):
    """Both functions, with another value or factor of the trace of the root of A B."""
    return _with_distance(
        lambda a, b: float(_mean_term(a, b) + _traces(a, b) - factor * cross_term(a, b))
    )


def _with_fit(fit: Callable[[Tensor], GaussianMoments]):
    """The correct distance of two Gaussians, with other moments of the features."""

    def of_features(features_a, features_b):
        a, b = check_feature_sets(features_a, features_b, min_samples=2)
        return frechet_distance_of_moments(fit(a), fit(b))

    return frechet_distance_of_moments, of_features


def _mean_term(a: GaussianMoments, b: GaussianMoments) -> Tensor:
    """The squared distance of the means."""
    return (a.mean - b.mean).square().sum()


def _traces(a: GaussianMoments, b: GaussianMoments) -> Tensor:
    """The sum of the traces of both covariances."""
    return a.root.square().sum() + b.root.square().sum()


def _covariances(*moments: GaussianMoments) -> tuple[Tensor, ...]:
    return tuple(gaussian.root.T @ gaussian.root for gaussian in moments)


def _singular_values(a: GaussianMoments, b: GaussianMoments) -> Tensor:
    """The singular values of root_a root_b^T."""
    return torch.linalg.svdvals(a.root @ b.root.T)


def _matrix_root(matrix: Tensor) -> Tensor:
    """The symmetric root of a symmetric matrix."""
    values, axes = torch.linalg.eigh(matrix)
    return axes @ (values.clamp(min=0).sqrt()[:, None] * axes.T)


def _elementwise_product(a: GaussianMoments, b: GaussianMoments) -> Tensor:
    """The trace of the root of the elementwise product of both covariances."""
    covariance_a, covariance_b = _covariances(a, b)
    return (covariance_a * covariance_b).diagonal().sqrt().sum()


def _roots_first(a: GaussianMoments, b: GaussianMoments) -> Tensor:
    """tr(A^(1/2) B^(1/2)), which is tr((A B)^(1/2)) if A and B commute."""
    root_a, root_b = map(_matrix_root, _covariances(a, b))
    return (root_a @ root_b).trace()


def _from_eigenvalues(a: GaussianMoments, b: GaussianMoments) -> Tensor:
    """The sum of the roots of the eigenvalues of A B."""
    covariance_a, covariance_b = _covariances(a, b)
    eigenvalues = torch.linalg.eigvals(covariance_a @ covariance_b)
    return eigenvalues.real.clamp(min=0).sqrt().sum()


def _from_symmetric_root(a: GaussianMoments, b: GaussianMoments) -> Tensor:
    """tr((A^(1/2) B A^(1/2))^(1/2)), with symmetric matrices only."""
    covariance_a, covariance_b = _covariances(a, b)
    root = _matrix_root(covariance_a)
    return _matrix_root(root @ covariance_b @ root).trace()


def _common_rows(a: GaussianMoments, b: GaussianMoments) -> tuple[Tensor, Tensor]:
    n = min(len(a.root), len(b.root))
    return a.root[:n], b.root[:n]


def _transposed(a: GaussianMoments, b: GaussianMoments) -> Tensor:
    root_a, root_b = _common_rows(a, b)
    return torch.linalg.svdvals(root_a.T @ root_b).sum()


def _trace_of_product(a: GaussianMoments, b: GaussianMoments) -> Tensor:
    root_a, root_b = _common_rows(a, b)
    return (root_a @ root_b.T).trace()


def _singular_values_of_product(a: GaussianMoments, b: GaussianMoments) -> Tensor:
    covariance_a, covariance_b = _covariances(a, b)
    return torch.linalg.svdvals(covariance_a @ covariance_b).sqrt().sum()


def _as_if_symmetric(a: GaussianMoments, b: GaussianMoments) -> Tensor:
    covariance_a, covariance_b = _covariances(a, b)
    eigenvalues = torch.linalg.eigvalsh(covariance_a @ covariance_b)
    return eigenvalues.clamp(min=0).sqrt().sum()


def _with_pooled_mean(features_a, features_b):
    a, b = check_feature_sets(features_a, features_b, min_samples=2)
    pooled = torch.cat((a, b)).mean(0)
    moments = (
        GaussianMoments(x.mean(0), (x - pooled) / (len(x) - 1) ** 0.5) for x in (a, b)
    )
    return frechet_distance_of_moments(*moments)


def _same_divisor(features_a, features_b):
    a, b = check_feature_sets(features_a, features_b, min_samples=2)
    moments = fit_gaussian(b)
    factor = ((len(b) - 1) / (len(a) - 1)) ** 0.5
    return frechet_distance_of_moments(
        fit_gaussian(a), moments._replace(root=moments.root * factor)
    )


def _without_nan_check(features_a, features_b):
    if min(len(features_a), len(features_b)) < 2:
        raise ValueError("Two samples are needed.")
    if features_a.shape[1] != features_b.shape[1]:
        raise ValueError("The sets have different features.")
    if not (features_a.isfinite().all() and features_b.isfinite().all()):
        return float("nan")
    return frechet_distance(features_a.double(), features_b.double())


def _symmetric_root_fit(features: Tensor) -> GaussianMoments:
    """Moments with the symmetric root of the covariance."""
    return GaussianMoments(features.mean(0), _matrix_root(torch.cov(features.T)))


def _biased_fit(features: Tensor) -> GaussianMoments:
    """Moments with the covariance divided by n."""
    moments, n = fit_gaussian(features), len(features)
    return moments._replace(root=moments.root * ((n - 1) / n) ** 0.5)


def _uncentred_fit(features: Tensor) -> GaussianMoments:
    """Moments with second moments about 0 in place of the covariance."""
    return GaussianMoments(features.mean(0), features / (len(features) - 1) ** 0.5)


def _scatter_fit(features: Tensor) -> GaussianMoments:
    """Moments with the scatter matrix: sums of centred products, not divided."""
    moments = fit_gaussian(features)
    return moments._replace(root=moments.root * (len(features) - 1) ** 0.5)


def _without_check(features_a, features_b):
    """The correct distance, but nan in place of an error for a single sample."""
    if len(features_a) < 2:
        return float("nan")
    a, b = fit_gaussian(features_a.double()), fit_gaussian(features_b.double())
    return frechet_distance_of_moments(a, b)


def _in_given_precision(features_a, features_b):
    """The distance, computed in the precision of the features."""
    check_feature_sets(features_a, features_b, min_samples=2)
    a, b = fit_gaussian(features_a), fit_gaussian(features_b)
    return frechet_distance_of_moments(a, b)


FRECHET_DISTANCE = Exercise(
    id="X5.4",
    title="Fréchet distance of two Gaussians",
    reference=(frechet_distance_of_moments, frechet_distance),
    points=3,
    minutes=15,
    difficulty=3,
    cases=_moment_and_feature_cases,
    mistakes=(
        Mistake(
            "root of the elementwise product",
            _with_cross_term(_elementwise_product),
            "`A * B` multiplies elementwise, and so ignores most correlations of the "
            "features. The formula has a matrix product and the root of a matrix.",
        ),
        Mistake(
            "roots before the product",
            _with_cross_term(_roots_first),
            "This is correct only if both covariances have the same principal axes. "
            "The product comes first: the root is that of A B, not of each matrix.",
        ),
        Mistake(
            "singular values of A B",
            _with_cross_term(_singular_values_of_product),
            "The product of two covariances is not symmetric, so its singular values "
            "are not its eigenvalues. Take the eigenvalues of A B, or the singular "
            "values of the product of the *roots*.",
        ),
        Mistake(
            "A B treated as symmetric",
            _with_cross_term(_as_if_symmetric),
            "`eigvalsh` is for symmetric matrices and reads one triangle only. The "
            "product of two covariances is not symmetric.",
        ),
        Mistake(
            "wrong root transposed",
            _with_cross_term(_transposed),
            "The covariance is root' root, so features are the columns of a root. The "
            "product of the roots sums over the features: transpose the second root.",
        ),
        Mistake(
            "trace of the product of the roots",
            _with_cross_term(_trace_of_product),
            "The roots are not symmetric, so the trace of their product depends on the "
            "order of their rows. Sum the *singular values* of the product.",
        ),
        Mistake(
            "root of the whole distance",
            _with_distance(lambda a, b: frechet_distance_of_moments(a, b) ** 0.5),
            "This is the distance itself. The literature reports its square, and so "
            "does this function; a table must not mix the two.",
        ),
        Mistake(
            "distance of the means not squared",
            _with_distance(
                lambda a, b: float(
                    _mean_term(a, b).sqrt()
                    + _traces(a, b)
                    - 2 * _singular_values(a, b).sum()
                )
            ),
            "The first term is the *squared* distance of the means. Covariances are in "
            "squared units, so a plain distance cannot be added to them.",
        ),
        Mistake(
            "means averaged over the features",
            _with_distance(
                lambda a, b: float(
                    _mean_term(a, b) / len(a.mean)
                    + _traces(a, b)
                    - 2 * _singular_values(a, b).sum()
                )
            ),
            "A squared distance is a sum over the features. With a mean, the "
            "covariances outweigh it by the number of features.",
        ),
        Mistake(
            "means only",
            _with_distance(lambda a, b: float(_mean_term(a, b))),
            "Two Gaussians with the same mean have distance 0 here, however different "
            "their covariances are. Add the terms of the covariances.",
        ),
        Mistake(
            "trace of the root subtracted once",
            _with_cross_term(lambda a, b: _singular_values(a, b).sum(), factor=1.0),
            "A Gaussian would have a positive distance from itself. Both traces are "
            "added, so the trace of the root is subtracted twice.",
        ),
        Mistake(
            "trace of the root missing",
            _with_cross_term(lambda a, b: _singular_values(a, b).sum(), factor=0.0),
            "Both traces are added and nothing is subtracted, so equal Gaussians have "
            "a large distance. The trace of the root of A B is missing.",
        ),
        Mistake(
            "root of the trace",
            _with_cross_term(lambda a, b: _singular_values(a, b).square().sum().sqrt()),
            "This is the root of tr(A B), a Frobenius norm. The formula has the trace "
            "of the root: the sum of the singular values.",
        ),
        Mistake(
            "no root",
            _with_cross_term(lambda a, b: _singular_values(a, b).square().sum()),
            "tr(A B) is in units to the fourth power. The eigenvalues of A B are the "
            "*squares* of the numbers that are summed.",
        ),
        Mistake(
            "largest singular value only",
            _with_cross_term(lambda a, b: _singular_values(a, b).amax()),
            "Only one direction is counted. The trace is the sum over all singular "
            "values.",
        ),
        Mistake(
            "difference of the covariances",
            _with_distance(
                lambda a, b: float(
                    _mean_term(a, b) + torch.sub(*_covariances(a, b)).square().sum()
                )
            ),
            "The covariances are compared entry by entry. The Frechet distance "
            "compares their *roots*: variances 1 and 4 add 1 for each axis, not 9.",
        ),
        Mistake(
            "covariances divided by n",
            _with_fit(_biased_fit),
            "Every covariance is too small by the factor (n - 1) / n, most of all for "
            "small sets. The mean is estimated from the same samples, so divide by "
            "n - 1.",
        ),
        Mistake(
            "features not centred",
            _with_fit(_uncentred_fit),
            "The covariance contains the mean a second time. A covariance is computed "
            "about the mean of its own set.",
        ),
        Mistake(
            "one mean for both sets",
            (frechet_distance_of_moments, _with_pooled_mean),
            "Both sets are centred at their common mean, so the distance of the means "
            "counts in the covariances as well. Each set has its own mean.",
        ),
        Mistake(
            "the number of the first set for both",
            (frechet_distance_of_moments, _same_divisor),
            "Both covariances are divided by the number of samples of the first set. "
            "The sets may differ in size: each has its own number.",
        ),
        Mistake(
            "values that are not finite not refused",
            (frechet_distance_of_moments, _without_nan_check),
            "The distances are correct. But a set with nan or infinity gives nan: "
            "`check_feature_sets` raises the error.",
        ),
        Mistake(
            "products not divided",
            _with_fit(_scatter_fit),
            "These covariances grow with the number of samples. A covariance is a sum "
            "of products divided by n - 1.",
        ),
        Mistake(
            "single precision",
            (frechet_distance_of_moments, _in_given_precision),
            "The features differ little and are far from 0, so float32 loses the "
            "relevant digits. `check_feature_sets` returns both sets in float64.",
        ),
        Mistake(
            "a single sample is not refused",
            (frechet_distance_of_moments, _without_check),
            "The distances are correct. A single sample has no covariance, and the "
            "result was nan: `check_feature_sets` raises the error.",
        ),
    ),
    alternatives=(
        _with_cross_term(_from_eigenvalues),
        (
            _with_cross_term(_from_symmetric_root)[0],
            _with_fit(_symmetric_root_fit)[1],
        ),
    ),
    hints=(
        "In one dimension, Gaussians with means m and n and standard deviations s and "
        "t have the squared distance (m - n)^2 + (s - t)^2. Expand the second square: "
        "which term contains both standard deviations?",
        "For A = R'R and B = S'S, the trace of the root of A B is the sum of the "
        "singular values of R S'. And tr(A) is the sum of all squares in R.",
        "Apply `torch.linalg.svdvals` to one product. For features, "
        "`check_feature_sets` checks and converts them, and `fit_gaussian` computes "
        "the `GaussianMoments` of each set.",
    ),
)
