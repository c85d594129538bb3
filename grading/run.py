"""Grade all submissions of a class in several processes, and resume stopped runs."""

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
from grading.connection import ForkServer
from grading.feedback import feedback, file_name
from grading.grader import WHOLE, Grader, Row
from grading.report import report
from grading.sandbox import Kind, choose
from grading.submissions import Student, read_submissions, students
from grading.tables import Table
from grading.worker_pool import grade_in_processes
from lessons import LESSONS

ShowProgress = Callable[[int, int], None]  # graded students, all students


@dataclass(frozen=True)
class GradeOptions:
    """The options of ``course grade``; see ``grading.command``."""

    submissions: Path
    out: Path
    lesson: str | None = None
    seed_file: Path | None = None
    jobs: int = 2
    unsafe: bool = False


def grade(
    options: GradeOptions, show_progress: ShowProgress = lambda done, of: None
) -> Table:
    """Grade all submissions; rows of an earlier, interrupted run are kept.

    Raises:
        ValueError: if there is no sandbox, no submission or no such lesson, if another
            run is writing to the folder, or if the folder holds a different run.
    """
    began, kind = time.monotonic(), sandbox(options.unsafe)
    submissions = read_submissions(options.submissions)
    people = submissions.people
    seed = options.seed_file.read_bytes().hex() if options.seed_file else ""
    new = results.begin(
        options.submissions, numbers(options.lesson), seed, kind, options.jobs
    )
    with journal.locked(options.out):
        record = results.continued(options.out, new, seeded=bool(seed))
        results.write(options.out, record)
        exercises = questions(record.lessons, bytes.fromhex(record.seed))
        _grade_all(options, kind, people, exercises, show_progress)
        known = journal.current(journal.read(options.out))
        table = tables.complete(known, people, exercises)
        table = table._replace(
            left=submissions.left,
            remarks=submissions.remarks,
            doubts=submissions.doubts,
        )
        _publish(options.out, table)
        results.write(options.out, results.finish(record, time.monotonic() - began))
    return table


def replay(path: Path, name: str, *, unsafe: bool = False) -> list[tuple[Row, Row]]:
    """Grade one student again as in a recorded run; pairs of the old and new rows.

    Raises:
        ValueError: if there is no such record or student, or if the course's source has
            changed since that run.
    """
    record, kind = results.read(path), sandbox(unsafe)
    if record.library != visible_files.digest():
        raise ValueError(
            f"The course's library has changed since that run. Use version "
            f"{record.course} of that time, with torch {record.torch}."
        )
    matching = [s for s in students(Path(record.submissions)) if s.name == name]
    if not matching:
        raise ValueError(f"{record.submissions} holds nothing of {name!r}.")
    exercises = questions(record.lessons, bytes.fromhex(record.seed))
    old = journal.current(journal.read(path.parent))
    with TemporaryDirectory() as folder:
        visible_files.copy_library(Path(folder), [x.exercise for x in exercises])
        grader = _make_grader(kind, Path(folder), exercises)
        with closing(grader.fork_server):
            rows = [row for row in grader.rows(matching[0]) if row.exercise != WHOLE]
    return [(old.get((name, row.exercise), row), row) for row in rows]


def sandbox(unsafe: bool) -> Kind:
    """The kind of sandbox that works on this machine.

    Raises:
        ValueError: if none does and ``unsafe`` is False.
    """
    if unsafe:
        return "unsafe"
    kind, why = choose()
    if kind is None:
        raise ValueError(
            f"No sandbox works here ({why}), so nothing was run. Install one with "
            f"apt-get install bubblewrap; for your own files you can use --unsafe."
        )
    return kind


def numbers(lesson: str | None) -> tuple[str, ...]:
    """The number of one lesson, given as "01" or "1", or of all for None."""
    known = tuple(lesson.number for lesson in LESSONS)
    if lesson is None:
        return known
    number = lesson.lstrip("0")
    if number not in known:
        raise ValueError(
            f"There is no lesson {lesson!r}; there are {', '.join(known)}."
        )
    return (number,)


def _grade_all(
    options: GradeOptions,
    kind: Kind,
    people: list[Student],
    exercises: list[Question],
    show_progress: ShowProgress,
) -> None:
    torch.set_num_threads(1)  # the processes share the cores
    known: dict[str, set[tuple[str, str]]] = {}
    for row in journal.read(options.out):
        of_student = known.setdefault(row.student, set())
        if row.status == "error":  # to be graded again
            of_student -= {(row.exercise, row.handed), (WHOLE, row.handed)}
        elif row.handed:
            of_student.add((row.exercise, row.handed))
    folder, done = (options.out / ".library").resolve(), 0
    visible_files.copy_library(folder, [x.exercise for x in exercises])
    make = partial(_make_grader, kind, folder, exercises)
    for row in grade_in_processes(people, known, make, options.jobs):
        journal.append(options.out, row)
        done += row.exercise == WHOLE
        show_progress(done, len(people))
    shutil.rmtree(folder)


def _make_grader(kind: Kind, folder: Path, exercises: list[Question]) -> Grader:
    modules = visible_files.modules([question.exercise for question in exercises])
    return Grader(ForkServer(kind, folder, modules), exercises)


def _publish(out: Path, table: Table) -> None:
    write_atomically(out / "grades.csv", tables.grades(table))
    write_atomically(out / "gradebook.csv", tables.gradebook(table))
    write_atomically(out / "left_out.csv", tables.left_out(table))
    for index, student in enumerate(table.people):
        path = out / "feedback" / file_name(student)
        write_atomically(path, feedback(table, index))
    write_atomically(out / "report.html", report(table))
