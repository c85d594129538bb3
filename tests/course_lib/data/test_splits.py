"""Train, validation and test share no source."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.data.handwritten_digits import FILE
from course_lib.data.splits import split_range

SPLITS = ("train", "validation", "test")


@given(st.integers(0, 100_000))
def test_every_source_belongs_to_exactly_one_part(n):
    places = [place for split in SPLITS for place in split_range(n, split)]
    assert places == list(range(n))


def test_parts_are_seventy_fifteen_and_fifteen_per_cent():
    assert [len(split_range(1000, split)) for split in SPLITS] == [700, 150, 150]


def test_neighbours_in_the_file_of_digits_are_kin():
    """Why parts are runs: the nearest image lies close by far too often for chance."""
    images = np.load(FILE)["images"].reshape(1797, 64).astype(float)
    squares = (images**2).sum(axis=1)
    distance = squares[:, None] + squares - 2 * images @ images.T
    np.fill_diagonal(distance, np.inf)
    gap = np.abs(distance.argmin(axis=1) - np.arange(1797))
    assert (gap < 70).mean() > 0.4  # by chance .08


def test_another_name_is_refused():
    with pytest.raises(ValueError, match=r"'train', 'validation', 'test'.*'val'"):
        split_range(10, "val")
