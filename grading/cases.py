"""Prepare what each exercise asks in this run: secret inputs, and the code around."""

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
    """What the course itself brings to a lesson's notebook.

    Attributes:
        cells: The released sources, as ``plain`` spells them.
        exercises: Those of them that an answer is to be written into.
        prelude: Code that comes before a student's first cell, source by source.
        references: By exercise, where the library has what it asks for: "module:name".
        modules: Those that the released cells import.
        made: Names that the released cells bind by running something.
    """

    cells: frozenset[str]
    exercises: frozenset[str]
    prelude: Sequence[str]
    references: Mapping[str, Sequence[str]]
    modules: Sequence[str]
    made: frozenset[str]

    def kind(self, source: str) -> str:
        """What is done with a cell: it is "released", a "stub" or "written"."""
        found = plain(source)
        if found in self.exercises:
            return "stub"
        return "released" if found in self.cells or not found else "written"


def plain(source: str) -> str:
    """A cell's text without the blanks that editors add or take."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


class Question(NamedTuple):
    """An exercise with the cases of this run, the same for every student.

    ``edition`` is its lesson's; ``copied`` is the fingerprint of the course's own
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
    found = []
    for lesson in LESSONS:
        if lesson.number in numbers:
            mine = [
                EXERCISES[id]
                for id in EXERCISES
                if id[1:].startswith(f"{lesson.number}.")
            ]
            edition = _edition(NOTEBOOKS / f"{lesson.name}.ipynb", mine)
            found += [_question(exercise, lesson, edition, secret) for exercise in mine]
    return found


def seed_of(secret: bytes, id: str) -> int:
    """The seed of an exercise, which tells nothing about the others'."""
    found = hashlib.sha256(secret + id.encode()).digest()
    return int.from_bytes(found[:8], "big") >> 1


def slug(exercise: Exercise) -> str:
    """The id of the cell that an exercise's answer stands in."""
    return exercise.id.replace(".", "-")


def _question(
    exercise: Exercise, lesson: Lesson, edition: Edition, secret: bytes
) -> Question:
    text = "\n".join(map(source_of, parts(exercise.reference)))
    return Question(
        exercise=exercise,
        lesson=lesson.number,
        notebook=lesson.name,
        cases=_drawn(exercise, secret),
        edition=edition,
        copied=fingerprint(program.parsed(text), exercise.names),
    )


def _drawn(exercise: Exercise, secret: bytes) -> list[Case]:
    """The inputs, and apart from them what gradients are weighed with."""
    cases = exercise.draw(seed_of(secret, exercise.id))
    weights = seed_of(secret, f"{exercise.id} weights")
    return [replace(case, weights=weights) for case in cases]


def _edition(path: Path, exercises: Sequence[Exercise]) -> Edition:
    """What a learner's edition holds; no cells if it is not built yet."""
    cells = code_cells(path.read_bytes()) if path.exists() else []
    asked = {slug(exercise) for exercise in exercises}
    stubs = {cell.source for cell in cells if asked & {cell.id, cell.grade_id}}
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
    """The modules that a text imports, and names that may be modules."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return found


def _names_in_stub(exercise: Exercise) -> str:
    """Imports of what an answer's signature names, from where the library has it."""
    lines = []
    for part in parts(exercise.reference):
        known = vars(import_module(part.__module__))
        named = program.used(program.parsed(stub_of(part))) - {*exercise.names}
        lines += [f"from {part.__module__} import {n}" for n in named if n in known]
    return "\n".join(sorted(lines))
