"""Find any exercise and equation of the course by its id, and show what it says.

Home: every lesson.

An id names its lesson: X1.4 and E1.4 belong to lesson 1. A lesson's package is loaded
when the first of its ids is asked for, and so are the slow packages that equations and
quizzes need.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Generic, NamedTuple, TypeVar

from IPython.display import Code, display

from teaching import assess as judging
from teaching.card import Card
from teaching.diagnosis import Fault, diagnosis_card
from teaching.exercise import Exercise, parts
from teaching.assess import Verdict
from teaching.source_code import source_of

SEED = 0  # of the cases in the notebook; a grader draws its own


class Lesson(NamedTuple):
    """One lesson: its number in ids, its file in ``lessons/``, its package."""

    number: str
    name: str
    package: str


LESSONS = (
    Lesson("1", "01_gan_math", "course_lib.gan"),
    Lesson("2", "02_lstm_predictor", "course_lib.predictor"),
    Lesson("3", "03_video_vae", "course_lib.vae"),
    Lesson("4", "04_mocogan", "course_lib.mocogan"),
    Lesson("5", "05_evaluation", "course_lib.metrics"),
)

Record = TypeVar("Record")


class Catalogue(Mapping[str, Record], Generic[Record]):
    """All records of one kind by id; a lesson's package loads when first asked for."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __getitem__(self, id: str) -> Record:
        number = id[1:].partition(".")[0]
        for lesson in LESSONS:
            if lesson.number == number and id in self._of(lesson):
                return self._of(lesson)[id]
        raise KeyError(f"{id!r} is none of {', '.join(self)}")

    def __iter__(self) -> Iterator[str]:
        return (id for lesson in LESSONS for id in self._of(lesson))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _of(self, lesson: Lesson) -> Mapping[str, Record]:
        return _records(lesson.package, self.kind)


def faults_of(number: str) -> Sequence[Fault]:
    """The faults of a lesson's lab, in the order of their keys."""
    return _records(_lesson(number).package, "faults")


def _lesson(number: str) -> Lesson:
    for lesson in LESSONS:
        if lesson.number == number:
            return lesson
    known = ", ".join(lesson.number for lesson in LESSONS)
    raise KeyError(f"There is no lesson {number!r}; there are {known}.")


@cache
def _records(package: str, kind: str) -> Any:
    return getattr(import_module(f"{package}.{kind}"), kind.upper())


EXERCISES: Mapping[str, Exercise] = Catalogue("exercises")
EQUATIONS: Mapping[str, Any] = Catalogue("equations")


def check(id: str, answer: Any) -> Any:
    """Judge an answer, show one card, and return something that works.

    Returns the answer itself if it passed, the reference otherwise (the card says
    so): a notebook runs from top to bottom whatever is answered.
    """
    exercise = EXERCISES[id]
    verdict = judging.judge(exercise, answer, seed=SEED)
    display(verdict_card(exercise, verdict))
    return answer if verdict.status == "passed" else exercise.reference


def judge(id: str, answer: Any, *, seed: int) -> Verdict:
    """Judge an answer silently on the cases of any seed: what a grader calls."""
    return judging.judge(EXERCISES[id], answer, seed=seed)


def hint(id: str, number: int = 1) -> None:
    """Show the first hint of an exercise, or a later one by its number."""
    exercise = EXERCISES[id]
    count = len(exercise.hints)
    if not 1 <= number <= count:
        raise ValueError(f"{id} has hints 1 to {count}; {number} was asked for.")
    more = f'Next: `hint("{id}", {number + 1})`' if number < count else ""
    lines = (exercise.hints[number - 1], *([more] if more else []))
    display(Card("plain", f"{id} · hint {number} of {count}", lines))


def solution(id: str) -> None:
    """Show the library's own source for an exercise."""
    for part in parts(EXERCISES[id].reference):
        display(Code(source_of(part), language="python"))


def verify(id: str) -> Any:
    """Check a numbered equation on independent routes; the receipt displays itself."""
    from course_lib.mathematics import equation

    return equation.verify(EQUATIONS[id])


def diagnose(number: str, named: Mapping[str, object]) -> None:
    """Compare a diagnosis of a lesson's lab with the truth; show one card."""
    display(diagnosis_card(faults_of(number), named))


def quiz(number: str) -> None:
    """Show a lesson's quiz: each option opens to say whether it is right, and why."""
    from teaching import quiz

    display(quiz.quiz(_records(_lesson(number).package, "quiz")))


def verdict_card(exercise: Exercise, verdict: Verdict) -> Card:
    """The card of one verdict, as the learner sees it."""
    head = f"{exercise.id} · {exercise.title}"
    instead = "The lesson goes on with the library's version."
    if verdict.status == "passed":
        verified = "Verified: " + "; ".join(verdict.verified) + "."
        return Card("good", f"{head}: passed", (verified, *_printed(verdict)))
    if verdict.status == "not attempted":
        nudge = f'{instead} Stuck? Run `hint("{exercise.id}")`.'
        return Card("open", f"{head}: not attempted", (nudge,))
    name = f": {verdict.mistake}" if verdict.mistake else f": {verdict.status}"
    lines = (verdict.advice, *_printed(verdict), instead)
    return Card("bad", head + name, lines)


def _printed(verdict: Verdict) -> tuple[str, ...]:
    if not verdict.printed.strip():
        return ()
    first = verdict.printed.strip().splitlines()[0][:80]
    return (f"Your answer prints (“{first}”); a function's result is what it returns.",)
