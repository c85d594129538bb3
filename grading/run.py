"""Grade all submissions of a class in several processes; resume after a stop."""

import shutil
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from course_lib.atomic_write import write_atomically
from grading import journal, results, tables, visible_files
from grading.cases import Question, questions
from grading.connection import Zygote
from grading.feedback import feedback, file_name
from grading.grader import WHOLE, Grader, Row
from grading.report import report
from grading.sandbox import Kind, choose
from grading.submissions import Student, handed_in, students
from grading.tables import Table
from grading.worker_pool import judged
from lessons import LESSONS

Tell = Callable[[int, int], None]  # students done, of how many


@dataclass(frozen=True)
class Order:
    """What is to be graded, and how; as on the command line."""

    submissions: Path
    out: Path
    lesson: str | None = None
    seed_file: Path | None = None
    jobs: int = 2
    unsafe: bool = False


def grade(order: Order, tell: Tell = lambda done, of: None) -> Table:
    """Grade all that was handed in; rows found by an earlier, killed run are kept.

    Raises:
        ValueError: if it cannot be done: no sandbox, no submissions, no such lesson,
            another run in the same folder, or the first part of a different one.
    """
    began, kind = time.monotonic(), sandbox(order.unsafe)
    handed = handed_in(order.submissions)
    people = handed.people
    seed = order.seed_file.read_bytes().hex() if order.seed_file else ""
    new = results.begin(
        order.submissions, numbers(order.lesson), seed, kind, order.jobs
    )
    with journal.locked(order.out):
        made = results.continued(order.out, new, seeded=bool(seed))
        results.write(order.out, made)
        asked = questions(made.lessons, bytes.fromhex(made.seed))
        _judge_all(order, kind, people, asked, tell)
        known = journal.current(journal.read(order.out))
        table = tables.complete(known, people, asked)
        table = table._replace(
            left=handed.left, remarks=handed.remarks, doubts=handed.doubts
        )
        _publish(order.out, table)
        results.write(order.out, results.finish(made, time.monotonic() - began))
    return table


def replay(path: Path, name: str, *, unsafe: bool = False) -> list[tuple[Row, Row]]:
    """Judge one student again as in the run of this record: pairs of then and now.

    Raises:
        ValueError: if there is no such record or student, or the library is another.
    """
    made, kind = results.read(path), sandbox(unsafe)
    if made.library != visible_files.digest():
        raise ValueError(
            f"The course's library has changed since that run: use version "
            f"{made.course} as it was then, with torch {made.torch}."
        )
    found = [s for s in students(Path(made.submissions)) if s.name == name]
    if not found:
        raise ValueError(f"{made.submissions} holds nothing of {name!r}.")
    asked = questions(made.lessons, bytes.fromhex(made.seed))
    before = journal.current(journal.read(path.parent))
    with TemporaryDirectory() as folder:
        visible_files.lay_out(Path(folder), [question.exercise for question in asked])
        grader = _make(kind, Path(folder), asked)
        with closing(grader.zygote):
            rows = [row for row in grader.rows(found[0]) if row.exercise != WHOLE]
    return [(before.get((name, row.exercise), row), row) for row in rows]


def sandbox(unsafe: bool) -> Kind:
    """The sandbox that works here.

    Raises:
        ValueError: if none does, and doing without one was not asked for.
    """
    if unsafe:
        return "unsafe"
    kind, why = choose()
    if kind is None:
        raise ValueError(
            f"No sandbox works here ({why}), so nothing was run. Mend: apt-get install "
            f"bubblewrap. For files that are your own: --unsafe."
        )
    return kind


def numbers(lesson: str | None) -> tuple[str, ...]:
    """The numbers of the lessons asked for: of one, "01" or "1", or of all."""
    known = tuple(found.number for found in LESSONS)
    if lesson is None:
        return known
    number = lesson.lstrip("0")
    if number not in known:
        raise ValueError(
            f"There is no lesson {lesson!r}; there are {', '.join(known)}."
        )
    return (number,)


def _judge_all(
    order: Order, kind: Kind, people: list[Student], asked: list[Question], tell: Tell
) -> None:
    torch.set_num_threads(1)  # processes share the cores
    have: dict[str, set[tuple[str, str]]] = {}
    for row in journal.read(order.out):
        mine = have.setdefault(row.student, set())
        if row.status == "error":  # it is judged again
            mine -= {(row.exercise, row.handed), (WHOLE, row.handed)}
        elif row.handed:
            mine.add((row.exercise, row.handed))
    folder, done = (order.out / ".library").resolve(), 0
    visible_files.lay_out(folder, [question.exercise for question in asked])
    make = partial(_make, kind, folder, asked)
    for row in judged(people, have, make, order.jobs):
        journal.append(order.out, row)
        done += row.exercise == WHOLE
        tell(done, len(people))
    shutil.rmtree(folder)


def _make(kind: Kind, folder: Path, asked: list[Question]) -> Grader:
    modules = visible_files.modules([question.exercise for question in asked])
    return Grader(Zygote(kind, folder, modules), asked)


def _publish(out: Path, table: Table) -> None:
    write_atomically(out / "grades.csv", tables.grades(table))
    write_atomically(out / "gradebook.csv", tables.gradebook(table))
    write_atomically(out / "left_out.csv", tables.left_out(table))
    for place, student in enumerate(table.people):
        path = out / "feedback" / file_name(student)
        write_atomically(path, feedback(table, place))
    write_atomically(out / "report.html", report(table))
