"""The 1,797 handwritten digits of the UCI data set, enlarged, in [-1, 1]."""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from course_lib.paths import DATA
from course_lib.shapes import Images, Labels

MAX_LEVEL = 16  # the largest grey level in the file
FILE = DATA / "digits.npz"


class HandwrittenDigits(NamedTuple):
    """Images, (1797, 1, size, size) in [-1, 1], bright on dark, and their labels."""

    images: Images
    labels: Labels


def images(*, size: int = 32) -> HandwrittenDigits:
    """All handwritten digits, enlarged from 8 x 8 bicubically and clipped to [-1, 1].

    Each call returns new tensors with the same values.

    Raises:
        ValueError: if ``size`` is below 8.
        FileNotFoundError: if the file of the digits is missing.
    """
    if size < 8:
        raise ValueError(f"size is {size}; the digits are 8x8, so ask for 8 or more.")
    grey, labels = _read()
    canonical = grey[:, None] / MAX_LEVEL * 2 - 1
    enlarged = interpolate(
        canonical, (size, size), mode="bicubic", align_corners=False
    )  # overshoots next to edges, hence the clamp
    return HandwrittenDigits(enlarged.clamp(-1, 1), labels.clone())


@cache
def _read() -> tuple[Tensor, Tensor]:
    if not FILE.exists():
        raise FileNotFoundError(
            f"The digits are missing: {FILE}. They are part of the course; fetch the "
            "file again with `git checkout data/digits.npz`, or install the course "
            "anew where pip installed it."
        )
    with np.load(FILE) as file:  # never a pickle: allow_pickle is off
        return (
            torch.from_numpy(file["images"]).float(),
            torch.from_numpy(file["labels"]).long(),
        )
