"""Every check is tested: correct answers pass, and known mistakes are recognised.

`pytest tests/lessons/test_exercises.py -rP` prints how many of the generic slips change
the result, and which of these a check does not detect.
"""

import ast
import inspect
import math
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from inspect import getdoc, isclass, signature
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import torch

from lessons import EXERCISES
from teaching import assessment
from teaching.assessment import Verdict, assess, compare, observe_case
from teaching.exercise import Answer, Case, Exercise, parts
from teaching.observation import Observation, first_difference
from teaching.source_code import body_of

sys.path.insert(0, str(Path(__file__).parent))
from slips import changes, same, slips

SEEDS = range(20)

each = pytest.mark.parametrize("id", EXERCISES)


@each
def test_exercise_is_complete(id: str) -> None:
    exercise = EXERCISES[id]
    names = [mistake.name for mistake in exercise.mistakes]
    assert exercise.id == id
    assert len(set(names)) == len(names) >= 6
    assert len(exercise.alternatives) >= 2
    assert len(exercise.hints) == 3
    assert exercise.points > 0 < exercise.minutes
    assert exercise.difficulty in (1, 2, 3)
    assert all(len(mistake.advice.split()) >= 10 for mistake in exercise.mistakes)


@each
def test_cases_depend_on_the_seed_only(id: str) -> None:
    exercise = EXERCISES[id]
    once, again, other = (
        assessment.observe_all(exercise.reference, exercise.draw(seed))
        for seed in (7, 7, 8)
    )
    assert all(same(x, y) for x, y in zip(once, again, strict=True))
    assert not all(same(x, y) for x, y in zip(once, other, strict=True))


@each
def test_every_default_of_the_reference_has_a_case(id: str) -> None:
    exercise = EXERCISES[id]
    for index, part in enumerate(parts(exercise.reference)):
        if isclass(part):
            continue  # the constructor's arguments are given by the case
        cases = [case for case in exercise.draw(0) if case.part == index]
        for name, parameter in signature(part).parameters.items():
            if parameter.default is not parameter.empty:
                assert any(name not in case.arguments for case in cases), name


@each
def test_every_documented_error_has_a_case(id: str) -> None:
    """Every argument that the docstring's ``Raises`` names is in a refusal's label."""
    exercise = EXERCISES[id]
    labels = " ".join(x.label for x in exercise.draw(0) if x.label.endswith("refused"))
    for part in parts(exercise.reference):
        _, raises, entries = (getdoc(part) or "").partition("Raises:\n")
        words = set(re.findall(r"\w+", entries.partition("\n\n")[0]))
        for name in signature(part).parameters:
            if raises and name in words:
                assert name in labels, name
        assert not raises or labels


@each
def test_every_case_detects_a_mistake(id: str) -> None:
    exercise = EXERCISES[id]
    cases = exercise.draw(0)
    idle = {case.label for case in cases}
    needed = observed(id, 0, 0)
    for number in range(1 + len(exercise.alternatives), len(catalogue(exercise))):
        seen = zip(cases, observed(id, number, 0), needed, strict=True)
        idle -= {case.label for case, a, b in seen if first_difference(a, b)}
    assert not idle


@each
def test_cases_do_not_use_the_global_random_state(id: str) -> None:
    before = torch.get_rng_state()
    EXERCISES[id].draw(0)
    assert torch.equal(torch.get_rng_state(), before)


@each
def test_results_of_the_reference_are_finite(id: str) -> None:
    """Results and gradients are finite, because NaN would agree with any NaN.

    The label of a case that must raise ValueError ends with "is refused"; where a
    result is infinite, the label says so.
    """
    for seed in SEEDS:
        cases = EXERCISES[id].draw(seed)
        for case, seen in zip(cases, observed(id, 0, seed), strict=True):
            refusal = "ValueError" if case.label.endswith("is refused") else None
            assert seen.facts.get("raised") == refusal, seen.message
            for value in seen.values.values():
                infinite = "infinite" in case.label and not value.isnan().any()
                assert infinite or value.isfinite().all()


@each
def test_correct_answers_pass(id: str) -> None:
    exercise = EXERCISES[id]
    for answer in (exercise.reference, *exercise.alternatives):
        for seed in SEEDS:
            verdict = verdict_on(exercise, answer, seed)
            assert verdict.status == "passed", (seed, verdict.advice)
        assert assess(exercise, answer, seed=0).points == exercise.points


@each
def test_every_mistake_is_recognised(id: str) -> None:
    exercise = EXERCISES[id]
    for mistake in exercise.mistakes:
        for seed in SEEDS:
            verdict = verdict_on(exercise, mistake.answer, seed)
            assert (verdict.mistake, verdict.points) == (mistake.name, 0), seed
        verdict = assess(exercise, mistake.answer, seed=0)
        assert (verdict.mistake, verdict.advice) == (mistake.name, mistake.advice)


@each
def test_two_mistakes_at_once_get_a_description(id: str) -> None:
    exercise = EXERCISES[id]
    own = {mistake.name for mistake in exercise.mistakes}
    for mistake in exercise.mistakes:
        twice_wrong = tuple(scaled(part) for part in parts(mistake.answer))
        verdict = assess(exercise, twice_wrong, seed=0)
        if verdict.status == "wrong":  # what raises has no result to be scaled
            assert verdict.mistake not in own, mistake.name  # a common one at most
            assert verdict.advice.startswith("In the case “")


@each
def test_hints_and_advice_do_not_contain_the_answer(id: str) -> None:
    exercise = EXERCISES[id]
    shown = [*exercise.hints, *(mistake.advice for mistake in exercise.mistakes)]
    answers = list(expressions_of(exercise))
    assert answers
    for answer in answers:
        assert not any(answer in "".join(text.split()) for text in shown), answer


@pytest.mark.parametrize(
    ("id", "label", "value"),
    [
        ("X1.3", "log 2 at most", math.log(2)),
        ("X1.3", "0 for equal distributions", 0),
        ("X1.7", "a gradient norm of 3 costs 4", 4),
        ("X1.7", "a gradient norm of 1/2 costs 1/4", 1 / 4),
        ("X3.1", "a posterior equal to the prior has KL 0", 0),
        ("X3.6", "equal Gaussians have KL 0", 0),
    ],
)
def test_results_stated_in_labels_are_correct(id: str, label: str, value) -> None:
    (index,) = [i for i, x in enumerate(EXERCISES[id].draw(0)) if x.label == label]
    result = observed(id, 0, 0)[index].values["the result"]
    torch.testing.assert_close(result, torch.full_like(result, value))


@each
def test_slips_that_change_the_result_are_rejected(id: str) -> None:
    exercise = EXERCISES[id]
    rejected, survived, unchanged = [], [], []
    with cached_observations(exercise, 0), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for slip, answer in slips(exercise):
            if assess(exercise, answer, seed=0).status != "passed":
                rejected.append(slip)
            else:
                (survived if changes(exercise, answer) else unchanged).append(slip)
    n_wrong = len(rejected) + len(survived)
    print(
        f"{id}: {len(rejected)} of {n_wrong} slips that change the result are rejected."
    )
    print(f"  {len(survived)} survive: {'; '.join(survived) or 'none'}.")
    print(f"  {len(unchanged)} change nothing: {'; '.join(unchanged) or 'none'}.")
    assert len(rejected) >= 10
    assert len(rejected) >= 0.95 * n_wrong, survived


def verdict_on(exercise: Exercise, answer: Answer, seed: int) -> Verdict:
    """The verdict on an answer of the catalogue, with cached observations."""
    cases = cases_of(exercise.id, seed)
    with cached_observations(exercise, seed):
        return compare(exercise, cases, assessment.observe_all(answer, cases))


@contextmanager
def cached_observations(exercise: Exercise, seed: int) -> Iterator[None]:
    """Use cached observations for the answers of the catalogue."""
    numbers = {id(answer): i for i, answer in enumerate(catalogue(exercise))}

    def observe(answer: Answer, cases: Sequence[Case], index: int) -> Observation:
        if id(answer) not in numbers:
            return observe_case(answer, cases, index)
        return observed_case(exercise.id, numbers[id(answer)], seed, index)

    with patch.object(assessment, "observe_case", observe):
        yield


@cache
def cases_of(id: str, seed: int) -> Sequence[Case]:
    return EXERCISES[id].draw(seed)


@cache
def observed_case(id: str, number: int, seed: int, index: int) -> Observation:
    answer = catalogue(EXERCISES[id])[number]
    return observe_case(answer, cases_of(id, seed), index)


def observed(id: str, number: int, seed: int) -> Sequence[Observation]:
    indices = range(len(cases_of(id, seed)))
    return [observed_case(id, number, seed, index) for index in indices]


def catalogue(exercise: Exercise) -> Sequence[Answer]:
    """All answers of an exercise: reference, alternatives, mistakes."""
    wrong = (mistake.answer for mistake in exercise.mistakes)
    return (exercise.reference, *exercise.alternatives, *wrong)


def scaled(function: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.isclass(function):

        class Scaled(function):
            def forward(self, *args: Any, **kwargs: Any) -> Any:
                return 1.37 * super().forward(*args, **kwargs)

        return Scaled

    def answer(**arguments: Any) -> Any:
        result = function(**arguments)
        whole = not isinstance(result, tuple)
        return 1.37 * result if whole else tuple(1.37 * part for part in result)

    return answer


def expressions_of(exercise: Exercise) -> Iterator[str]:
    """The longer expressions of the reference, without spaces."""
    for part in parts(exercise.reference):
        for node in ast.walk(ast.parse(f"def f():\n{body_of(part, exercise.methods)}")):
            if isinstance(node, ast.Call | ast.BinOp):
                text = "".join(ast.unparse(node).split())
                if len(text) > 12:
                    yield text
