"""Train, validation and test share no source."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.data.handwritten_digits import FILE
from course_lib.data.splits import split_range

SPLITS = ("train", "validation", "test")


@given(st.integers(0, 100_000))
def test_every_source_belongs_to_exactly_one_split(n):
    indices = [index for split in SPLITS for index in split_range(n, split)]
    assert indices == list(range(n))


def test_splits_have_70_15_and_15_per_cent():
    assert [len(split_range(1000, split)) for split in SPLITS] == [700, 150, 150]


def test_neighbours_in_the_file_of_digits_are_similar():
    """Why splits are ranges: the nearest image is often close by in the file."""
    images = np.load(FILE)["images"].reshape(1797, 64).astype(float)
    squares = (images**2).sum(axis=1)
    distance = squares[:, None] + squares - 2 * images @ images.T
    np.fill_diagonal(distance, np.inf)
    gap = np.abs(distance.argmin(axis=1) - np.arange(1797))
    assert (gap < 70).mean() > 0.4  # by chance .08


def test_another_name_is_rejected():
    with pytest.raises(ValueError, match=r"'train', 'validation', 'test'.*'val'"):
        split_range(10, "val")
