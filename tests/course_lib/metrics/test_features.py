"""The eye of the course: right on clips that it never saw, whoever looks."""

import pytest
import torch

from course_lib.data.shape_motion import MOTIONS, SHAPES, SIZES, sample_clips
from course_lib.metrics.features import FEATURES, OPTIONS, ClipClassifier, Verdicts
from course_lib.training import classifier


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_verdict_names_motion_shape_and_size():
    model = ClipClassifier(rng())
    clips = sample_clips(3, rng(1))
    verdicts = model(clips.videos)
    assert (len(MOTIONS), len(SHAPES), len(SIZES)) == OPTIONS
    shapes = [tuple(logits.shape) for logits in verdicts]
    assert shapes == [(3, count) for count in OPTIONS]
    assert model.features(clips.videos).shape == (3, FEATURES)


def test_the_likeliest_is_named():
    logits = torch.tensor([[0.0, 1.0], [2.0, 1.0]])
    named = Verdicts(logits, -logits, torch.eye(4)[[3, 2]]).named()
    assert [labels.tolist() for labels in named] == [[1, 0], [0, 1], [3, 2]]


def test_another_generator_makes_another_eye():
    first, same, other = (ClipClassifier(rng(seed)) for seed in (0, 0, 1))
    clips = sample_clips(2, rng(1)).videos
    assert torch.equal(first.features(clips), same.features(clips))
    assert not torch.allclose(first.features(clips), other.features(clips))


@pytest.fixture(scope="module")
def shipped():
    return classifier.shipped()


def test_the_shipped_eye_is_right_on_fresh_clips(shipped):
    found = classifier.accuracy(shipped, n=300)
    assert min(found.motion, found.shape) > 0.98
    assert found.size > 0.95


@torch.no_grad()
def test_noise_does_not_blind_it(shipped):
    clips = sample_clips(200, rng(7))
    noise = torch.randn(clips.videos.shape, generator=rng(8))
    motion, shape, _ = shipped(clips.videos + 0.2 * noise).named()
    assert (motion == clips.motion).float().mean() > 0.97
    assert (shape == clips.shape).float().mean() > 0.95


@torch.no_grad()
def test_a_clip_mirrored_at_its_diagonal_goes_the_other_way(shipped):
    clips = sample_clips(50, rng(9))
    motion, _, _ = shipped(clips.videos.transpose(3, 4)).named()
    assert (motion == 1 - clips.motion).float().mean() > 0.97  # x is y
