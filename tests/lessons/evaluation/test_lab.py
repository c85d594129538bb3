"""The lab of lesson 05: each fault can be diagnosed from its table alone."""

from math import log10

import pytest
import torch

from lessons.evaluation.figures.sample_size_bias import expected_bias
from lessons.evaluation.lab import (
    FAULTS,
    N_FEATURES,
    N_FEW,
    N_REAL,
    N_SAMPLES,
    Table,
)

KEYS = ("A", "B", "C", "D")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module", params=[0, 1, 2])
def tables(request):
    """Each table by its own and by a fair protocol, by letter, with one seed."""
    return {
        fault.key: (
            fault.published(rng(request.param)),
            fault.honest(rng(request.param)),
        )
        for fault in FAULTS
    }


def diagnosis(table: Table) -> str:
    """The letter of the fault that a table shows, or "healthy", by simple rules."""
    columns = dict(
        zip(table.columns, zip(*table.rows.values(), strict=True), strict=True)
    )
    if len(set(columns.get("clips", ()))) > 1:
        return "A"
    if "PSNR" in columns:
        pairs = zip(columns["MSE"], columns["PSNR"], strict=True)
        return "B" if any(abs(d + 10 * log10(e)) > 1 for e, d in pairs) else "healthy"
    if len(set(columns.get("samples", ()))) > 1:
        return "C"
    agreed = 85 if "85 % of real clips" in table.caption else 100
    return "D" if max(columns.get("accuracy", (0,))) > agreed + 5 else "healthy"


def test_each_fault_is_diagnosed_and_none_in_the_honest_tables(tables):
    for key, (published, honest) in tables.items():
        assert diagnosis(published) == key
        assert diagnosis(honest) == "healthy"


def test_both_protocols_have_the_same_rows_and_columns(tables):
    for published, honest in tables.values():
        assert published.columns == honest.columns
        assert published.caption == honest.caption
        assert [*published.rows] == [*honest.rows]
        assert all(
            len(row) == len(published.columns) for row in published.rows.values()
        )


def test_a_perfect_baseline_has_a_larger_distance_because_of_its_few_clips(tables):
    published, honest = tables["A"]
    unequal = {name: row[1] for name, row in published.rows.items()}
    equal = {name: row[1] for name, row in honest.rows.items()}
    assert min(unequal, key=unequal.get) == "ours"
    assert min(equal, key=equal.get) == "baseline"
    assert unequal["ours"] == equal["ours"]
    expected = (
        expected_bias(N_FEATURES, N_FEW) / 2 + expected_bias(N_FEATURES, N_REAL) / 2
    )
    assert unequal["baseline"] == pytest.approx(expected, rel=0.35)
    assert equal["baseline"] == pytest.approx(
        expected_bias(N_FEATURES, N_REAL), rel=0.2
    )


def test_twice_the_data_range_adds_6_decibels_and_changes_the_ranking(tables):
    published, honest = tables["B"]
    gain = published.rows["ours"][1] - honest.rows["ours"][1]
    assert gain == pytest.approx(20 * log10(2), abs=1e-4)
    printed, fair = ({n: r[1] for n, r in t.rows.items()} for t in (published, honest))
    assert max(printed, key=printed.get) == "ours"
    assert max(fair, key=fair.get) == "baseline"
    assert published.rows["baseline"] == honest.rows["baseline"]


def test_the_best_of_many_random_samples_wins_and_one_sample_has_twice_the_error(
    tables,
):
    published, honest = tables["C"]
    assert published.rows["ours"][0] == N_SAMPLES
    assert published.rows["ours"][1] < published.rows["predictor"][1] / 3
    one_sample, constant = honest.rows["ours"][1], honest.rows["always 0"][1]
    assert one_sample == pytest.approx(
        2 * constant, rel=0.15
    )  # two variances instead of one


def test_a_classifier_trained_on_the_test_clips_is_always_right_on_them(tables):
    published, honest = tables["D"]
    assert published.rows["real"] == (100.0,)
    assert honest.rows["real"][0] < 85
    assert abs(honest.rows["real"][0] - honest.rows["ours"][0]) < 8
    assert published.rows["ours"][0] > published.rows["baseline"][0] + 5


def test_tables_are_repeatable_and_depend_on_the_seed():
    for fault in FAULTS:
        for table in (fault.published, fault.honest):
            assert table(rng(3)) == table(rng(3))
        assert fault.published(rng(3)) != fault.published(rng(4))


def test_the_letters_run_from_a_to_d_and_every_fault_is_explained():
    assert tuple(fault.key for fault in FAULTS) == KEYS
    for field in ("name", "symptom", "explanation"):
        assert len({getattr(fault, field) for fault in FAULTS}) == len(FAULTS)
    for fault in FAULTS:
        assert fault.symptom[-1] in ".?" and fault.explanation.endswith(".")
        assert fault.name not in fault.symptom
