"""Find any exercise and equation of the course by its id, and show what it says.

An id names its lesson: X1.4 and E1.4 belong to lesson 1. A lesson's package is loaded
when the first of its ids is asked for, and so are the slow packages that equations and
quizzes need.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from IPython.display import Code, display

from teaching import assessment
from teaching.assessment import Verdict
from teaching.card import Card
from teaching.diagnosis import Fault, diagnosis_card
from teaching.exercise import Exercise, parts
from teaching.source_code import source_of

SEED = 0  # of the cases in the notebook; a grader draws its own


class Lesson(NamedTuple):
    """One lesson of the course.

    Attributes:
        number: As in the ids of its exercises and equations, "1".
        name: Of its folder in ``lessons/``, "gan_math".
        library: The package of ``course_lib`` that it explains; its ``derivations``
            hold the lesson's equations.
    """

    number: str
    name: str
    library: str

    @property
    def notebook(self) -> str:
        """The name of its notebooks, without the ending: "01_gan_math"."""
        return f"{int(self.number):02d}_{self.name}"

    @property
    def package(self) -> str:
        """The package of all that it teaches with, "lessons.gan_math"."""
        return f"lessons.{self.name}"


LESSONS = (
    Lesson("1", "gan_math", "course_lib.gan"),
    Lesson("2", "lstm_predictor", "course_lib.predictor"),
    Lesson("3", "video_vae", "course_lib.vae"),
    Lesson("4", "mocogan", "course_lib.mocogan"),
    Lesson("5", "evaluation", "course_lib.metrics"),
)

Record = TypeVar("Record")


class Catalogue(Mapping[str, Record], Generic[Record]):
    """All records of one kind by id; a lesson's package loads when first asked for."""

    def __init__(self, load: Callable[[Lesson], Mapping[str, Record]]) -> None:
        self._of = load

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


@cache
def _records(module: str, name: str) -> Any:
    """What a module calls ``name``; None where there is no such module or name."""
    package, _, _ = module.rpartition(".")
    if find_spec(package) is None or find_spec(module) is None:
        return None
    return getattr(import_module(module), name, None)


def exercises_of(lesson: Lesson) -> Mapping[str, Exercise]:
    """A lesson's exercises by id."""
    return _records(f"{lesson.package}.exercises", "EXERCISES") or NOTHING


def equations_of(lesson: Lesson) -> Mapping[str, Any]:
    """A lesson's numbered equations by id."""
    return _records(f"{lesson.library}.derivations", "EQUATIONS") or NOTHING


def derivations_of(lesson: Lesson) -> Mapping[str, Any]:
    """A lesson's derivations by id."""
    return _records(f"{lesson.library}.derivations", "DERIVATIONS") or NOTHING


def lines_of(lesson: Lesson) -> Mapping[str, Any]:
    """The lines of derivations that the learner writes, by id."""
    return _records(f"{lesson.library}.derivations", "OPEN_LINES") or NOTHING


def claims_of(lesson: Lesson) -> Mapping[str, Any]:
    """A lesson's empirical statements by id."""
    return _records(f"{lesson.package}.claims", "CLAIMS") or NOTHING


def faults_of(number: str) -> Sequence[Fault]:
    """The faults of a lesson's lab, in the order of their keys."""
    return _records(f"{_lesson(number).package}.lab", "FAULTS") or ()


def _lesson(number: str) -> Lesson:
    for lesson in LESSONS:
        if lesson.number == number:
            return lesson
    known = ", ".join(lesson.number for lesson in LESSONS)
    raise KeyError(f"There is no lesson {number!r}; there are {known}.")


NOTHING: Mapping[str, Any] = MappingProxyType({})
EXERCISES: Mapping[str, Exercise] = Catalogue(exercises_of)
EQUATIONS: Mapping[str, Any] = Catalogue(equations_of)
DERIVATIONS: Mapping[str, Any] = Catalogue(derivations_of)
OPEN_LINES: Mapping[str, Any] = Catalogue(lines_of)
CLAIMS: Mapping[str, Any] = Catalogue(claims_of)


def check(id: str, answer: Any) -> Any:
    """Assess an answer, show one card, and return something that works.

    Returns the answer itself if it passed, the reference otherwise (the card says
    so): a notebook runs from top to bottom whatever is answered.
    """
    exercise = EXERCISES[id]
    verdict = assessment.assess(exercise, answer, seed=SEED)
    display(verdict_card(exercise, verdict))
    return answer if verdict.status == "passed" else exercise.reference


def assess(id: str, answer: Any, *, seed: int) -> Verdict:
    """Assess an answer on the cases of any seed without showing anything."""
    return assessment.assess(EXERCISES[id], answer, seed=seed)


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
    from teaching import receipt  # SymPy takes a second

    return receipt.verify(EQUATIONS[id])


def derive(id: str) -> Any:
    """Show a derivation line by line, each compared with the line above it."""
    from teaching.derivation import show_derivation  # SymPy takes a second

    return show_derivation(DERIVATIONS[id])


def check_line(id: str, expression: Any) -> None:
    """Compare the learner's line of a derivation with the right one; show one card.

    ``expression`` is a SymPy expression; the card says that it is equal, or names the
    mistake, or gives a counterexample in numbers.
    """
    from course_lib.mathematics.derivation import assess_line
    from teaching.derivation import line_card

    line = OPEN_LINES[id]
    display(line_card(line, assess_line(line, expression)))


def diagnose(number: str, named: Mapping[str, object]) -> None:
    """Compare a diagnosis of a lesson's lab with the truth; show one card."""
    display(diagnosis_card(faults_of(number), named))


def quiz(number: str) -> None:
    """Show a lesson's quiz: each option opens to say whether it is right, and why."""
    from teaching import quiz

    display(quiz.quiz(_records(f"{_lesson(number).package}.quiz", "QUIZ") or ()))


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
