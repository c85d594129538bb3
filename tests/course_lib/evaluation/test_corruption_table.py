"""Who notices what: every claim that a text may make of the table is a test here."""

import pytest

from course_lib.evaluation.corruption_table import (
    WHOLE,
    corruption_table,
    notices,
    sees,
)
from course_lib.evaluation.league import Rating
from course_lib.metrics.corruptions import CORRUPTIONS

N, DRAWS = 64, 40


@pytest.fixture(scope="module")
def table():
    return corruption_table(N, DRAWS)


def test_there_is_a_row_for_every_corruption_and_a_column_for_every_measure(table):
    assert list(table) == [WHOLE, *CORRUPTIONS]
    found = notices(table)
    assert found.shape == (len(CORRUPTIONS), len(Rating._fields))
    step = Rating._fields.index("step")
    assert found[:, step].tolist() == [
        sees(table, "step", name) for name in CORRUPTIONS
    ]


@pytest.mark.parametrize(
    ("measure", "corruption"),
    [
        ("step", "freeze"),
        ("warping", "freeze"),
        ("frechet", "freeze"),
        ("motion", "freeze"),
        ("step", "shuffle"),
        ("warping", "shuffle"),
        ("frechet", "shuffle"),
        ("frechet", "reverse"),  # the classifier never saw a shape come from the right
        ("motion", "reverse"),
        ("frechet", "blur"),
        ("frechet", "noise"),
        ("warping", "noise"),
        ("distance", "swap one frame"),
        ("warping", "swap one frame"),
        ("distance", "recolour"),
    ],
)
def test_what_is_noticed(table, measure, corruption):
    assert sees(table, measure, corruption)


@pytest.mark.parametrize(
    ("measure", "corruption"),
    [
        ("distance", "freeze"),  # what stands still stays itself
        ("distance", "shuffle"),  # all pairs of frames: their order is nothing
        ("distance", "reverse"),
        ("step", "reverse"),
        ("warping", "reverse"),  # a film fits as well backwards
        ("motion", "blur"),
        ("frechet", "swap one frame"),  # its net was not trained to see either
        ("frechet", "recolour"),
        ("kernel", "recolour"),
        ("step", "recolour"),
        ("motion", "recolour"),
    ],
)
def test_what_is_not_noticed(table, measure, corruption):
    assert not sees(table, measure, corruption)


def test_a_frozen_clip_wins_what_is_read_alone(table):
    frozen, whole = table["freeze"], table[WHOLE]
    assert frozen.distance.value <= whole.distance.value
    assert frozen.warping.value < whole.warping.value
    assert frozen.step.value == 0
