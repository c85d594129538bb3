"""X5.5: the kernel distance (KID), an unbiased squared MMD."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from course_lib.metrics.feature_sets import check_feature_sets
from course_lib.metrics.kernel_distance import kernel_distance
from teaching.exercise import Answer, Case, Exercise, Mistake

Kernel = Callable[[Tensor, Tensor], Tensor]


def _set_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def case(label: str, a: Tensor, b: Tensor) -> Case:
        return Case(label, {"features_a": a, "features_b": b})

    same, with_nan = draw(5, 3), draw(4, 3)
    with_nan[1, 2] = torch.nan
    return [
        case("sets of unequal size", draw(6, 3), draw(4, 3) + 0.5),
        case("as many samples as features", draw(4, 4), draw(4, 4) - 1),
        case("a set and itself: a negative value", same, same),
        case("two samples each", draw(2, 5), draw(2, 5)),
        case("one feature", draw(5, 1), draw(7, 1) + 1),
        case("features of float32", draw(4, 3).float(), draw(5, 3).float()),
        case("a single sample is refused", draw(4, 3), draw(1, 3)),
        case("a feature that is nan is refused", with_nan, draw(4, 3)),
        case("features of two networks is refused", draw(4, 3), draw(4, 2)),
    ]


def _cubic(a: Tensor, b: Tensor) -> Tensor:
    return (a @ b.T / a.shape[1] + 1) ** 3


def _mean_off_diagonal(kernel: Tensor) -> Tensor:
    n = len(kernel)
    return (kernel.sum() - kernel.trace()) / (n * (n - 1))


def _off_diagonal_over_all(kernel: Tensor) -> Tensor:
    return (kernel.sum() - kernel.trace()) / kernel.numel()


def _answer(
    rule: Callable[[Tensor, Tensor, Tensor], Tensor], kernel: Kernel = _cubic
) -> Answer:
    """Another combination of the three kernel matrices: a and a, b and b, a and b."""

    def answer(features_a, features_b):
        a, b = check_feature_sets(features_a, features_b, min_samples=2)
        return float(rule(kernel(a, a), kernel(b, b), kernel(a, b)))

    return answer


def _squared_mmd(aa: Tensor, bb: Tensor, ab: Tensor) -> Tensor:
    return _mean_off_diagonal(aa) + _mean_off_diagonal(bb) - 2 * ab.mean()


def _with_features(change: Callable[[Tensor], Tensor]) -> Answer:
    """The correct distance of changed features."""

    def answer(features_a, features_b):
        sets = check_feature_sets(features_a, features_b, min_samples=2)
        return kernel_distance(*map(change, sets))

    return answer


def _in_given_precision(features_a, features_b):
    check_feature_sets(features_a, features_b, min_samples=2)
    a, b = features_a, features_b
    return float(_squared_mmd(_cubic(a, a), _cubic(b, b), _cubic(a, b)))


def _without_nan_check(features_a, features_b):
    if not (features_a.isfinite().all() and features_b.isfinite().all()):
        return float("nan")
    return kernel_distance(features_a, features_b)


def _without_diagonal_between(aa: Tensor, bb: Tensor, ab: Tensor) -> Tensor:
    n_pairs = ab.numel() - min(ab.shape)
    between = (ab.sum() - ab.diagonal().sum()) / n_pairs
    return _mean_off_diagonal(aa) + _mean_off_diagonal(bb) - 2 * between


def _pair_by_pair(features_a, features_b):
    a, b = check_feature_sets(features_a, features_b, min_samples=2)

    def mean(pairs):
        kernels = [float(x @ y / len(x) + 1) ** 3 for x, y in pairs]
        return sum(kernels) / len(kernels)

    def within(s):
        return mean((x, y) for i, x in enumerate(s) for j, y in enumerate(s) if i != j)

    return within(a) + within(b) - 2 * mean((x, y) for x in a for y in b)


def _weighted_pairs(features_a, features_b):
    """All samples in one matrix, with a weight for each pair."""
    a, b = check_feature_sets(features_a, features_b, min_samples=2)
    both, n, m = torch.cat((a, b)), len(a), len(b)
    weight = torch.full((n + m, n + m), -1 / (n * m), dtype=torch.float64)
    weight[:n, :n], weight[n:, n:] = 1 / (n * (n - 1)), 1 / (m * (m - 1))
    return (weight.fill_diagonal_(0) * _cubic(both, both)).sum().item()


KERNEL_DISTANCE = Exercise(
    id="X5.5",
    title="Kernel distance (KID)",
    reference=kernel_distance,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_set_cases,
    mistakes=(
        Mistake(
            "each sample compared with itself",
            _answer(lambda aa, bb, ab: aa.mean() + bb.mean() - 2 * ab.mean()),
            "The diagonals contain the kernel of each sample with itself, which is "
            "large, so that equal distributions have a positive distance. Exclude them "
            "from the sums and from the number of pairs.",
        ),
        Mistake(
            "diagonal excluded from the sum only",
            _answer(
                lambda aa, bb, ab: (
                    _off_diagonal_over_all(aa)
                    + _off_diagonal_over_all(bb)
                    - 2 * ab.mean()
                )
            ),
            "The sum has n (n - 1) terms but is divided by n squared. Divide by the "
            "number of pairs in the sum.",
        ),
        Mistake(
            "diagonal excluded between the sets",
            _answer(_without_diagonal_between),
            "The third sample of one set is not the third sample of the other. Between "
            "the sets every pair counts, including the diagonal.",
        ),
        Mistake(
            "diagonal excluded in one set only",
            _answer(
                lambda aa, bb, ab: aa.mean() + _mean_off_diagonal(bb) - 2 * ab.mean()
            ),
            "In the first set each sample is compared with itself, in the second it is "
            "not. Exclude the diagonals of both.",
        ),
        Mistake(
            "one size for both sets",
            _answer(
                lambda aa, bb, ab: (
                    (aa.sum() - aa.trace() + bb.sum() - bb.trace())
                    / (len(aa) * (len(aa) - 1))
                    - 2 * ab.mean()
                )
            ),
            "The sums of both sets are divided by the number of pairs of the first. "
            "The sets may differ in size: each has its own number of pairs.",
        ),
        Mistake(
            "pairs between the sets counted without one",
            _answer(
                lambda aa, bb, ab: (
                    _mean_off_diagonal(aa)
                    + _mean_off_diagonal(bb)
                    - 2 * ab.sum() / (len(aa) * (len(bb) - 1))
                )
            ),
            "Between the sets there are n times m pairs, because no sample is left "
            "out. Only within a set there are n (n - 1).",
        ),
        Mistake(
            "half of the pairs",
            _answer(
                lambda aa, bb, ab: (
                    (_mean_off_diagonal(aa) + _mean_off_diagonal(bb)) / 2
                    - 2 * ab.mean()
                )
            ),
            "Each pair within a set is summed once (one triangle), but divided by the "
            "number of ordered pairs, n (n - 1). Divide by half of that.",
        ),
        Mistake(
            "sum of the pairs",
            _answer(
                lambda aa, bb, ab: (
                    aa.sum() - aa.trace() + bb.sum() - bb.trace() - 2 * ab.sum()
                )
            ),
            "The kernels are added up and not divided by the number of pairs, so the "
            "distance grows with the sizes of the sets. Take means.",
        ),
        Mistake(
            "features of length 1",
            _with_features(lambda x: x / x.norm(dim=1, keepdim=True)),
            "Each sample is divided by its length, so only directions are compared. "
            "The kernel distance uses the features as they are.",
        ),
        Mistake(
            "features centred",
            _with_features(lambda x: x - x.mean(0)),
            "The mean of each set is subtracted, so sets with different means look "
            "equal. The kernel distance uses the features as they are.",
        ),
        Mistake(
            "features standardized",
            _with_features(lambda x: (x - x.mean(0)) / x.std(0)),
            "Mean and standard deviation of each set are removed, so sets that differ "
            "in these look equal. The kernel distance uses the features as they are.",
        ),
        Mistake(
            "second power",
            _answer(_squared_mmd, lambda a, b: (a @ b.T / a.shape[1] + 1) ** 2),
            "A kernel of degree 2 compares means and covariances only. The kernel "
            "distance uses the cubic kernel, which compares skewness as well.",
        ),
        Mistake(
            "linear kernel",
            _answer(_squared_mmd, lambda a, b: a @ b.T / a.shape[1] + 1),
            "A linear kernel compares the means only. The third power is missing.",
        ),
        Mistake(
            "not divided by the number of features",
            _answer(_squared_mmd, lambda a, b: (a @ b.T + 1) ** 3),
            "Scalar products grow with the number of features, and their cubes grow "
            "much faster. Divide by that number before you add 1.",
        ),
        Mistake(
            "divided by the root of the number of features",
            _answer(_squared_mmd, lambda a, b: (a @ b.T / a.shape[1] ** 0.5 + 1) ** 3),
            "The scalar product is divided by the root of the number of features, as "
            "in attention. The kernel divides by the number itself.",
        ),
        Mistake(
            "divided after adding 1",
            _answer(_squared_mmd, lambda a, b: ((a @ b.T + 1) / a.shape[1]) ** 3),
            "The 1 is divided by the number of features as well. Divide the scalar "
            "product, then add 1.",
        ),
        Mistake(
            "divided by the number of samples",
            _answer(_squared_mmd, lambda a, b: (a @ b.T / len(a) + 1) ** 3),
            "The scalar product is divided by the number of samples. It grows with the "
            "number of features, so divide by that.",
        ),
        Mistake(
            "constant 1 missing",
            _answer(_squared_mmd, lambda a, b: (a @ b.T / a.shape[1]) ** 3),
            "Without the 1 the kernel compares third moments only, and sets with "
            "different means may have distance 0.",
        ),
        Mistake(
            "Gaussian kernel",
            _answer(
                _squared_mmd, lambda a, b: torch.exp(-(torch.cdist(a, b) ** 2) / 2)
            ),
            "This is a valid kernel, but its bandwidth would have to be reported. "
            "The name KID stands for the cubic kernel.",
        ),
        Mistake(
            "pairs between the sets counted once",
            _answer(
                lambda aa, bb, ab: (
                    _mean_off_diagonal(aa) + _mean_off_diagonal(bb) - ab.mean()
                )
            ),
            "Equal distributions would have the distance of a whole kernel mean. "
            "Expand (f - g)^2: the mixed term occurs twice.",
        ),
        Mistake(
            "sign reversed",
            _answer(lambda aa, bb, ab: -_squared_mmd(aa, bb, ab)),
            "Sets that are far apart have very negative values. The means within the "
            "sets are added, and the mean between them is subtracted.",
        ),
        Mistake(
            "absolute value",
            _answer(lambda aa, bb, ab: _squared_mmd(aa, bb, ab).abs()),
            "For equal distributions the estimate is 0 *on average*, so many values "
            "are negative. Absolute values have a positive mean.",
        ),
        Mistake(
            "single precision",
            _in_given_precision,
            "The distance is computed in the precision of the features, and sums of "
            "cubes lose digits in float32. `check_feature_sets` returns both sets in "
            "float64: use its results.",
        ),
        Mistake(
            "nan not refused",
            _without_nan_check,
            "The distances are correct. But a set with nan gives nan, which goes "
            "unnoticed in a mean: `check_feature_sets` raises the error.",
        ),
        Mistake(
            "clipped at 0",
            _answer(lambda aa, bb, ab: _squared_mmd(aa, bb, ab).clamp(min=0)),
            "For equal distributions the estimate is 0 *on average*, so many values "
            "are negative: this is what unbiased means. Clipped values have a positive "
            "mean.",
        ),
        Mistake(
            "root of the square",
            _answer(lambda aa, bb, ab: _squared_mmd(aa, bb, ab).abs().sqrt()),
            "The square is reported, as for the Fréchet distance. A root is not "
            "defined where the estimate is negative.",
        ),
        Mistake(
            "a single sample is not refused",
            lambda features_a, features_b: (
                float("inf")
                if len(features_b) == 1
                else kernel_distance(features_a, features_b)
            ),
            "The distances are correct. A single sample has no other sample of its set "
            "to be compared with: `check_feature_sets` raises the error, with "
            "`min_samples=2`.",
        ),
    ),
    alternatives=(_pair_by_pair, _weighted_pairs, _answer(_squared_mmd)),
    hints=(
        "Compute the mean kernel of two samples of the first set, of two samples of "
        "the second set, and of one sample of each. How do the three compare if both "
        "sets come from one distribution?",
        "All three are means of (x.y / d + 1)^3, with d features: within each set over "
        "pairs of *different* samples, between the sets over all pairs.",
        "`a @ b.T` has all scalar products. The sum minus the `trace` excludes the "
        "diagonal: how many pairs remain? `check_feature_sets` checks the sets and "
        "converts them to float64.",
    ),
)
