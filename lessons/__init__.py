"""The functions that a lesson calls: ``check``, ``hint``, ``verify``, ``quiz``, ...

Exercises, equations, derivations and claims are found by id; X1.4 and E1.4 belong to
lesson 1. A lesson's package is imported when one of its ids is used for the first time,
and SymPy and ipywidgets are imported only where they are needed.
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

SEED = 0  # of the cases in the notebook; ``course grade`` uses a secret seed


class Lesson(NamedTuple):
    """One lesson of the course.

    Attributes:
        number: As in the ids of its exercises and equations, e.g. "1".
        name: The name of its folder in ``lessons/``, e.g. "gan_math".
        library: The package of ``course_lib`` that it explains; the subpackage
            ``derivations`` holds the lesson's equations.
    """

    number: str
    name: str
    library: str

    @property
    def notebook(self) -> str:
        """The name of its notebooks without the suffix, e.g. "01_gan_math"."""
        return f"{int(self.number):02d}_{self.name}"

    @property
    def package(self) -> str:
        """The package with its text, exercises and figures, e.g. "lessons.gan_math"."""
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
    """All records of one kind by id; the package of a lesson is imported on demand."""

    def __init__(self, load: Callable[[Lesson], Mapping[str, Record]]) -> None:
        self._load = load

    def __getitem__(self, id: str) -> Record:
        number = id[1:].partition(".")[0]
        for lesson in LESSONS:
            if lesson.number == number and id in self._load(lesson):
                return self._load(lesson)[id]
        raise KeyError(f"There is no {id!r}. Choose one of {', '.join(self)}.")

    def __iter__(self) -> Iterator[str]:
        return (id for lesson in LESSONS for id in self._load(lesson))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def _attribute(module: str, name: str) -> Any:
    """An attribute of a module; None if the module or the attribute does not exist."""
    package, _, _ = module.rpartition(".")
    if find_spec(package) is None or find_spec(module) is None:
        return None
    return getattr(import_module(module), name, None)


def exercises_of(lesson: Lesson) -> Mapping[str, Exercise]:
    """A lesson's exercises by id."""
    return _attribute(f"{lesson.package}.exercises", "EXERCISES") or EMPTY


def equations_of(lesson: Lesson) -> Mapping[str, Any]:
    """A lesson's numbered equations by id."""
    return _attribute(f"{lesson.library}.derivations", "EQUATIONS") or EMPTY


def derivations_of(lesson: Lesson) -> Mapping[str, Any]:
    """A lesson's derivations by id."""
    return _attribute(f"{lesson.library}.derivations", "DERIVATIONS") or EMPTY


def open_lines_of(lesson: Lesson) -> Mapping[str, Any]:
    """The lines of derivations that the learner writes, by id."""
    return _attribute(f"{lesson.library}.derivations", "OPEN_LINES") or EMPTY


def claims_of(lesson: Lesson) -> Mapping[str, Any]:
    """A lesson's empirical statements by id."""
    return _attribute(f"{lesson.package}.claims", "CLAIMS") or EMPTY


def faults_of(number: str) -> Sequence[Fault]:
    """The faults of a lesson's lab, in the order of their keys."""
    return _attribute(f"{_lesson(number).package}.lab", "FAULTS") or ()


def _lesson(number: str) -> Lesson:
    for lesson in LESSONS:
        if lesson.number == number:
            return lesson
    known = ", ".join(lesson.number for lesson in LESSONS)
    raise KeyError(f"There is no lesson {number!r}. Choose one of {known}.")


EMPTY: Mapping[str, Any] = MappingProxyType({})
EXERCISES: Mapping[str, Exercise] = Catalogue(exercises_of)
EQUATIONS: Mapping[str, Any] = Catalogue(equations_of)
DERIVATIONS: Mapping[str, Any] = Catalogue(derivations_of)
OPEN_LINES: Mapping[str, Any] = Catalogue(open_lines_of)
CLAIMS: Mapping[str, Any] = Catalogue(claims_of)


def check(id: str, answer: Any) -> Any:
    """Assess an answer, display a card, and return a working implementation.

    Returns the answer if it passed and the reference otherwise, as the card says, so
    that the rest of the notebook runs in either case.
    """
    exercise = EXERCISES[id]
    verdict = assessment.assess(exercise, answer, seed=SEED)
    display(verdict_card(exercise, verdict))
    return answer if verdict.status == "passed" else exercise.reference


def assess(id: str, answer: Any, *, seed: int) -> Verdict:
    """Assess an answer on the cases of a seed, without displaying anything."""
    return assessment.assess(EXERCISES[id], answer, seed=seed)


def hint(id: str, number: int = 1) -> None:
    """Display the first hint of an exercise, or the one with this number."""
    exercise = EXERCISES[id]
    count = len(exercise.hints)
    if not 1 <= number <= count:
        raise ValueError(f"{id} has hints 1 to {count}, but not hint {number}.")
    more = f'Next: `hint("{id}", {number + 1})`' if number < count else ""
    lines = (exercise.hints[number - 1], *([more] if more else []))
    display(Card("plain", f"{id} · hint {number} of {count}", lines))


def solution(id: str) -> None:
    """Display the source of an exercise's reference."""
    for part in parts(EXERCISES[id].reference):
        display(Code(source_of(part), language="python"))


def verify(id: str) -> Any:
    """Check a numbered equation numerically; the receipt displays itself."""
    from teaching import receipt  # importing SymPy takes a second

    return receipt.verify(EQUATIONS[id])


def derive(id: str) -> Any:
    """Show a derivation line by line, each compared with the line above it."""
    from teaching.derivation import show_derivation  # importing SymPy takes a second

    return show_derivation(DERIVATIONS[id])


def check_line(id: str, expression: Any) -> None:
    """Compare the learner's line of a derivation with the correct one; display a card.

    ``expression`` is a SymPy expression. The card says that the lines are equal, names
    the mistake, or gives a numerical counterexample.
    """
    from course_lib.mathematics.derivation import assess_line
    from teaching.derivation import line_card

    line = OPEN_LINES[id]
    display(line_card(line, assess_line(line, expression)))


def diagnose(number: str, named: Mapping[str, object]) -> None:
    """Compare a diagnosis of a lesson's lab with the true faults; display a card."""
    display(diagnosis_card(faults_of(number), named))


def quiz(number: str) -> None:
    """Display a lesson's quiz; each option opens to show an explanation."""
    from teaching import quiz

    display(quiz.quiz(_attribute(f"{_lesson(number).package}.quiz", "QUIZ") or ()))


def verdict_card(exercise: Exercise, verdict: Verdict) -> Card:
    """The card that shows a verdict to the learner."""
    head = f"{exercise.id} · {exercise.title}"
    fallback = "The lesson continues with the library's version."
    if verdict.status == "passed":
        verified = "Verified: " + "; ".join(verdict.verified) + "."
        return Card("good", f"{head}: passed", (verified, *_printed(verdict)))
    if verdict.status == "not attempted":
        line = f'{fallback} Stuck? Run `hint("{exercise.id}")`.'
        return Card("open", f"{head}: not attempted", (line,))
    name = f": {verdict.mistake}" if verdict.mistake else f": {verdict.status}"
    lines = (verdict.advice, *_printed(verdict), fallback)
    return Card("bad", head + name, lines)


def _printed(verdict: Verdict) -> tuple[str, ...]:
    if not verdict.printed.strip():
        return ()
    first = verdict.printed.strip().splitlines()[0][:80]
    return (f"Your answer prints (“{first}”); a function's result is what it returns.",)
