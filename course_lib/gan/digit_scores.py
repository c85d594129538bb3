"""Scores of generated digits by their nearest neighbours among real digits.

Each score alone is easy to satisfy: noise is far from every real digit, one good digit
repeated has perfect label agreement, and copies of the data are perfect in the first
two scores.
"""

from math import log
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.shapes import Images

RealDigits = Float[Tensor, "real channel real_height real_width"]
RealLabels = Int[Tensor, "real"]

N_NEIGHBOURS = 5
N_CLASSES = 10


class DigitScores(NamedTuple):
    """Nearest-neighbour scores of generated digits.

    ``label_agreement`` is the fraction of images whose five nearest real digits all
    have the same label, in [0, 1]. ``label_entropy`` is the entropy of the majority
    labels, divided by log 10, in [0, 1]. ``nearest_distance`` is the mean distance to
    the nearest real digit, as a root mean square over pixels, in [0, 2].
    """

    label_agreement: float
    label_entropy: float
    nearest_distance: float


def digit_scores(images: Images, real: RealDigits, labels: RealLabels) -> DigitScores:
    """Compare images with labelled real digits, by Euclidean distance of pixels.

    Raises:
        ValueError: if sizes differ, or there are fewer than five real digits.
    """
    if images.shape[1:] != real.shape[1:] or len(real) < N_NEIGHBOURS:
        raise ValueError(
            f"digit_scores needs images of one size and at least {N_NEIGHBOURS} real "
            f"digits, but got shapes {tuple(images.shape)} and {tuple(real.shape)}."
        )
    distances = torch.cdist(images.flatten(1), real.flatten(1))
    nearest, neighbours = (distances / real[0].numel() ** 0.5).topk(
        N_NEIGHBOURS, largest=False
    )
    votes = labels[neighbours].sort(dim=1).values
    majority = votes.mode(dim=1).values
    frequencies = torch.bincount(majority, minlength=N_CLASSES) / len(votes)
    return DigitScores(
        label_agreement=(votes[:, 0] == votes[:, -1]).float().mean().item(),
        label_entropy=torch.special.entr(frequencies).sum().item() / log(N_CLASSES),
        nearest_distance=nearest[:, 0].mean().item(),
    )
