"""Inception score of a classifier's class probabilities for generated samples.

Rows of half-precision probabilities sum to 1 only up to some thousandths; they are
divided by their sum. ``course_lib.metrics.inputs`` describes which inputs are accepted.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.inputs import (
    as_floats,
    convert_arguments,
    detach,
    machine_epsilon,
    with_axes,
)

Probabilities = Float[Tensor, "sample class"]


def _as_probabilities(x: Any, name: str) -> Tensor:
    """Floats; half-precision rows are divided by their sum if it is 1 up to rounding.

    Rounding changes each number by at most half of ``machine_epsilon`` times the
    number, and so does their sum. The tolerance is twice that, because the softmax was
    computed in the same precision.
    """
    p = as_floats(x, name).detach()
    epsilon = machine_epsilon(x)
    if p.ndim != 2 or epsilon <= torch.finfo(torch.float32).eps:
        return p
    p = p.double()
    sums = p.sum(dim=1, keepdim=True)
    return torch.where((sums - 1).abs() <= epsilon, p / sums, p)


@convert_arguments(
    probabilities=detach(with_axes("sample", "class", converter=_as_probabilities))
)
def inception_score(probabilities: Probabilities) -> float:
    """exp of the mean KL divergence of p(class | sample) from the mean over samples.

    ``probabilities`` are (sample, class). The score lies between 1, if the classifier's
    output is the same for all samples, and the number of classes. It uses no real
    samples. It depends on the classifier, which must be reported with it.

    Raises:
        ValueError: unless there are at least two samples (one always has score 1), no
            probability is negative, and each row sums to 1.

    Source: Salimans et al. 2016, section 4.

    >>> import torch
    >>> round(inception_score(torch.eye(5)), 6)  # five samples of five certain classes
    5.0
    """
    p = probabilities.double()
    sums = p.sum(dim=1)
    if (
        len(p) < 2
        or not (p >= 0).all()
        or not torch.allclose(sums, torch.ones_like(sums), atol=1e-4)
    ):
        raise ValueError(
            "The inception score needs two samples or more, each with a row of "
            "probabilities that are not negative and sum to 1; got shape "
            f"{tuple(p.shape)}. Take the softmax of logits first."
        )
    mean = p.mean(dim=0)
    nats = torch.xlogy(p, p) - torch.xlogy(p, mean)
    return float(nats.sum(dim=1).mean().exp())
