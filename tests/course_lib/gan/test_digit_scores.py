"""Scores of digits: closed forms, tricks that win one score, refusals."""

import math

import pytest
import torch

from course_lib.gan.digit_scores import digit_scores, spread_within_classes


def rng():
    return torch.Generator().manual_seed(0)


def classify(images):
    """Class 0 if the first pixel is negative, else class 1; certain."""
    positive = (images[:, 0, 0, 0] >= 0).float()
    return torch.stack([1 - positive, positive, *[0 * positive] * 8], dim=1)


def images(n=6):
    return torch.randn(n, 1, 4, 4, generator=rng())


def test_copies_lie_at_distance_0_and_shifted_ones_at_the_shift():
    x = images()
    assert digit_scores(x, None, x, classify).nearest == pytest.approx(0, abs=1e-3)
    far = digit_scores(x[:1] + 0.5, None, x[:1], classify)
    assert far.nearest == pytest.approx(0.5, rel=1e-4)


def test_accuracy_counts_requested_classes_and_is_nan_without_them():
    x = images()
    requested = (x[:, 0, 0, 0] >= 0).long()
    assert digit_scores(x, requested, x, classify).accuracy == 1
    assert digit_scores(x, 1 - requested, x, classify).accuracy == 0
    assert math.isnan(digit_scores(x, None, x, classify).accuracy)


def test_entropy_of_two_equally_frequent_classes_is_log_2_over_log_10():
    x = images(4)
    x[:, 0, 0, 0] = torch.tensor([-1.0, -1.0, 1.0, 1.0])
    entropy = digit_scores(x, None, x, classify).class_entropy
    assert entropy == pytest.approx(math.log10(2))


def test_spread_is_the_root_mean_square_difference_of_two_images():
    x = torch.stack([torch.zeros(1, 2, 2), torch.full((1, 2, 2), 0.6)])
    assert spread_within_classes(x, torch.zeros(2).long()) == pytest.approx(0.6)
    same = x[:1].repeat(3, 1, 1, 1)
    assert spread_within_classes(same, torch.zeros(3).long()) == 0
    assert math.isnan(spread_within_classes(x, torch.arange(2)))


def test_images_of_another_size_are_refused():
    with pytest.raises(ValueError, match="one size"):
        digit_scores(images(), None, torch.zeros(2, 1, 5, 5), classify)
