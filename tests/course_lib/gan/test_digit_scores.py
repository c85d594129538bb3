"""Forged digits scored by real ones: the trivial forgers each fail in their own way."""

import math

import pytest
import torch

from course_lib.data.handwritten_digits import images
from course_lib.gan.digit_scores import digit_scores

REAL, LABELS = images()
ORDER = torch.randperm(len(REAL), generator=torch.Generator().manual_seed(0))
KEPT, REST = ORDER[:300], ORDER[300:]


def test_held_out_digits_are_readable_various_and_new():
    scores = digit_scores(REAL[KEPT], REAL[REST], LABELS[REST])
    assert scores.readable > 0.85
    assert scores.variety > 0.98
    assert 0.2 < scores.distance < 0.27


def test_copies_are_readable_and_various_but_not_new():
    scores = digit_scores(REAL[KEPT], REAL, LABELS)
    assert scores.readable > 0.85 and scores.variety > 0.98
    assert scores.distance < 1e-3


def test_the_mean_digit_is_always_the_same_one():
    mean = REAL.mean(0, keepdim=True).repeat(20, 1, 1, 1)
    assert digit_scores(mean, REAL, LABELS).variety == 0


def test_noise_and_mixtures_of_two_digits_cannot_be_read():
    dice = torch.Generator().manual_seed(1)
    noise = torch.rand(300, 1, 32, 32, generator=dice) * 2 - 1
    mixed = (REAL[KEPT] + REAL[REST[:300]]) / 2
    assert digit_scores(noise, REAL, LABELS).readable < 0.4
    assert digit_scores(noise, REAL, LABELS).distance > 0.8
    assert digit_scores(mixed, REAL, LABELS).readable < 0.5


def test_scores_by_hand_for_pictures_of_one_pixel():
    real = torch.linspace(-1, 1, 10).view(10, 1, 1, 1)
    labels = torch.tensor([3] * 5 + [4] * 5)
    pictures = torch.tensor([-1.0, 1.0, 0.0]).view(3, 1, 1, 1)
    scores = digit_scores(pictures, real, labels)
    assert scores.readable == pytest.approx(2 / 3)  # in the middle neighbours differ
    shares = (1 / 3, 2 / 3)
    entropy = -sum(p * math.log(p) for p in shares) / math.log(10)
    assert scores.variety == pytest.approx(entropy, abs=1e-5)
    assert scores.distance == pytest.approx(1 / 9 / 3, abs=1e-6)


def test_pictures_of_another_size_and_too_few_witnesses_are_refused():
    with pytest.raises(ValueError, match="one size"):
        digit_scores(REAL[:3, :, :16], REAL, LABELS)
    with pytest.raises(ValueError, match="at least 5"):
        digit_scores(REAL[:3], REAL[:4], LABELS[:4])
