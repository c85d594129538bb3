"""The table of corruptions: every statement of lesson 05 about it is a test here."""

import pytest

from course_lib.evaluation.corruption_table import (
    UNCORRUPTED,
    corruption_table,
    detections,
    detects,
)
from course_lib.evaluation.league import LEAGUE_METRICS
from course_lib.metrics.corruptions import CORRUPTIONS

N, DRAWS = 64, 40


@pytest.fixture(scope="module")
def table():
    return corruption_table(N, DRAWS)


def test_there_is_a_row_for_every_corruption_and_a_column_for_every_metric(table):
    assert list(table) == [UNCORRUPTED, *CORRUPTIONS]
    detected = detections(table)
    assert detected.shape == (len(CORRUPTIONS), len(LEAGUE_METRICS))
    step = LEAGUE_METRICS.index("step")
    assert detected[:, step].tolist() == [
        detects(table, "step", name) for name in CORRUPTIONS
    ]


@pytest.mark.parametrize(
    ("metric", "corruption"),
    [
        ("step", "freeze"),
        ("warping", "freeze"),
        ("frechet", "freeze"),
        ("motion", "freeze"),
        ("step", "shuffle"),
        ("warping", "shuffle"),
        ("frechet", "shuffle"),
        ("frechet", "reverse"),  # no training clip of the classifier moves to the left
        ("motion", "reverse"),
        ("frechet", "blur"),
        ("frechet", "noise"),
        ("warping", "noise"),
        ("distance", "swap one frame"),
        ("warping", "swap one frame"),
        ("distance", "recolour"),
    ],
)
def test_metrics_that_detect_a_corruption(table, metric, corruption):
    assert detects(table, metric, corruption)


@pytest.mark.parametrize(
    ("metric", "corruption"),
    [
        ("distance", "freeze"),  # frozen clips have distance 0
        ("distance", "shuffle"),  # a mean over all pairs, in any order
        ("distance", "reverse"),
        ("step", "reverse"),
        ("warping", "reverse"),  # the error is nearly symmetric in time
        ("motion", "blur"),
        ("frechet", "swap one frame"),  # the classifier was not trained for either
        ("frechet", "recolour"),
        ("kernel", "recolour"),
        ("step", "recolour"),
        ("motion", "recolour"),
    ],
)
def test_metrics_that_do_not_detect_a_corruption(table, metric, corruption):
    assert not detects(table, metric, corruption)


def test_frozen_clips_have_the_best_distance_and_warping_error_and_step_0(table):
    frozen, real = table["freeze"], table[UNCORRUPTED]
    assert frozen["distance"].value <= real["distance"].value
    assert frozen["warping"].value < real["warping"].value
    assert frozen["step"].value == 0
