"""Set the rows of a run in tables: one a student and exercise, one a student.

All text in them came from submissions, or might have: no spreadsheet computes it.
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

# What makes a spreadsheet compute a cell; some take the wide signs of East Asia too
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
JOINERS = "\u200c\u200d"  # invisible, but letters of Persian, Indic names and emoji
BOM = "\ufeff"  # by which spreadsheet programs know UTF-8
# A person should look at rows of these statuses
LOOK = ("died", "unreadable", "ambiguous", "incomplete", "error")
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
LONGEST = 2000  # characters of a cell


class Table(NamedTuple):
    """A whole run: who was graded, on what, and a row for each pair of both.

    ``left`` is what was handed in and is not graded; ``remarks`` and ``doubts`` say how
    the submissions were understood, and doubts need a person.
    """

    people: Sequence[Student]
    questions: Sequence[Question]
    rows: Sequence[Row]  # student by student, each in the order of the exercises
    left: Sequence[Left] = ()
    remarks: Sequence[str] = ()
    doubts: Sequence[str] = ()

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody should look at a row, a file or a name."""
        rows = any(row.status in LOOK for row in self.rows)
        return rows or bool(self.doubts) or any(left.look for left in self.left)

    def of(self, place: int) -> Sequence[Row]:
        """The rows of one student, by the place among the people."""
        n = len(self.questions)
        return self.rows[place * n : (place + 1) * n]


def complete(
    known: Mapping[tuple[str, str], Row],
    people: Sequence[Student],
    questions: Sequence[Question],
) -> Table:
    """A row for every student and exercise of the lessons that anybody handed in."""
    seen = {id for _, id in known}
    lessons = {q.lesson for q in questions if q.exercise.id in seen}
    asked = [q for q in questions if not lessons or q.lesson in lessons]
    rows = [
        known.get((student.name, question.exercise.id))
        or _nothing(student, question, known)
        for student in people
        for question in asked
    ]
    return Table(people, asked, _with_namesakes(rows))


def grades(table: Table) -> bytes:
    """``grades.csv``: what was found of each exercise of each student."""
    worth = {q.exercise.id: q.exercise.points for q in table.questions}
    head = ("student", "exercise", "status", "points", "out of", "misconception")
    lines = [(*head, "advice", "remarks", "seconds")]
    for row in table.rows:
        found = (*row[:4], worth[row.exercise], row.misconception, row.advice)
        lines.append((*found, "; ".join(row.remarks), row.seconds))
    return _csv(lines)


def gradebook(table: Table) -> bytes:
    """``gradebook.csv``: points by lesson, in the columns that Canvas imports.

    Moodle's import asks which column is whose. A lesson of which nothing could be
    graded is left blank, so that no grade is overwritten. It begins with a mark by
    which spreadsheet programs know its letters.
    """
    lessons = lessons_of(table)
    lines = [(*CANVAS, *(f"Lesson 0{number}" for number in lessons))]
    for place, student in enumerate(table.people):
        points = [points_of(table.of(place), number) for number in lessons]
        shown = ["" if total is None else total for total in points]
        who = _on_one_line(student.name), _on_one_line(student.id)
        lines.append((*who, "", "", "", *shown))
    return BOM.encode() + _csv(lines)


def left_out(table: Table) -> bytes:
    """``left_out.csv``: each file or folder that was handed in and is not graded."""
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
    mine = [row for row in rows if row.exercise.startswith(f"X{lesson}.")]
    if all(row.status in ("missing", *LOOK) for row in mine):
        return None
    return sum(row.points for row in mine)


def clean(text: str) -> str:
    """A text without the characters that show nothing, or turn others around."""
    shown = (c if _is_shown(c) else "\N{REPLACEMENT CHARACTER}" for c in text)
    return "".join(shown)[:LONGEST]


def _is_shown(c: str) -> bool:
    """Whether a character shows, is a space or a new line, or joins letters."""
    return (
        c.isprintable() or c == "\n" or c in JOINERS or unicodedata.category(c) == "Zs"
    )


def _on_one_line(text: str) -> str:
    """A name or a path with spaces where it has tabs and new lines."""
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


def _nothing(
    student: Student, question: Question, known: Mapping[tuple[str, str], Row]
) -> Row:
    """The row of an exercise that was not handed in, with the reason if known."""
    id = question.exercise.id
    whole = known.get((student.name, WHOLE))
    if whole is not None and whole.status != "done":
        return whole._replace(exercise=id)
    what = f"No notebook of lesson 0{question.lesson} was handed in."
    return Row(student.name, id, "missing", advice=what)


def _with_namesakes(rows: Sequence[Row]) -> list[Row]:
    """The same rows, with a remark where several students have the same answer."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in filter(_may_be_copied, rows):
        alike[row.exercise, row.fingerprint].append(row.student)
    return [
        _with_namesake(row, alike[row.exercise, row.fingerprint])
        if _may_be_copied(row)
        else row
        for row in rows
    ]


def _may_be_copied(row: Row) -> bool:
    """Whether it is long enough, and not the course's own text, which many may have."""
    return bool(row.fingerprint) and "word for word" not in " ".join(row.remarks)


def _with_namesake(row: Row, names: Sequence[str]) -> Row:
    others = [name for name in names[:5] if name != row.student]
    if not others:
        return row
    listed = ", ".join(others[:3]) + ", ..." * (len(names) > 4)
    return row._replace(remarks=(*row.remarks, f"the same text as {listed}"))
