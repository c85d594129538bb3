"""Sets of features are refused in words before a number is made of them."""

import pytest
import torch

from course_lib.metrics.feature_sets import two_sets

GOOD = torch.zeros(3, 2)


def test_sets_come_back_in_double_precision_and_unchanged():
    a, b = two_sets(GOOD, GOOD + 1, least=3)
    assert a.dtype == b.dtype == torch.float64
    assert (b == 1).all() and GOOD.dtype == torch.float32


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (torch.zeros(2, 2), "3 samples or more"),
        (torch.zeros(0, 2), "3 samples or more"),
        (torch.zeros(3, 2, 1), r"second has shape \(3, 2, 1\)"),
        (torch.full((3, 2), torch.nan), "second set holds numbers that are not finite"),
        (torch.full((3, 2), torch.inf), "not finite"),
        (torch.zeros(3, 5), "got 2 and 5 columns"),
    ],
)
def test_what_cannot_be_compared_is_refused(other, words):
    with pytest.raises(ValueError, match=words):
        two_sets(GOOD, other, least=3)
