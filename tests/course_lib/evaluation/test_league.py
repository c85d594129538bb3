"""The protocol of the league: values, intervals, missing metrics, errors."""

import pytest
import torch

from course_lib.evaluation.league import (
    LEAGUE_METRICS,
    LEVEL,
    PROTOCOL,
    evaluate_clips,
    intervals_are_disjoint,
    real_clips,
    real_features,
)
from course_lib.evaluation.registry import METRICS, N_NEIGHBOURS, N_WARPED
from course_lib.metrics.content import average_content_distance
from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.intervals import (
    Interval,
    bootstrap_interval,
    subsampling_intervals,
)
from course_lib.metrics.kernel_distance import kernel_distance
from course_lib.metrics.manifold import density_coverage, precision_recall
from course_lib.metrics.warping import warping_errors
from course_lib.mocogan.training import Clips
from course_lib.training.classifier import classifier, clip_features

N = 24


@pytest.fixture(scope="module")
def clips():
    return real_clips(N, seed=5)


@pytest.fixture(scope="module")
def scores(clips):
    return evaluate_clips(clips, n_draws=20)


def test_values_are_those_of_the_metrics(clips, scores):
    content = average_content_distance(clips.videos)
    values = [scores[name].value for name in ("distance", "empty", "step")]
    assert values == pytest.approx([*content])
    features = clip_features(clips.videos)
    distance = frechet_distance(real_features(), features)
    assert scores["frechet"].value == pytest.approx(distance)
    manifold = density_coverage(real_features(), features, k=N_NEIGHBOURS)
    assert scores["coverage"].value == manifold.coverage


@torch.no_grad()
def test_intervals_are_drawn_in_the_order_of_the_published_table(clips, scores):
    """One generator: metrics of sets, motion, warping, then the content distance."""
    rng = torch.Generator().manual_seed(0)
    features = clip_features(clips.videos)

    def set_metrics(rows):
        return (
            frechet_distance(real_features(), rows),
            kernel_distance(real_features(), rows),
            *precision_recall(real_features(), rows, k=N_NEIGHBOURS),
            *density_coverage(real_features(), rows, k=N_NEIGHBOURS),
        )

    sets = subsampling_intervals(set_metrics, features, rng, level=LEVEL, n_draws=20)
    motion = classifier().heads[0](features).argmax(dim=1) == clips.category
    warping = warping_errors(clips.videos[:N_WARPED]).error
    content = [average_content_distance(clip[None]) for clip in clips.videos]
    columns = torch.tensor(content, dtype=torch.float64).T
    motion, warping, *content = (
        bootstrap_interval(values, rng, level=LEVEL)
        for values in (motion.double(), warping, *columns)
    )
    assert [*scores.values()] == [*content, *sets, warping, motion]


def test_scores_have_the_league_s_metrics_in_the_order_of_its_columns(scores):
    assert tuple(scores) == LEAGUE_METRICS
    assert set(LEAGUE_METRICS) <= set(METRICS)


def test_values_lie_in_their_intervals(scores):
    assert all(low <= value <= high for low, value, high in scores.values())
    assert scores["step"].low < scores["step"].high


def test_real_clips_have_their_motion_and_content_distance_0(scores):
    assert scores["motion"].value > 0.95
    assert scores["distance"] == (0, 0, 0)


def test_metrics_that_cannot_be_computed_are_none(clips):
    scores = evaluate_clips(Clips(clips.videos[:8]))
    missing = {name for name, interval in scores.items() if interval is None}
    needs_sets = {m.name for m in METRICS.values() if m.needs == "features"}
    assert missing == {*needs_sets, "motion"}
    assert scores["step"].value > 0 and scores["warping"].value > 0


def test_the_protocol_states_what_the_values_depend_on():
    for word in ("16 frames", "stride 2", "no FVD", "90%", "5 nearest"):
        assert word in PROTOCOL


@pytest.mark.parametrize(
    ("a", "b", "disjoint"),
    [
        (Interval(2, 3, 4), Interval(0, 1, 1.5), True),
        (Interval(0, 1, 1.5), Interval(2, 3, 4), True),
        (Interval(0, 1, 2), Interval(2, 3, 4), False),
        (None, Interval(2, 3, 4), False),
    ],
)
def test_intervals_are_disjoint_unless_they_overlap_or_are_missing(a, b, disjoint):
    assert intervals_are_disjoint(a, b) is disjoint


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
def test_clips_of_other_sizes_or_ranges_raise_an_error(videos, words):
    with pytest.raises(ValueError, match=words):
        evaluate_clips(Clips(videos))
