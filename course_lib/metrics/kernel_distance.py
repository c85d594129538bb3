"""Kernel distance (KID) of two feature sets: an unbiased estimate of squared MMD."""

from course_lib.metrics.feature_sets import Features, check_feature_sets
from course_lib.metrics.inputs import FEATURES, convert_arguments, detach, with_axes


@convert_arguments(
    features_a=detach(with_axes(*FEATURES)), features_b=detach(with_axes(*FEATURES))
)
def kernel_distance(features_a: Features, features_b: Features) -> float:
    """The kernel distance: squared MMD with the cubic kernel (x.y / d + 1)^3.

    Unbiased, because no sample is compared with itself. For two sets from one
    distribution its mean is 0, and about half of the estimates are negative.

    Raises:
        ValueError: for sets of fewer than 2 samples, with different numbers of
            features, or with values that are not finite.

    Source: Binkowski et al. 2018, section 4; Gretton et al. 2012, equation 3.

    >>> import torch
    >>> a, b = torch.tensor([[0.0, 0], [1, 0]]), torch.tensor([[0.0, 1], [1, 1]])
    >>> kernel_distance(a, b)
    1.1875
    """
    a, b = check_feature_sets(features_a, features_b, min_samples=2)
    pairs = (a, a), (b, b), (a, b)
    aa, bb, ab = ((x @ y.T / x.shape[1] + 1) ** 3 for x, y in pairs)
    within = [(k.sum() - k.trace()) / (len(k) * (len(k) - 1)) for k in (aa, bb)]
    return float(within[0] + within[1] - 2 * ab.mean())
