"""Ask the real digits what they recognise: can it be read, is it all, is it new.

No one of the three numbers is enough: noise is new, one good digit can be read, and a
copy of the data is perfect in the first two.
"""

from math import log
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.shapes import Images

RealDigits = Float[Tensor, "real channel real_height real_width"]
RealLabels = Int[Tensor, "real"]

VOTERS = 5
DIGITS = 10


class DigitScores(NamedTuple):
    """How good forged digits are, seen from the real ones.

    ``readable`` is the share of pictures whose five nearest real digits all carry one
    label, 0 to 1; ``variety`` the entropy of the labels voted for, as a share of log
    10; ``distance`` the mean distance to the nearest real digit, as a root mean
    square over pixels, 0 to 2.
    """

    readable: float
    variety: float
    distance: float


def digit_scores(pictures: Images, real: RealDigits, labels: RealLabels) -> DigitScores:
    """Compare pictures with real digits, pixel by pixel.

    Raises:
        ValueError: if sizes differ, or there are fewer than five real digits.
    """
    if pictures.shape[1:] != real.shape[1:] or len(real) < VOTERS:
        raise ValueError(
            f"digit_scores needs pictures of one size and at least {VOTERS} real ones, "
            f"got {tuple(pictures.shape)} and {tuple(real.shape)}."
        )
    gaps = torch.cdist(pictures.flatten(1), real.flatten(1)) / real[0].numel() ** 0.5
    near, voters = gaps.topk(VOTERS, largest=False)
    votes = labels[voters].sort(dim=1).values
    shares = torch.bincount(votes.mode(dim=1).values, minlength=DIGITS) / len(votes)
    return DigitScores(
        readable=(votes[:, 0] == votes[:, -1]).float().mean().item(),
        variety=torch.special.entr(shares).sum().item() / log(DIGITS),
        distance=near[:, 0].mean().item(),
    )
