"""Compare two crowds pair by pair: no Gaussian, no bias, and now and then below 0."""

from course_lib.metrics.feature_sets import Features, two_sets
from course_lib.metrics.given import ROWS, detached, shaped, takes


@takes(features_a=detached(shaped(*ROWS)), features_b=detached(shaped(*ROWS)))
def kernel_distance(features_a: Features, features_b: Features) -> float:
    """The squared kernel distance (KID) with the cubic kernel (x.y / d + 1)^3.

    Unbiased: no sample is compared with itself, so at equality half of all answers are
    negative. Two sets of one repeated row each are points, 0 apart if they are one.

    Raises:
        ValueError: for sets of fewer than 2 samples, of unequal width or not finite.

    Source: Binkowski et al. 2018, section 4; Gretton et al. 2012, equation 3.

    >>> import torch
    >>> a, b = torch.tensor([[0.0, 0], [1, 0]]), torch.tensor([[0.0, 1], [1, 1]])
    >>> kernel_distance(a, b)
    1.1875
    """
    a, b = two_sets(features_a, features_b, least=2)
    pairs = (a, a), (b, b), (a, b)
    aa, bb, ab = ((x @ y.T / x.shape[1] + 1) ** 3 for x, y in pairs)
    within = [(k.sum() - k.trace()) / (len(k) * (len(k) - 1)) for k in (aa, bb)]
    return float(within[0] + within[1] - 2 * ab.mean())
