"""The feedback page of one student."""

import hashlib
import re

from grading.cases import Question
from grading.grader import Row
from grading.markup import Markup, code, page, prose, tag
from grading.submissions import Student
from grading.tables import Table


def file_name(student: Student) -> str:
    """The file name of a student's page; it contains no special characters."""
    prefix = re.sub(r"[^A-Za-z0-9-]+", "_", student.name).strip("_")[:40]
    digest = hashlib.sha256(student.name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{prefix}-{digest[:8]}.html"


def feedback(table: Table, index: int) -> bytes:
    """The page of one student, without remarks and without other students' rows.

    Below the advice stands the text of the function or class that was graded.
    """
    rows = table.of(index)
    points = sum(row.points for row in rows)
    maximum = sum(question.exercise.points for question in table.questions)
    sections = map(_section, table.questions, rows)
    name = table.people[index].name
    return page(name, tag("p", f"{points} of {maximum} points."), *sections)


def _section(question: Question, row: Row) -> Markup:
    exercise, passed = question.exercise, row.status == "passed"
    result = row.misconception or row.status
    heading = f"{exercise.id} · {exercise.title}: {result}"
    points = f"{row.points} of {exercise.points} points"
    advice = tag("p", prose(row.advice)) if row.advice else ""
    kind = "passed" if passed else "failed"
    summary = tag("summary", "The answer that was graded")
    source = tag("details", summary, code(row.source)) if row.source else ""
    parts = (tag("h2", heading), tag("p", points), advice, source)
    return tag("section", *parts, class_=kind)
