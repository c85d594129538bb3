"""5,000 digits of MNIST, 500 of each class, in [-1, 1], and their split in two."""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_lib.paths import DATA
from course_lib.shapes import Images, Labels

FILE = DATA / "mnist_5k.npz"
N_CLASSES = 10
PER_CLASS = 500
HELD_OUT_PER_CLASS = 100


class MnistDigits(NamedTuple):
    """Images, (n, 1, 28, 28) in [-1, 1], bright on dark, and their labels, 0 to 9."""

    images: Images
    labels: Labels


def mnist_digits() -> MnistDigits:
    """All 5,000 digits, sorted by class.

    Each call returns new tensors with the same values.

    Raises:
        FileNotFoundError: if the file of the digits is missing.
    """
    grey, labels = _read()
    return MnistDigits(grey[:, None] / 255 * 2 - 1, labels.clone())


def train_digits() -> MnistDigits:
    """The first 400 digits of each class, on which models are trained."""
    return _part(held_out=False)


def held_out_digits() -> MnistDigits:
    """The last 100 digits of each class, which no training shows.

    The file keeps the order of MNIST within a class, where digits by one writer are
    neighbours; a range of consecutive digits shares few writers with the rest.
    """
    return _part(held_out=True)


def _part(*, held_out: bool) -> MnistDigits:
    digits = mnist_digits()
    in_class = torch.arange(len(digits.labels)) % PER_CLASS
    chosen = (in_class >= PER_CLASS - HELD_OUT_PER_CLASS) == held_out
    return MnistDigits(digits.images[chosen], digits.labels[chosen])


@cache
def _read() -> tuple[Tensor, Tensor]:
    if not FILE.exists():
        raise FileNotFoundError(
            f"The MNIST digits are missing: {FILE}. They are part of the course; fetch "
            "the file again with `git checkout data/mnist_5k.npz`, or install the "
            "course anew where pip installed it."
        )
    with np.load(FILE) as file:  # never a pickle: allow_pickle is off
        return (
            torch.from_numpy(file["images"]).float(),
            torch.from_numpy(file["labels"]).long(),
        )
