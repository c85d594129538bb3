"""Assess an answer: compare it with the reference and recognise known mistakes.

An answer is called on random cases. If it differs from the reference, its results are
compared with those of each known mistake, whose advice the learner then gets.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import torch

from teaching.difference import explain
from teaching.exercise import (
    Answer,
    Case,
    Exercise,
    Mistake,
    parts,
    problem_with_answer,
)
from teaching.observation import (
    Difference,
    Observation,
    first_difference,
    observe,
)
from teaching.relations import CasePair
from teaching.time_limit import Overtime, call_with_timeout

Status = Literal["passed", "wrong", "raised", "timed out", "not attempted"]


class Verdict(NamedTuple):
    """The result of assessing an answer.

    Attributes:
        status: See ``Status``.
        mistake: The name of the known wrong answer that behaves the same, or of a
            mistake that is common to all exercises, such as a missing gradient.
        advice: What to tell the learner.
        points: The points earned.
        verified: The labels of the cases in which the answer agreed.
        printed: The output of the answer, warnings included.
    """

    status: Status
    mistake: str | None
    advice: str
    points: int
    verified: tuple[str, ...] = ()
    printed: str = ""


@contextmanager
def _single_thread() -> Iterator[None]:
    """Run on one thread: small tensors gain nothing from more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@_single_thread()
def assess(exercise: Exercise, answer: Any, *, seed: int) -> Verdict:
    """Compare an answer with the reference on random cases drawn from ``seed``.

    Never raises because of the answer: a wrong type, an exception, an endless loop or
    a modified argument gives a verdict that explains it.
    """
    problem = problem_with_answer(exercise, answer)
    if problem:
        return Verdict("wrong", None, problem, 0)
    cases = exercise.draw(seed)
    try:
        result = call_with_timeout(exercise.seconds, lambda: observe_all(answer, cases))
    except NotImplementedError:
        return Verdict("not attempted", None, _NOT_ATTEMPTED, 0)
    except Overtime:
        advice = _TIMED_OUT.format(seconds=f"{exercise.seconds:g}")
        return Verdict("timed out", None, advice, 0)
    except KeyboardInterrupt:  # the user's; one raised by the answer is observed
        raise
    except BaseException as error:  # an answer may raise any exception
        return Verdict("raised", None, f"{type(error).__name__}: {error}", 0)
    return compare(exercise, cases, result.result)._replace(printed=result.printed)


def observe_case(answer: Answer, cases: Sequence[Case], index: int) -> Observation:
    """The observation of one case."""
    case = cases[index]
    return observe(parts(answer)[case.part], case)


def observe_all(answer: Answer, cases: Sequence[Case]) -> list[Observation]:
    """One observation for each case."""
    return [observe_case(answer, cases, index) for index in range(len(cases))]


def compare(
    exercise: Exercise, cases: Sequence[Case], observations: Sequence[Observation]
) -> Verdict:
    """The verdict on an answer, given its observations.

    They may come from another process, such as the sandbox of ``course grade``.
    """
    expected = observe_all(exercise.reference, cases)
    pairs = zip(cases, observations, expected, strict=True)
    for index, (case, got, needed) in enumerate(pairs):
        difference = first_difference(got, needed)
        if difference is None:
            continue
        status: Status = "raised" if "raised" in got.facts else "wrong"
        mistake = _known_mistake(
            exercise, cases, observations, expected, difference, index
        )
        if mistake:
            return Verdict(status, mistake.name, mistake.advice, 0)
        numbers = _numbers_in_all_cases(
            difference.what, case.part, cases, observations, expected
        )
        name = exercise.names[case.part]
        return Verdict(status, *explain(name, case, got, needed, numbers), 0)
    verified = tuple(dict.fromkeys(case.label for case in cases))
    return Verdict("passed", None, "", exercise.points, verified)


def _known_mistake(
    exercise: Exercise,
    cases: Sequence[Case],
    answer: Sequence[Observation],
    expected: Sequence[Observation],
    difference: Difference,
    index: int,
) -> Mistake | None:
    """The first known mistake with the same results as the answer, if there is one.

    ``difference`` is that of the case ``index``, the first that the answer fails.

    A mistake that agrees in all cases comes first. Otherwise one may agree in all cases
    in which neither the answer nor the reference raises: a missing check of arguments
    or a failure in a special case does not hide another mistake.
    """
    # a number in place of a tensor is another mistake than a wrong tensor
    strict = difference.what.startswith("kind of")
    known: dict[tuple[str, int], Observation] = {}

    def wrong(mistake: Mistake, i: int) -> Observation:
        if (mistake.name, i) not in known:
            known[mistake.name, i] = observe_case(mistake.answer, cases, i)
        return known[mistake.name, i]

    # most mistakes differ from the answer in the case in which it is wrong
    everywhere = sorted(range(len(cases)), key=lambda i: i != index)
    returned = [
        i
        for i in everywhere
        if "raised" not in answer[i].facts and "raised" not in expected[i].facts
    ]
    for chosen in (everywhere, returned):
        if chosen is returned and difference.what == "raised":
            return None
        for mistake in exercise.mistakes:
            pairs = ((answer[i], wrong(mistake, i)) for i in chosen)
            if _behave_alike(pairs, strict=strict) and any(
                first_difference(wrong(mistake, i), expected[i]) for i in chosen
            ):
                return mistake
    return None


def _behave_alike(
    pairs: Iterable[tuple[Observation, Observation]], *, strict: bool
) -> bool:
    """Whether both observations of each pair are the same.

    If all cases raise, the texts of the exceptions must agree too: the same type of
    exception does not show that the mistake is the same.
    """
    returned, same_messages = False, True
    for one, other in pairs:
        if first_difference(one, other, strict=strict):
            return False
        returned |= "raised" not in one.facts
        same_messages &= one.message == other.message
    return returned or same_messages


def _numbers_in_all_cases(
    what: str,
    part: int,
    cases: Sequence[Case],
    observations: Sequence[Observation],
    expected: Sequence[Observation],
) -> list[CasePair]:
    """A result in all cases of one function, where it is a single number."""
    return [
        CasePair(float(got.values[what]), float(needed.values[what]), case.arguments)
        for case, got, needed in zip(cases, observations, expected, strict=True)
        if case.part == part
        and what in got.values
        and what in needed.values
        and got.values[what].numel() == needed.values[what].numel() == 1
    ]


_NOT_ATTEMPTED = (
    "Nothing here yet: replace the line `raise NotImplementedError` and run."
)
_TIMED_OUT = (
    "Still running after {seconds} s, so the check stopped it. Is there a loop whose "
    "end is never reached?"
)
