"""Say of a notebook which lesson it is about, and of files whether they changed."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from grading.cases import Question
from grading.cells import Cell, Unreadable
from grading.submissions import Student


class Notebook(NamedTuple):
    """A notebook that could be read: its name and its code.

    Attributes:
        python: The version that it was last run by, as it says; or "".
        text: By id or name: the kind of the cell that an answer stands in that is no
            code.
        helpers: The modules that lay beside it, by file name.
        survey: By the id of an answer's cell: what the text shows of the answer.
    """

    name: str
    cells: Sequence[Cell]
    python: str = ""
    text: Mapping[str, str] = {}
    helpers: Mapping[str, str] = {}
    survey: Mapping[str, Mapping[str, Any]] = {}


def lesson_of(notebook: Notebook, questions: Sequence[Question]) -> str:
    """The number of the lesson that a notebook is about: by its cells, else its name.

    Raises:
        Unreadable: if nothing tells.
    """
    ids = {id for cell in notebook.cells for id in (cell.id, cell.grade_id)}
    code = "\n".join(cell.source for cell in notebook.cells)
    score: dict[str, int] = {}
    for question in questions:
        named = any(
            re.search(rf"\b(def|class) {name}\b", code)
            for name in question.exercise.names
        )
        points = 2 * (question.slug in ids) + named
        score[question.lesson] = score.get(question.lesson, 0) + points
        score[question.lesson] += question.notebook in notebook.name
    best = max(score, key=lambda number: score[number])
    if not score[best]:
        raise Unreadable("It holds no answer to any exercise of this run.")
    return best


def digest(student: Student) -> str:
    """A short text that is the same as long as the files are."""
    found = hashlib.sha256()
    for file in student.files:
        try:
            content = file.read()
        except Unreadable as error:
            content = str(error).encode("utf-8", "replace")
        found.update(file.name.encode("utf-8", "replace") + b"\0" + content)
    return found.hexdigest()[:16]
