"""Scores of digits: held-out data, copies, and baselines that fail one score each."""

import math

import pytest
import torch

from course_lib.data.handwritten_digits import images
from course_lib.gan.digit_scores import digit_scores

REAL, LABELS = images()
ORDER = torch.randperm(len(REAL), generator=torch.Generator().manual_seed(0))
HELD_OUT, TRAINING = ORDER[:300], ORDER[300:]


def test_held_out_digits_have_good_scores():
    scores = digit_scores(REAL[HELD_OUT], REAL[TRAINING], LABELS[TRAINING])
    assert scores.label_agreement > 0.85
    assert scores.label_entropy > 0.98
    assert 0.2 < scores.nearest_distance < 0.27


def test_copies_of_the_data_have_distance_zero():
    scores = digit_scores(REAL[HELD_OUT], REAL, LABELS)
    assert scores.label_agreement > 0.85 and scores.label_entropy > 0.98
    assert scores.nearest_distance < 1e-3


def test_copies_of_one_image_have_entropy_zero():
    mean = REAL.mean(0, keepdim=True).repeat(20, 1, 1, 1)
    assert digit_scores(mean, REAL, LABELS).label_entropy == 0


def test_noise_and_averages_of_two_digits_have_low_label_agreement():
    rng = torch.Generator().manual_seed(1)
    noise = torch.rand(300, 1, 32, 32, generator=rng) * 2 - 1
    averages = (REAL[HELD_OUT] + REAL[TRAINING[:300]]) / 2
    assert digit_scores(noise, REAL, LABELS).label_agreement < 0.4
    assert digit_scores(noise, REAL, LABELS).nearest_distance > 0.8
    assert digit_scores(averages, REAL, LABELS).label_agreement < 0.5


def test_scores_of_images_of_one_pixel_by_hand():
    real = torch.linspace(-1, 1, 10).view(10, 1, 1, 1)
    labels = torch.tensor([3] * 5 + [4] * 5)
    images_ = torch.tensor([-1.0, 1.0, 0.0]).view(3, 1, 1, 1)
    scores = digit_scores(images_, real, labels)
    # the neighbours of the image in the middle have both labels
    assert scores.label_agreement == pytest.approx(2 / 3)
    frequencies = (1 / 3, 2 / 3)
    entropy = -sum(p * math.log(p) for p in frequencies) / math.log(10)
    assert scores.label_entropy == pytest.approx(entropy, abs=1e-5)
    assert scores.nearest_distance == pytest.approx(1 / 9 / 3, abs=1e-6)


def test_images_of_another_size_and_too_few_real_digits_raise_an_error():
    with pytest.raises(ValueError, match="one size"):
        digit_scores(REAL[:3, :, :16], REAL, LABELS)
    with pytest.raises(ValueError, match="at least 5"):
        digit_scores(REAL[:3], REAL[:4], LABELS[:4])
