"""The tables of a run as CSV: one row per student and exercise, one row per student.

Their text may come from submissions, so cells are escaped such that no spreadsheet
program evaluates them as formulas.
"""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from grading.cases import Question
from grading.grader import WHOLE, Row
from grading.submissions import Left, Student

# First characters of a formula; some spreadsheets also accept East Asian wide forms
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
JOINERS = "\u200c\u200d"  # invisible, but part of Persian and Indic names and emoji
BOM = "\ufeff"  # marks UTF-8 for spreadsheet programs
REVIEW_STATUSES = ("died", "unreadable", "ambiguous", "incomplete", "error")
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MAX_LENGTH = 2000  # characters of a cell


class Table(NamedTuple):
    """The results of a run: students, exercises, and a row for each pair of both.

    ``left`` are the files that were not graded. ``remarks`` and ``doubts`` are
    sentences on how the submissions were interpreted; doubts need review.
    """

    people: Sequence[Student]
    questions: Sequence[Question]
    rows: Sequence[Row]  # by student, then in the order of the exercises
    left: Sequence[Left] = ()
    remarks: Sequence[str] = ()
    doubts: Sequence[str] = ()

    @property
    def needs_review(self) -> bool:
        """Whether an instructor should review a row, a file or a name."""
        rows = any(row.status in REVIEW_STATUSES for row in self.rows)
        return rows or bool(self.doubts) or any(left.look for left in self.left)

    def of(self, index: int) -> Sequence[Row]:
        """The rows of the student with this index in ``people``."""
        n = len(self.questions)
        return self.rows[index * n : (index + 1) * n]


def complete(
    known: Mapping[tuple[str, str], Row],
    people: Sequence[Student],
    questions: Sequence[Question],
) -> Table:
    """A row for every student and exercise of all lessons that were submitted."""
    graded = {id for _, id in known}
    lessons = {q.lesson for q in questions if q.exercise.id in graded}
    included = [q for q in questions if not lessons or q.lesson in lessons]
    rows = [
        known.get((student.name, question.exercise.id))
        or _missing_row(student, question, known)
        for student in people
        for question in included
    ]
    return Table(people, included, _with_equal_answers(rows))


def grades(table: Table) -> bytes:
    """``grades.csv``: the result of each exercise of each student.

    All tables begin with a byte order mark: without it, spreadsheet programs read UTF-8
    as another encoding.
    """
    maximum = {q.exercise.id: q.exercise.points for q in table.questions}
    head = ("student", "exercise", "status", "points", "out of", "misconception")
    lines = [(*head, "advice", "remarks", "seconds")]
    for row in table.rows:
        cells = (*row[:4], maximum[row.exercise], row.misconception, row.advice)
        lines.append((*cells, "; ".join(row.remarks), row.seconds))
    return BOM.encode() + _csv(lines)


def gradebook(table: Table) -> bytes:
    """``gradebook.csv``: points by lesson, in the columns that Canvas imports.

    Moodle's import asks for the meaning of each column. A lesson of which nothing could
    be graded is left empty, so that no grade is overwritten.
    """
    lessons = lessons_of(table)
    lines = [(*CANVAS, *(f"Lesson 0{number}" for number in lessons))]
    for index, student in enumerate(table.people):
        points = [points_of(table.of(index), number) for number in lessons]
        cells = ["" if total is None else total for total in points]
        who = _on_one_line(student.name), _on_one_line(student.id)
        lines.append((*who, "", "", "", *cells))
    return BOM.encode() + _csv(lines)


def left_out(table: Table) -> bytes:
    """``left_out.csv``: each file or folder that was not graded."""
    lines: list[Sequence[object]] = [("file", "student", "reason", "look", "files")]
    for left in table.left:
        look = "yes" if left.look else ""
        path, who = _on_one_line(left.path), _on_one_line(left.student)
        lines.append((path, who, left.why, look, left.count))
    return BOM.encode() + _csv(lines)


def lessons_of(table: Table) -> list[str]:
    """The numbers of the lessons in a table."""
    return list(dict.fromkeys(question.lesson for question in table.questions))


def points_of(rows: Iterable[Row], lesson: str) -> int | None:
    """A student's points in one lesson; None if nothing could be graded."""
    of_lesson = [row for row in rows if row.exercise.startswith(f"X{lesson}.")]
    if all(row.status in ("missing", *REVIEW_STATUSES) for row in of_lesson):
        return None
    return sum(row.points for row in of_lesson)


def clean(text: str) -> str:
    """A text with control and formatting characters replaced, and limited in length."""
    visible = (c if _is_visible(c) else "\N{REPLACEMENT CHARACTER}" for c in text)
    return "".join(visible)[:MAX_LENGTH]


def _is_visible(c: str) -> bool:
    """Whether a character is printable, a space, a newline or a joiner."""
    return (
        c.isprintable() or c == "\n" or c in JOINERS or unicodedata.category(c) == "Zs"
    )


def _on_one_line(text: str) -> str:
    """A name or path with spaces in place of tabs and newlines."""
    return re.sub(r"[\t\r\n\v\f\x85\u2028\u2029]+", " ", text)


def _csv(lines: Iterable[Sequence[object]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([_cell(value) for value in line] for line in lines)
    return file.getvalue().encode()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = clean(value)
    return f"'{text}" if (text.lstrip(" ") or text).startswith(FORMULA) else text


def _missing_row(
    student: Student, question: Question, known: Mapping[tuple[str, str], Row]
) -> Row:
    """The row of an exercise that was not submitted, with the reason if known."""
    id = question.exercise.id
    whole = known.get((student.name, WHOLE))
    if whole is not None and whole.status != "done":
        return whole._replace(exercise=id)
    advice = f"No notebook of lesson 0{question.lesson} was handed in."
    return Row(student.name, id, "missing", advice=advice)


def _with_equal_answers(rows: Sequence[Row]) -> list[Row]:
    """The rows, with a remark where several students have the same answer."""
    students: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in filter(_may_be_copied, rows):
        students[row.exercise, row.fingerprint].append(row.student)
    return [
        _with_others(row, students[row.exercise, row.fingerprint])
        if _may_be_copied(row)
        else row
        for row in rows
    ]


def _may_be_copied(row: Row) -> bool:
    """Whether the answer is long enough, and not the course's own solution."""
    return bool(row.fingerprint) and "word for word" not in " ".join(row.remarks)


def _with_others(row: Row, names: Sequence[str]) -> Row:
    others = [name for name in names[:5] if name != row.student]
    if not others:
        return row
    listed = ", ".join(others[:3]) + ", ..." * (len(names) > 4)
    return row._replace(remarks=(*row.remarks, f"the same text as {listed}"))
