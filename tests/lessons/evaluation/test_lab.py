"""The lab: four tables with a fault of protocol, each to be found by reading alone."""

from math import log10

import pytest
import torch

from lessons.evaluation.figures.sample_size_bias import expected_bias
from lessons.evaluation.lab import DRAWS, FAULTS, FEATURES, FEW, REAL, Table

KEYS = ("A", "B", "C", "D")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def fault(key):
    return FAULTS[KEYS.index(key)]


@pytest.fixture(scope="module", params=[0, 1, 2])
def tables(request):
    """Every table as printed and as measured fairly, by letter, at one seed."""
    return {
        known.key: (
            known.published(rng(request.param)),
            known.honest(rng(request.param)),
        )
        for known in FAULTS
    }


def diagnosis(table: Table) -> str:
    """What a reader can tell of one table, written as rules."""
    columns = dict(
        zip(table.columns, zip(*table.rows.values(), strict=True), strict=True)
    )
    if len(set(columns.get("clips", ()))) > 1:
        return "A"
    if "PSNR" in columns:
        pairs = zip(columns["MSE"], columns["PSNR"], strict=True)
        return "B" if any(abs(d + 10 * log10(e)) > 1 for e, d in pairs) else "healthy"
    if len(set(columns.get("answers", ()))) > 1:
        return "C"
    agreed = 85 if "85 % of real clips" in table.caption else 100
    return "D" if max(columns.get("accuracy", (0,))) > agreed + 5 else "healthy"


def test_each_fault_is_found_by_reading_and_none_in_the_honest_tables(tables):
    for key, (published, honest) in tables.items():
        assert diagnosis(published) == key
        assert diagnosis(honest) == "healthy"


def test_both_protocols_print_the_same_rows_and_columns(tables):
    for published, honest in tables.values():
        assert published.columns == honest.columns
        assert published.caption == honest.caption
        assert [*published.rows] == [*honest.rows]
        assert all(
            len(row) == len(published.columns) for row in published.rows.values()
        )


def test_a_perfect_rival_loses_by_the_bias_of_its_few_clips(tables):
    published, honest = tables["A"]
    at_size = {name: row[1] for name, row in published.rows.items()}
    at_equal = {name: row[1] for name, row in honest.rows.items()}
    assert min(at_size, key=at_size.get) == "ours"
    assert min(at_equal, key=at_equal.get) == "rival"
    assert at_size["ours"] == at_equal["ours"]
    halves = expected_bias(FEATURES, FEW) / 2 + expected_bias(FEATURES, REAL) / 2
    assert at_size["rival"] == pytest.approx(halves, rel=0.35)
    assert at_equal["rival"] == pytest.approx(expected_bias(FEATURES, REAL), rel=0.2)


def test_a_range_twice_too_wide_is_worth_6_decibels_and_the_first_place(tables):
    published, honest = tables["B"]
    gain = published.rows["ours"][1] - honest.rows["ours"][1]
    assert gain == pytest.approx(20 * log10(2), abs=1e-4)
    printed, fair = ({n: r[1] for n, r in t.rows.items()} for t in (published, honest))
    assert max(printed, key=printed.get) == "ours"
    assert max(fair, key=fair.get) == "rival"
    assert published.rows["rival"] == honest.rows["rival"]


def test_the_best_of_many_wins_with_no_knowledge_and_one_answer_pays_twice(tables):
    published, honest = tables["C"]
    assert published.rows["ours"][0] == DRAWS
    assert published.rows["ours"][1] < published.rows["predictor"][1] / 3
    one, never = honest.rows["ours"][1], honest.rows["always 0"][1]
    assert one == pytest.approx(2 * never, rel=0.15)  # two variances in place of one


def test_a_classifier_that_knows_the_test_clips_is_never_wrong_about_them(tables):
    published, honest = tables["D"]
    assert published.rows["real"] == (100.0,)
    assert honest.rows["real"][0] < 85
    assert abs(honest.rows["real"][0] - honest.rows["ours"][0]) < 8
    assert published.rows["ours"][0] > published.rows["rival"][0] + 5


def test_a_seed_gives_the_same_table_again_and_another_seed_another():
    for known in FAULTS:
        for table in (known.published, known.honest):
            assert table(rng(3)) == table(rng(3))
        assert known.published(rng(3)) != known.published(rng(4))


def test_the_letters_run_from_a_to_d_and_every_fault_is_explained():
    assert tuple(known.key for known in FAULTS) == KEYS
    for field in ("name", "symptom", "explanation"):
        assert len({getattr(known, field) for known in FAULTS}) == len(FAULTS)
    for known in FAULTS:
        assert known.symptom[-1] in ".?" and known.explanation.endswith(".")
        assert known.name not in known.symptom
