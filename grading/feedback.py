"""Tell one student what was found, exercise by exercise."""

import hashlib
import re

from grading.cases import Question
from grading.grader import Row
from grading.markup import Markup, page, prose, tag
from grading.submissions import Student
from grading.tables import Table


def file_name(student: Student) -> str:
    """The name of a student's page: nothing in it leads anywhere."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "_", student.name).strip("_")[:40]
    mark = hashlib.sha256(student.name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{plain}-{mark[:8]}.html"


def feedback(table: Table, place: int) -> bytes:
    """The page of one student. What others wrote, and remarks, are not on it."""
    rows = table.of(place)
    points = sum(row.points for row in rows)
    worth = sum(question.exercise.points for question in table.questions)
    parts = map(_section, table.questions, rows)
    name = table.people[place].name
    return page(name, tag("p", f"{points} of {worth} points."), *parts)


def _section(question: Question, row: Row) -> Markup:
    exercise, passed = question.exercise, row.status == "passed"
    what = row.misconception or row.status
    head = f"{exercise.id} · {exercise.title}: {what}"
    points = f"{row.points} of {exercise.points} points"
    words = tag("p", prose(row.advice)) if row.advice else ""
    kind = "passed" if passed else "failed"
    return tag("section", tag("h2", head), tag("p", points), words, class_=kind)
