"""Prepare what each exercise asks in this run: secret inputs, and the code around."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from grading import program
from grading.cells import code_cells
from grading.reference_names import ROOT
from grading.remarks import fingerprint
from lessons import EXERCISES, LESSONS, Lesson
from teaching.exercise import Case, Exercise, parts
from teaching.source_code import source_of, stub_of

NOTEBOOKS = ROOT.parent / "notebooks"


class Question(NamedTuple):
    """An exercise with the cases of this run, the same for every student.

    ``request`` is what a worker is told, the inputs aside; ``copied`` is the
    fingerprint of the course's own solution.
    """

    exercise: Exercise
    lesson: str
    notebook: str
    cases: Sequence[Case]
    request: Mapping[str, Any]
    copied: str

    @property
    def slug(self) -> str:
        """The id of the answer's cell."""
        return slug(self.exercise)

    def remarks(self, static: Mapping[str, Any]) -> tuple[str, ...]:
        """What a person should look at, of what a worker saw in an answer's text."""
        found = static.get("remarks") or []
        listed = [str(remark)[:200] for remark in found][:5]
        if self.copied and static.get("fingerprint") == self.copied:
            listed.append("word for word the course's own solution")
        return tuple(listed)


def questions(numbers: Sequence[str], secret: bytes) -> list[Question]:
    """All exercises of these lessons; each draws its inputs from the secret."""
    chosen = [lesson for lesson in LESSONS if lesson.number in numbers]
    return [
        _question(EXERCISES[id], lesson, secret)
        for lesson in chosen
        for id in EXERCISES
        if id.startswith(f"X{lesson.number}.")
    ]


def seed_of(secret: bytes, id: str) -> int:
    """The seed of an exercise, which tells nothing about the others'."""
    found = hashlib.sha256(secret + id.encode()).digest()
    return int.from_bytes(found[:8], "big") >> 1


def slug(exercise: Exercise) -> str:
    """The id of the cell that an exercise's answer stands in."""
    return exercise.id.replace(".", "-")


def _question(exercise: Exercise, lesson: Lesson, secret: bytes) -> Question:
    names = exercise.names
    answer = program.parsed("\n".join(map(source_of, parts(exercise.reference))))
    first = [_names_in_stub(exercise), *edition(NOTEBOOKS / f"{lesson.name}.ipynb")]
    request = {
        "slug": slug(exercise),
        "names": list(names),
        "given": [first, _other_answers(exercise)],
    }
    return Question(
        exercise=exercise,
        lesson=lesson.number,
        notebook=lesson.name,
        cases=_drawn(exercise, secret),
        request=request,
        copied=fingerprint(answer, names),
    )


def _drawn(exercise: Exercise, secret: bytes) -> list[Case]:
    """The inputs, and apart from them what gradients are weighed with."""
    cases = exercise.draw(seed_of(secret, exercise.id))
    weights = seed_of(secret, f"{exercise.id} weights")
    return [replace(case, weights=weights) for case in cases]


def edition(path: Path) -> list[str]:
    """The code cells of a learner's edition; none if it is not built yet."""
    if not path.exists():
        return []
    return [cell.source for cell in code_cells(path.read_bytes())]


def _names_in_stub(exercise: Exercise) -> str:
    """Imports of what an answer's signature names, from where the library has it."""
    lines = []
    for part in parts(exercise.reference):
        known = vars(import_module(part.__module__))
        named = program.used(program.parsed(stub_of(part))) - {*exercise.names}
        lines += [f"from {part.__module__} import {n}" for n in named if n in known]
    return "\n".join(sorted(lines))


def _other_answers(exercise: Exercise) -> str:
    """Imports of the library's own answers to the lesson's other exercises."""
    lesson = exercise.id.partition(".")[0]
    others = [EXERCISES[id] for id in EXERCISES if id.startswith(f"{lesson}.")]
    return "\n".join(
        f"from {part.__module__} import {part.__name__}"
        for other in others
        if other.id != exercise.id
        for part in parts(other.reference)
    )
