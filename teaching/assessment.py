"""Assess an answer by what it does, and name the mistake that does the same."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import torch

from teaching.difference import common_factor, in_words
from teaching.exercise import Answer, Case, Exercise, misfit, parts
from teaching.observation import Observation, first_difference, observe
from teaching.time_limit import Overtime, call_within

Status = Literal["passed", "wrong", "raised", "timed out", "not attempted"]


class Verdict(NamedTuple):
    """What the assessment of an answer came to.

    ``mistake`` is the name of a known wrong answer that behaves the same, if any;
    ``advice`` is for the learner, in words; ``points`` are the points earned;
    ``verified`` lists what was compared; ``printed`` is what the answer printed.
    """

    status: Status
    mistake: str | None
    advice: str
    points: int
    verified: tuple[str, ...] = ()
    printed: str = ""


@contextmanager
def _one_thread() -> Iterator[None]:
    """Tiny tensors gain nothing by more, and wait for each other on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@_one_thread()
def assess(exercise: Exercise, answer: Any, *, seed: int) -> Verdict:
    """Compare an answer with the reference on random cases drawn from ``seed``.

    Never raises for anything the answer is or does: a wrong type, an exception, an
    endless loop and a changed argument each become a verdict in words.
    """
    problem = misfit(exercise, answer)
    if problem:
        return Verdict("wrong", None, problem, 0)
    cases = exercise.draw(seed)
    try:
        seen = call_within(exercise.seconds, lambda: observe_all(answer, cases))
    except NotImplementedError:
        return Verdict("not attempted", None, _UNANSWERED, 0)
    except Overtime:
        advice = _OVERTIME.format(seconds=f"{exercise.seconds:g}")
        return Verdict("timed out", None, advice, 0)
    except KeyboardInterrupt:  # an answer's own is observed: this one is the user's
        raise
    except BaseException as error:  # an answer can raise anything, also to the observer
        return Verdict("raised", None, f"{type(error).__name__}: {error}", 0)
    return compare(exercise, cases, seen.result)._replace(printed=seen.printed)


def observe_all(answer: Answer, cases: Sequence[Case]) -> list[Observation]:
    """What the answer shows in each case."""
    functions = parts(answer)
    return [observe(functions[case.part], case) for case in cases]


def compare(
    exercise: Exercise, cases: Sequence[Case], seen: Sequence[Observation]
) -> Verdict:
    """The verdict on observations that were made anywhere, also in a sandbox."""
    needed = observe_all(exercise.reference, cases)
    for case, got, wanted in zip(cases, seen, needed, strict=True):
        difference = first_difference(got, wanted)
        if difference is None:
            continue
        status: Status = "raised" if "raised" in got.facts else "wrong"
        for mistake in exercise.mistakes:
            if _alike(seen, observe_all(mistake.answer, cases)):
                return Verdict(status, mistake.name, mistake.advice, 0)
        advice = in_words(exercise.names[case.part], case, difference, got.message)
        pairs = [
            (x.values[difference.what], y.values[difference.what])
            for x, y in zip(seen, needed, strict=True)
            if difference.what in x.values and difference.what in y.values
        ]
        return Verdict(status, None, f"{advice} {common_factor(pairs)}".strip(), 0)
    verified = tuple(dict.fromkeys(case.label for case in cases))
    return Verdict("passed", None, "", exercise.points, verified)


def _alike(a: Sequence[Observation], b: Sequence[Observation]) -> bool:
    """The same in every case. Exceptions alone prove it by the same text only."""
    pairs = list(zip(a, b, strict=True))
    if any(first_difference(*pair) for pair in pairs):
        return False
    returned = any("raised" not in x.facts for x in a)
    return returned or all(x.message == y.message for x, y in pairs)


_UNANSWERED = "Nothing here yet: replace the line `raise NotImplementedError` and run."
_OVERTIME = (
    "Still running after {seconds} s, so the check stopped it. Is there a loop whose "
    "end is never reached?"
)
