"""One protocol for every set of clips: figures, intervals, or nothing to say."""

import pytest
import torch

from course_lib.evaluation.league import (
    NEAREST,
    PROTOCOL,
    features_of,
    noticed,
    rate,
    real_clips,
    real_features,
)
from course_lib.metrics.content import average_content_distance
from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.intervals import Interval
from course_lib.metrics.manifold import density_coverage
from course_lib.mocogan.training import Clips

N = 24


@pytest.fixture(scope="module")
def clips():
    return real_clips(N, seed=5)


@pytest.fixture(scope="module")
def rating(clips):
    return rate(clips, n_draws=20)


def test_figures_are_those_of_the_metrics(clips, rating):
    content = average_content_distance(clips.videos)
    found = rating.distance.value, rating.empty.value, rating.step.value
    assert found == pytest.approx(tuple(content))
    seen = features_of(clips.videos)
    apart = frechet_distance(real_features(), seen)
    assert rating.frechet.value == pytest.approx(apart)
    near = density_coverage(real_features(), seen, k=NEAREST)
    assert rating.coverage.value == near.coverage


def test_every_figure_lies_in_its_interval(rating):
    assert all(low <= value <= high for low, value, high in rating)
    assert rating.step.low < rating.step.high


def test_real_clips_are_recognised_and_keep_their_colour(rating):
    assert rating.motion.value > 0.95
    assert rating.distance == (0, 0, 0)


def test_nothing_stands_where_nothing_can_be_said(clips):
    few = rate(Clips(clips.videos[:8]))
    assert few[3:9] == (None,) * 6 and few.motion is None
    assert few.step.value > 0 and few.warping.value > 0


def test_the_protocol_says_what_a_figure_depends_on():
    for word in ("16 frames", "stride 2", "no FVD", "90%", "5 nearest"):
        assert word in PROTOCOL


@pytest.mark.parametrize(
    ("broken", "whole", "sees"),
    [
        (Interval(2, 3, 4), Interval(0, 1, 1.5), True),
        (Interval(0, 1, 1.5), Interval(2, 3, 4), True),
        (Interval(0, 1, 2), Interval(2, 3, 4), False),
        (None, Interval(2, 3, 4), False),
    ],
)
def test_a_difference_within_the_intervals_is_none(broken, whole, sees):
    assert noticed(broken, whole) is sees


@pytest.mark.parametrize(
    ("videos", "words"),
    [
        (torch.zeros(1, 16, 3, 64, 64), "2 clips or more"),
        (-torch.ones(3, 8, 3, 64, 64), "Cut and resize"),
        (-torch.ones(3, 16, 3, 32, 64), "Cut and resize"),
        (torch.rand(3, 16, 3, 64, 64), r"lie in \[-1, 1\]"),
        (torch.full((3, 16, 3, 64, 64), torch.nan), "inf or nan"),
    ],
)
def test_clips_that_the_classifier_does_not_know_are_refused(videos, words):
    with pytest.raises(ValueError, match=words):
        rate(Clips(videos))
