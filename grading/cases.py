"""The exercises of a run: their secret cases, and the course's own notebook cells."""

import ast
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from grading import program
from grading.cells import code_cells
from grading.remarks import fingerprint
from grading.visible_files import ROOT
from lessons import EXERCISES, LESSONS, Lesson
from teaching.exercise import Case, Exercise, parts
from teaching.source_code import source_of, stub_of

NOTEBOOKS = ROOT / "notebooks"


class Edition(NamedTuple):
    """The learner's edition of a lesson, as it was released.

    Attributes:
        cells: The released sources, normalized by ``plain``.
        exercises: Those among them into which an answer is written.
        prelude: Code that is run before a student's first cell.
        references: The references of each exercise, as "module:name".
        modules: The modules that the released cells import.
        made: Names that the released cells bind by running something.
    """

    cells: frozenset[str]
    exercises: frozenset[str]
    prelude: Sequence[str]
    references: Mapping[str, Sequence[str]]
    modules: Sequence[str]
    made: frozenset[str]

    def kind(self, source: str) -> str:
        """Whether a cell is "released", an exercise's released "stub", or "written".

        A written cell was changed or added by the student.
        """
        text = plain(source)
        if text in self.exercises:
            return "stub"
        return "released" if text in self.cells or not text else "written"


def plain(source: str) -> str:
    """A cell's text with normalized line ends and without trailing whitespace."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


class Question(NamedTuple):
    """An exercise with the cases of this run, the same for every student.

    ``edition`` is that of its lesson; ``copied`` is the fingerprint of the course's
    solution.
    """

    exercise: Exercise
    lesson: str
    notebook: str
    cases: Sequence[Case]
    edition: Edition
    copied: str

    @property
    def slug(self) -> str:
        """The id of the exercise's cell."""
        return slug(self.exercise)

    def remarks(self, static: Mapping[str, Any]) -> tuple[str, ...]:
        """Remarks for the instructor, from the worker's reading of the source."""
        listed = [str(remark)[:200] for remark in static.get("remarks") or []][:5]
        if self.copied and static.get("fingerprint") == self.copied:
            listed.append("word for word the course's own solution")
        return tuple(listed)


def questions(numbers: Sequence[str], secret: bytes) -> list[Question]:
    """All exercises of these lessons, with cases drawn from the secret."""
    return [
        question
        for lesson in LESSONS
        if lesson.number in numbers
        for question in questions_of(
            lesson,
            [
                EXERCISES[id]
                for id in EXERCISES
                if id[1:].startswith(f"{lesson.number}.")
            ],
            secret,
        )
    ]


def questions_of(
    lesson: Lesson, exercises: Sequence[Exercise], secret: bytes
) -> list[Question]:
    """These exercises of a lesson, with cases drawn from the secret."""
    edition = _edition(NOTEBOOKS / f"{lesson.notebook}.ipynb", exercises)
    return [_question(exercise, lesson, edition, secret) for exercise in exercises]


def seed_of(secret: bytes, id: str) -> int:
    """The seed of an exercise; it reveals nothing about the seeds of others."""
    digest = hashlib.sha256(secret + id.encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def slug(exercise: Exercise) -> str:
    """The id of the notebook cell of an exercise."""
    return exercise.id.replace(".", "-")


def _question(
    exercise: Exercise, lesson: Lesson, edition: Edition, secret: bytes
) -> Question:
    text = "\n".join(map(source_of, parts(exercise.reference)))
    return Question(
        exercise=exercise,
        lesson=lesson.number,
        notebook=lesson.notebook,
        cases=_secret_cases(exercise, secret),
        edition=edition,
        copied=fingerprint(program.parsed(text), exercise.names, exercise.methods),
    )


def _secret_cases(exercise: Exercise, secret: bytes) -> list[Case]:
    """The cases, with independent seeds for the weights of the gradients."""
    cases = exercise.draw(seed_of(secret, exercise.id))
    weights = seed_of(secret, f"{exercise.id} weights")
    return [replace(case, weights=weights) for case in cases]


def _edition(path: Path, exercises: Sequence[Exercise]) -> Edition:
    """The edition in a notebook file; it has no cells if the file does not exist."""
    cells = code_cells(path.read_bytes()) if path.exists() else []
    slugs = {slug(exercise) for exercise in exercises}
    stubs = {cell.source for cell in cells if slugs & {cell.id, cell.grade_id}}
    others = [cell.source for cell in cells if cell.source not in stubs]
    return Edition(
        cells=frozenset(plain(cell.source) for cell in cells),
        exercises=frozenset(map(plain, stubs)),
        prelude=[*map(_names_in_stub, exercises), *others],
        references={
            exercise.id: [
                f"{part.__module__}:{part.__name__}"
                for part in parts(exercise.reference)
            ]
            for exercise in exercises
        },
        modules=sorted(_imported("\n".join(others))),
        made=frozenset().union(
            *(program.bound(s) for text in others for s in program.statements_of(text))
        ),
    )


def _imported(source: str) -> set[str]:
    """The modules that a source imports, and imported names that may be modules."""
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return modules


def _names_in_stub(exercise: Exercise) -> str:
    """Import statements for the names in the signature of an answer."""
    lines = []
    for part in parts(exercise.reference):
        known = vars(import_module(part.__module__))
        text = stub_of(part, exercise.methods)
        named = program.used(program.parsed(text)) - {*exercise.names}
        lines += [f"from {part.__module__} import {n}" for n in named if n in known]
    return "\n".join(sorted(lines))
