"""Ask a classifier whether each sample is one thing, and all samples many things.

Rows of half precision sum to 1 as well as they can, some thousandths beside it; they
are made to sum to 1 exactly. ``course_lib.metrics.given`` says what else is taken.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.metrics.given import detached, floats, roughness, shaped, takes

Probabilities = Float[Tensor, "sample option"]


def _rows(x: Any, name: str) -> Tensor:
    """As ``floats``; rows of a short type that sum to 1 in its rounding, to 1.

    Each number is rounded by half of ``roughness`` of itself at most, so their sum is,
    too; as much again is left to a softmax that was computed in that precision.
    """
    p = floats(x, name).detach()
    rough = roughness(x)
    if p.ndim != 2 or rough <= torch.finfo(torch.float32).eps:
        return p
    p = p.double()
    sums = p.sum(dim=1, keepdim=True)
    return torch.where((sums - 1).abs() <= rough, p / sums, p)


@takes(probabilities=detached(shaped("sample", "class", rule=_rows)))
def inception_score(probabilities: Probabilities) -> float:
    """exp of the mean KL from each sample's p(class) to the mean over samples.

    From 1, where all samples look alike to the classifier, to the number of classes.
    It never looks at a real sample. Whatever the classifier's name, state it: the
    figure is on its scale.

    Raises:
        ValueError: unless there are two samples or more (one scores 1, whatever it
            is), no probability is negative, and each row sums to 1.

    Source: Salimans et al. 2016, section 4.

    >>> import torch
    >>> round(inception_score(torch.eye(5)), 6)  # sure each time, of another class
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
            "A score needs two samples or more, a row of probabilities each, none "
            f"negative, with sum 1; got shape {tuple(p.shape)}. Take the softmax of "
            "logits first."
        )
    mean = p.mean(dim=0)
    nats = torch.xlogy(p, p) - torch.xlogy(p, mean)
    return float(nats.sum(dim=1).mean().exp())
