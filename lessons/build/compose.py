"""Compose the notebook of one edition from a lesson's source and its exercises."""

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import jupytext
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lessons import EXERCISES, OPEN_LINES, faults_of
from lessons.claims import RECORDS, with_figures
from teaching.claims import read_records
from teaching.exercise import Exercise, parts
from teaching.source_code import imports_of, source_of, stub_of

Edition = Literal["learner", "solutions"]
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
CHECKED = "nbval-check-output"  # tag of cells whose outputs nbval compares
LINE = 88
OPEN_LINE = re.compile(r'^(\w+) = \.\.\..*\n(check_line\("(.+?)", \1\))$', re.MULTILINE)


def compose(source: Path, edition: Edition) -> NotebookNode:
    """The notebook of one edition, not executed; a pure function of the sources.

    A cell marked ``exercise="X1.4"`` becomes the reference's source or its stub, with
    the call of ``check``; the heading of the exercise is appended to the text cell
    above. A cell marked ``lab="1"`` becomes the empty or the correct diagnosis. Where a
    learner replaces ``my_line = ...`` before ``check_line``, the solutions have the
    expected line. A citation such as [C1.7] shows the figures of its claim when it is
    pointed at.

    Raises:
        ValueError: if there is no text cell directly before an exercise.
    """
    cells: list[NotebookNode] = []
    for cell in jupytext.read(source, fmt="py:percent").cells:
        if "exercise" in cell.metadata:
            _add_exercise(cells, EXERCISES[cell.metadata["exercise"]], edition)
        elif "lab" in cell.metadata:
            cells.append(_lab_cell(cell.metadata["lab"], edition))
        else:
            cells.append(_other_cell(cell, edition))
    _make_ids_unique(cells)
    notebook = new_notebook(cells=cells)
    notebook.metadata = NotebookNode(
        course=NotebookNode(edition=edition),
        kernelspec=KERNEL,
        language_info={"name": "python"},
    )
    return notebook


def _other_cell(cell: NotebookNode, edition: Edition) -> NotebookNode:
    if cell.cell_type == "markdown":
        text = with_figures(cell.source, read_records(RECORDS))
        return new_markdown_cell(text, id=_id(cell.source))
    allowed = {CHECKED} if edition == "solutions" else set()  # learners: no outputs
    tags = [tag for tag in cell.metadata.get("tags", []) if tag in allowed]
    metadata = {"tags": tags} if tags else {}
    text = cell.source
    if edition == "solutions":
        text = OPEN_LINE.sub(
            lambda x: f"{x[1]} = {OPEN_LINES[x[3]].expected}\n{x[2]}", text
        )
    return new_code_cell(text, id=_id(cell.source), metadata=metadata)


def _add_exercise(
    cells: list[NotebookNode], exercise: Exercise, edition: Edition
) -> None:
    if not cells or cells[-1].cell_type != "markdown":
        raise ValueError(
            f"{exercise.id} needs a text cell directly before it that states the task."
        )
    cells[-1].source += "\n\n" + _heading(exercise)
    answers = []
    for part in parts(exercise.reference):
        if edition == "solutions":
            known = {name for cell in cells for name in _names_in(cell)}
            answers += ["\n".join(x) for x in [imports_of(part, known)] if x]
            answers.append(source_of(part))
        else:
            answers.append(stub_of(part, exercise.methods))
    slug = exercise.id.replace(".", "-")
    metadata = {"nbgrader": _nbgrader(slug, exercise.points)}
    if edition == "solutions":
        metadata["tags"] = [CHECKED]
    text = "\n\n\n".join([*answers, _check(exercise)])
    cells.append(new_code_cell(text, id=slug, metadata=metadata))


def _names_in(cell: NotebookNode) -> set[str]:
    """The names that a code cell imports, defines or assigns."""
    if cell.cell_type != "code":
        return set()
    found = set()
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            aliases = (alias.asname or alias.name for alias in node.names)
            found |= {name.partition(".")[0] for name in aliases}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def _heading(exercise: Exercise) -> str:
    stars = "●" * exercise.difficulty + "○" * (3 - exercise.difficulty)
    points = f"{exercise.points} point{'s' if exercise.points > 1 else ''}"
    return (
        f"**Exercise {exercise.id} · {exercise.title}** — {stars} · {points} · about "
        f'{exercise.minutes} minutes · stuck? `hint("{exercise.id}")`'
    )


def _check(exercise: Exercise) -> str:
    names = ", ".join(exercise.names)
    if len(exercise.names) == 1:
        return f'{names} = check("{exercise.id}", {names})'
    call = f'{names} = check("{exercise.id}", ({names}))'
    if len(call) <= LINE:
        return call
    return f'answers = ({names})\n{names} = check("{exercise.id}", answers)'


def _nbgrader(slug: str, points: int) -> dict[str, object]:
    """nbgrader's metadata (schema 3) of a manually graded answer."""
    return {
        "schema_version": 3,
        "grade_id": slug,
        "grade": True,
        "solution": True,
        "locked": False,
        "task": False,
        "points": points,
    }


def _lab_cell(number: str, edition: Edition) -> NotebookNode:
    right = edition == "solutions"
    lines = [f'    "{f.key}": "{f.name if right else ""}",' for f in faults_of(number)]
    text = ["diagnosis = {", *lines, "}", f'diagnose("{number}", diagnosis)']
    metadata = {"tags": [CHECKED]} if right else {}
    return new_code_cell("\n".join(text), id=f"lab-{number}", metadata=metadata)


def _id(text: str) -> str:
    """A cell's id, a hash of its text."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _make_ids_unique(cells: Sequence[NotebookNode]) -> None:
    """Append a number to the ids of cells with equal texts, from the second on."""
    counts: Counter[str] = Counter()
    for cell in cells:
        counts[cell.id] += 1
        if counts[cell.id] > 1:
            cell.id = f"{cell.id}-{counts[cell.id]}"
