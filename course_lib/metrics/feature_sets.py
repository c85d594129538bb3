"""Take two sets of features for what they are: enough rows, as wide, and finite.

Features of any length of float, whole numbers, arrays and nested lists become doubles.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.given import floats, takes

Features = Float[Tensor, "_ _"]  # unlike widths are refused in words


@takes(a=floats, b=floats)
def two_sets(a: Tensor, b: Tensor, *, least: int) -> tuple[Features, Features]:
    """Both sets in double precision, where differences of large sums keep their digits.

    Raises:
        ValueError: unless both are (sample, feature) with as many features, at least
            ``least`` samples each, and finite numbers only.
    """
    for name, x in (("first", a), ("second", b)):
        if x.ndim != 2 or len(x) < least:
            raise ValueError(
                f"Sets are compared by rows: (sample, feature), {least} samples or "
                f"more. The {name} has shape {tuple(x.shape)}; draw more clips."
            )
        if not torch.isfinite(x).all():
            raise ValueError(
                f"The {name} set holds numbers that are not finite. Look for the clips "
                "that they come from: a mean over them would say nothing."
            )
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"Both sets need the same features; got {a.shape[1]} and {b.shape[1]} "
            "columns. Use one feature net for both."
        )
    return a.double(), b.double()
