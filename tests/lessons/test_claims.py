"""Lesson texts cite exactly the registered claims, and each claim has a record."""

import pytest

from lessons import CLAIMS, LESSONS, claims_of
from lessons.build.editions import ROOT
from lessons.claims import RECORDS, cited, main, with_figures
from teaching.claims import ClaimRecord, read_records

KNOWN = ClaimRecord("It <is> so.", 3, {"modes": 8.0}, 1.0, "2026-01-01", "x86_64")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_lesson_cites_exactly_its_claims(lesson):
    text = (ROOT / "lessons" / lesson.name / "lesson.py").read_text()
    assert set(cited(text)) == set(claims_of(lesson))


@pytest.mark.parametrize("id", CLAIMS)
def test_claim_has_a_record_of_a_full_run(id):
    known = read_records(RECORDS)[id]
    assert (known.statement, known.seeds) == (CLAIMS[id].statement, CLAIMS[id].seeds)


@pytest.mark.parametrize("id", CLAIMS)
def test_claim_holds_in_its_short_form(id):
    CLAIMS[id].run(full=False)


def test_citation_shows_the_figures_and_unknown_ids_are_kept():
    text = with_figures("So it is [C1.1], or not [C1.2].", {"C1.1": KNOWN})
    assert '<abbr title="It &lt;is&gt; so. Measured with 3 seeds' in text
    assert "modes: 8" in text and "[C1.2]." in text


def test_unknown_claim_gives_an_error_message(capsys):
    assert main(["C9.9"]) == 2
    assert "There is no claim C9.9" in capsys.readouterr().out
