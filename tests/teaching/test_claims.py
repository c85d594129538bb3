"""A claim runs with its seeds, asserts its statement, and records its figures."""

import pytest

from teaching.claims import Claims, Run, as_json, read_records, record

CLAIMS = Claims()


@CLAIMS.claim("C9.1", "A square is not negative.", seeds=4)
def squares(run: Run):
    values = [seed**2 for seed in run.seeds]
    assert min(values) >= 0
    return {"largest": max(values), "steps": run.pick(short=1, full=10)}


@CLAIMS.claim("C9.2", "A seed is below 2.")
def false(run: Run):
    assert max(run.seeds) < 2
    return {}


def test_short_run_uses_one_seed_and_full_run_all():
    assert CLAIMS["C9.1"].run(full=False) == {"largest": 0, "steps": 1}
    assert CLAIMS["C9.1"].run(full=True) == {"largest": 9, "steps": 10}


def test_false_statement_raises():
    CLAIMS["C9.2"].run(full=False)
    with pytest.raises(AssertionError):
        record(CLAIMS["C9.2"])


def test_claims_cannot_share_an_id():
    with pytest.raises(ValueError, match="two claims"):
        CLAIMS.claim("C9.1", "Another.")(lambda run: {})


def test_records_are_read_as_written(tmp_path):
    found = {"C9.1": record(CLAIMS["C9.1"])}
    path = tmp_path / "claims.json"
    assert read_records(path) == {}
    path.write_text(as_json(found), encoding="utf-8")
    assert read_records(path) == found
    assert found["C9.1"].figures == {"largest": 9.0, "steps": 10.0}
