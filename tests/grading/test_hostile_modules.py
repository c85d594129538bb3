"""Attacks of modules and training steps: no pass is forged, each gets a true reason."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from attacks import WIRE, attacks
from classroom import KINDS, SECRET, graded_rows, grader, skip_what_is_not_there
from module_answers import HONEST, notebook_of
from module_exercises import EXERCISES, LESSON

from grading.cases import Question, questions_of
from grading.grader import Grader
from grading.limits import LIMITS

ATTACKS = attacks(Path(__file__).with_name("hostile_modules.txt"))


@pytest.fixture(scope="module", params=KINDS)
def attacked(request, tmp_path_factory) -> Iterator[Grader]:
    skip_what_is_not_there(request.param)
    folder = tmp_path_factory.mktemp("library")
    with grader(
        request.param, questions_of(LESSON, EXERCISES, SECRET), folder
    ) as judge:
        yield judge


def only(id: str, seconds: float) -> list[Question]:
    """One question; its calls may take so many seconds."""
    (exercise,) = [exercise for exercise in EXERCISES if exercise.id == id]
    return questions_of(LESSON, [replace(exercise, seconds=seconds)], SECRET)


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_attack_of_a_module_or_step_earns_nothing(attacked: Grader, name: str) -> None:
    statuses, word, code = ATTACKS[name]
    id = name.partition(": ")[0]
    attacked.questions = only(id, 1.0 if "timed-out" in statuses else 60.0)
    (asked,) = [exercise.names[0] for exercise in EXERCISES if exercise.id == id]
    right = f"{HONEST[id]}\nhonest = {asked}"
    text = code.replace("HONEST", right).replace("WIRE", WIRE)
    row = graded_rows(attacked, notebook_of({id: f"{text}\n{asked} = answer"}))[id]
    assert row.points == 0
    assert row.status.replace(" ", "-") in statuses.split(), row
    assert word.strip() in row.advice
    assert len(row.advice.split()) > 3
    assert len(row.advice) <= LIMITS.text


@pytest.mark.slow
def test_honest_answers_pass_after_all_attacks(attacked: Grader) -> None:
    attacked.questions = questions_of(LESSON, EXERCISES, SECRET)
    rows = graded_rows(attacked, notebook_of(HONEST))
    assert {id: rows[id].status for id in HONEST} == dict.fromkeys(HONEST, "passed")


def test_there_are_many_attacks_of_both_kinds() -> None:
    for id in ("X9.1", "X9.3"):
        assert sum(name.startswith(id) for name in ATTACKS) >= 30
