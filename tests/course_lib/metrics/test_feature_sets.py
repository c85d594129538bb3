"""Validation of two feature sets: float64 results and errors."""

import pytest
import torch

from course_lib.metrics.feature_sets import check_feature_sets

GOOD = torch.zeros(3, 2)


def test_sets_are_returned_in_float64_and_not_changed():
    a, b = check_feature_sets(GOOD, GOOD + 1, min_samples=3)
    assert a.dtype == b.dtype == torch.float64
    assert (b == 1).all() and GOOD.dtype == torch.float32


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (torch.zeros(2, 2), "3 samples or more"),
        (torch.zeros(0, 2), "3 samples or more"),
        (torch.zeros(3, 2, 1), r"second has shape \(3, 2, 1\)"),
        (torch.full((3, 2), torch.nan), "second feature set contains values"),
        (torch.full((3, 2), torch.inf), "not finite"),
        (torch.zeros(3, 5), "got 2 and 5 columns"),
    ],
)
def test_sets_that_cannot_be_compared_raise_an_error(other, words):
    with pytest.raises(ValueError, match=words):
        check_feature_sets(GOOD, other, min_samples=3)
