"""The clip classifier: shapes of its outputs, and accuracy on new clips."""

import pytest
import torch

from course_lib.data.shape_motion import MOTIONS, SHAPES, SIZES, sample_clips
from course_lib.metrics.features import (
    N_CLASSES,
    N_FEATURES,
    ClipClassifier,
    ClipLogits,
)
from course_lib.training import classifier


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_logits_have_one_column_for_each_motion_shape_and_size():
    model = ClipClassifier(rng())
    clips = sample_clips(3, rng(1))
    outputs = model(clips.videos)
    assert (len(MOTIONS), len(SHAPES), len(SIZES)) == N_CLASSES
    shapes = [tuple(logits.shape) for logits in outputs]
    assert shapes == [(3, n) for n in N_CLASSES]
    assert model.features(clips.videos).shape == (3, N_FEATURES)


def test_predictions_are_the_most_likely_classes():
    logits = torch.tensor([[0.0, 1.0], [2.0, 1.0]])
    predictions = ClipLogits(logits, -logits, torch.eye(4)[[3, 2]]).predictions()
    assert [labels.tolist() for labels in predictions] == [[1, 0], [0, 1], [3, 2]]


def test_weights_depend_on_the_generator_alone():
    first, same, other = (ClipClassifier(rng(seed)) for seed in (0, 0, 1))
    clips = sample_clips(2, rng(1)).videos
    assert torch.equal(first.features(clips), same.features(clips))
    assert not torch.allclose(first.features(clips), other.features(clips))


@pytest.fixture(scope="module")
def shipped():
    return classifier.load_pretrained()


def test_the_shipped_classifier_is_accurate_on_new_clips(shipped):
    accuracy = classifier.accuracy(shipped, n=300)
    assert min(accuracy.motion, accuracy.shape) > 0.98
    assert accuracy.size > 0.95


@torch.no_grad()
def test_the_shipped_classifier_is_accurate_under_noise(shipped):
    clips = sample_clips(200, rng(7))
    noise = torch.randn(clips.videos.shape, generator=rng(8))
    motion, shape, _ = shipped(clips.videos + 0.2 * noise).predictions()
    assert (motion == clips.motion).float().mean() > 0.97
    assert (shape == clips.shape).float().mean() > 0.95


@torch.no_grad()
def test_clips_mirrored_at_the_diagonal_have_the_other_motion(shipped):
    clips = sample_clips(50, rng(9))
    motion, _, _ = shipped(clips.videos.transpose(3, 4)).predictions()
    assert (motion == 1 - clips.motion).float().mean() > 0.97  # x and y are exchanged
