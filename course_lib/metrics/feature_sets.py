"""Validation of two feature sets that are compared: rows, columns, finite values.

Floats of any precision, integers, arrays and nested lists become float64.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.inputs import as_floats, convert_arguments

Features = Float[Tensor, "_ _"]  # (sample, feature); sizes are checked with messages


@convert_arguments(a=as_floats, b=as_floats)
def check_feature_sets(
    a: Tensor, b: Tensor, *, min_samples: int
) -> tuple[Features, Features]:
    """Both feature sets in float64, in which differences of large sums stay exact.

    Raises:
        ValueError: unless both are (sample, feature) with the same number of features,
            at least ``min_samples`` samples each, and finite values only.
    """
    for name, x in (("first", a), ("second", b)):
        if x.ndim != 2 or len(x) < min_samples:
            raise ValueError(
                f"A feature set needs the axes (sample, feature) and {min_samples} "
                f"samples or more, but the {name} has shape {tuple(x.shape)}. Use "
                "more samples."
            )
        if not torch.isfinite(x).all():
            raise ValueError(
                f"The {name} feature set contains values that are not finite. Find "
                "the samples that produce them."
            )
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"Both feature sets need the same features, but got {a.shape[1]} and "
            f"{b.shape[1]} columns. Use one feature network for both."
        )
    return a.double(), b.double()
