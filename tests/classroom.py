"""Helpers of the grading tests: submitted notebooks, and graders for them."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest

from grading import connection, landlock, session, visible_files
from grading import grader as grading
from grading.cases import Question, questions, slug
from grading.connection import ForkServer
from grading.grader import WHOLE, Grader, Row
from grading.limits import LIMITS
from grading.sandbox import Kind
from grading.submissions import File, Student
from lessons import EXERCISES, LESSONS
from teaching.exercise import Exercise, parts
from teaching.source_code import source_of

SECRET = b"known to the tests alone"
KINDS = ("bubblewrap", "landlock")
ASKED = "X1.4"  # the exercise that most tests ask: one short function
NAME = "nonsaturating_generator_loss"
RIGHT = f"""
from torch.nn.functional import softplus

def {NAME}(logits_fake):
    return softplus(-logits_fake).mean()
"""


def skip_what_is_not_there(kind: str) -> None:
    """Skip, saying so, only where a sandbox is not installed at all."""
    if kind == "bubblewrap" and shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    if kind == "landlock" and not landlock.version():
        pytest.skip("this kernel has no Landlock")


def notebook(cells: Mapping[str, str] | Sequence[dict], **other: object) -> bytes:
    """A notebook's file; cells by id, or as they are."""
    if isinstance(cells, Mapping):
        cells = [cell(source, id) for id, source in cells.items()]
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return json.dumps(whole | other).encode()


def cell(source: object, id: str = "", grade_id: str | None = None) -> dict:
    """A code cell."""
    marks = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": "code", "id": id, "metadata": marks, "source": source}


def answered(exercise: Exercise) -> str:
    """The reference as it stands in a solutions' notebook, its check below it."""
    names = ", ".join(exercise.names)
    sources = [source_of(part) for part in parts(exercise.reference)]
    return "\n\n\n".join([*sources, f'{names} = check("{exercise.id}", ({names}))'])


def solved(number: str) -> bytes:
    """A notebook with the right answers to all exercises of a lesson."""
    mine = [EXERCISES[id] for id in EXERCISES if id.startswith(f"X{number}.")]
    return notebook({slug(exercise): answered(exercise) for exercise in mine})


def filled(number: str, **answers: str) -> bytes:
    """The learner's edition of a lesson with the right answers written into it.

    ``answers`` are others by id, as in X1_4.
    """
    (name,) = [lesson.notebook for lesson in LESSONS if lesson.number == number]
    path = visible_files.ROOT / "notebooks" / f"{name}.ipynb"
    whole = json.loads(path.read_text(encoding="utf-8"))
    right = {slug(e): answered(e) for e in EXERCISES.values()}
    right |= {id.replace("_", "-"): text for id, text in answers.items()}
    for found in whole["cells"]:
        found["source"] = right.get(found["id"], found["source"])
    return json.dumps(whole).encode()


def student(*contents: bytes, name: str = "Ada") -> Student:
    """A student who handed in these notebooks."""
    files = (File(f"{i}.ipynb", lambda c=c: c) for i, c in enumerate(contents))
    return Student(name, "", tuple(files))


@contextmanager
def grader(kind: Kind, asked: Sequence[Question], folder: Path) -> Iterator[Grader]:
    """A grader of these questions, patient: the tests' machine may be busy."""
    exercises = [question.exercise for question in asked]
    visible_files.copy_library(folder, exercises)
    shutil.copy(Path(__file__).with_name("small_gan.py"), folder)
    fork_server = ForkServer(kind, folder, visible_files.modules(exercises))
    with closing(fork_server), within(90.0):
        yield Grader(fork_server, asked)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give each step of each answer so much wall time."""
    limits = replace(LIMITS, load=seconds, cell=seconds, submission=100 * seconds)
    with ExitStack() as stack:
        for module in (connection, grading, session):
            stack.enter_context(patch.object(module, "LIMITS", limits))
        yield


@cache
def only(id: str = ASKED, seconds: float = 90.0) -> tuple[Question]:
    """One question; its calls may take so many seconds."""
    (asked,) = [q for q in questions((id[1],), SECRET) if q.exercise.id == id]
    return (asked._replace(exercise=replace(asked.exercise, seconds=seconds)),)


def graded_rows(grader: Grader, *contents: bytes) -> dict[str, Row]:
    """The rows of one submission by exercise; ``WHOLE`` for that about all of it."""
    rows = list(grader.rows(student(*contents)))
    assert rows[-1].exercise == WHOLE
    return {row.exercise: row for row in rows}
