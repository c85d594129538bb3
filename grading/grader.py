"""Judge what one student handed in, exercise by exercise, on secret inputs."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from grading.cases import Question
from grading.cells import Cell, Unreadable
from grading.connection import Link, Zygote
from grading.handed_in import Notebook, digest, lesson_of
from grading.limits import LIMITS
from grading.remote_functions import stand_ins
from grading.submissions import File, Student
from grading.wire import Lost
from teaching.assessment import Verdict, compare, observe_all
from teaching.exercise import misfit

BEFORE_RUNNING = ("missing", "ambiguous", "raised", "unreadable")  # statuses of these
WHOLE = ""  # stands in place of an exercise in the row about a whole submission


class Row(NamedTuple):
    """What was found: of one exercise of one student, or of all that was handed in.

    ``misconception`` names a known mistake; ``remarks`` are for a person to look at and
    cost no point; ``handed`` is the same for the same files; ``seconds`` are wall time.
    """

    student: str
    exercise: str
    status: str
    points: int = 0
    misconception: str = ""
    advice: str = ""
    remarks: tuple[str, ...] = ()
    fingerprint: str = ""
    handed: str = ""
    seconds: float = 0.0


class Budget:
    """What is left to one submission, of wall time and of the processor's."""

    def __init__(self) -> None:
        self.end = time.monotonic() + LIMITS.submission
        self.cpu = LIMITS.submission_cpu

    def left(self) -> float:
        """Seconds of wall time; 0 if either is used up."""
        return max(0.0, self.end - time.monotonic()) if self.cpu > 0 else 0.0


class Grader:
    """Judges submissions one after the other, in a sandbox that it keeps."""

    def __init__(self, zygote: Zygote, questions: Sequence[Question]) -> None:
        self.zygote, self.questions = zygote, questions

    def rows(
        self, student: Student, have: Collection[tuple[str, str]] = ()
    ) -> Iterator[Row]:
        """A row for each exercise of each notebook, and one about the whole at last.

        ``have`` lists what is known already, as pairs of exercise and ``handed``.
        """
        handed = digest(student)
        if (WHOLE, handed) in have:
            return
        notebooks, notes = self._read(student)
        for number, found in notebooks.items():
            budget = Budget()
            for question in self.questions:
                id = question.exercise.id
                if question.lesson == number and (id, handed) not in have:
                    row = self._judge(question, found, budget)
                    yield row._replace(student=student.name, handed=handed)
        notes += ["No notebook was handed in."] * (not student.files)
        status = "done" if not notes else "unreadable" if student.files else "missing"
        what = " ".join(notes)[: LIMITS.text]
        yield Row(student.name, WHOLE, status, advice=what, handed=handed)

    def _read(self, student: Student) -> tuple[dict[str, list[Notebook]], list[str]]:
        """The notebooks by lesson, and what is to be said of other files."""
        found: dict[str, list[Notebook]] = {}
        notes = []
        for file in student.files:
            try:
                notebook = Notebook(file.name, self._cells(file))
                number = lesson_of(notebook, self.questions)
                found.setdefault(number, []).append(notebook)
            except Unreadable as error:
                notes.append(f"{file.name}: {error}")
            except Lost as lost:
                notes.append(f"{file.name}: It could not be read. {lost.reason}")
        return found, notes

    def _cells(self, file: File) -> list[Cell]:
        with self.zygote.worker() as link:
            message, _ = link.ask({"do": "read"}, file.read())
            if "cells" in message:
                return [Cell(*cell) for cell in message["cells"]]
        what = message.get("unreadable", message.get("text", "nothing came back"))
        raise Unreadable(str(what))

    def _judge(
        self, question: Question, found: Sequence[Notebook], budget: Budget
    ) -> Row:
        exercise, began = question.exercise, time.monotonic()
        if len(found) > 1:
            listed = ", ".join(notebook.name for notebook in found)
            what = f"Which of these is the lesson's notebook: {listed}?"
            return Row("", exercise.id, "ambiguous", advice=what)
        row = Row("", exercise.id, "timed out", advice=_USED_UP)
        if budget.left():
            try:
                row = self._asked(question, found[0].cells, budget)
            except Lost as lost:
                row = Row("", exercise.id, lost.status, advice=lost.reason)
            except Exception as error:  # the course's own fault: the class goes on
                what = f"The grader failed: {type(error).__name__}: {error}"
                row = Row("", exercise.id, "error", advice=what)
            budget.cpu -= self.zygote.cpu
        seconds = round(time.monotonic() - began, 3)
        return row._replace(advice=row.advice[: LIMITS.text], seconds=seconds)

    def _asked(self, question: Question, cells: Sequence[Cell], budget: Budget) -> Row:
        with self.zygote.worker() as link:
            request = question.request | {"cells": [list(cell) for cell in cells]}
            static, _ = link.ask({"do": "find", **request})
            verdict = _refused(static, BEFORE_RUNNING)
            verdict = verdict or _verdict(link, question, budget)
        row = Row("", question.exercise.id, verdict.status, verdict.points)
        return row._replace(
            misconception=verdict.mistake or "",
            advice=verdict.advice,
            remarks=question.remarks(static),
            fingerprint=str(static.get("fingerprint", ""))[:16],
        )


def _refused(message: Mapping[str, Any], known: Sequence[str]) -> Verdict | None:
    """The verdict on an answer that is not there or cannot be run; None if it can.

    ``known`` are the statuses that a worker may give at this point.
    """
    if "raised" in message:
        what = f"{message['raised']}: {message.get('text')}"
        return Verdict("raised", None, what, 0)
    status, why = message.get("status"), str(message.get("reason"))
    if why.startswith("NotImplementedError"):  # the whole cell is nbgrader's own stub
        return _UNANSWERED
    return Verdict(status, None, why, 0) if status in known else None


def _verdict(link: Link, question: Question, budget: Budget) -> Verdict:
    exercise = question.exercise
    link.within(min(LIMITS.load, budget.left()))
    loaded, _ = link.ask({"do": "load", "names": question.exercise.names})
    refused = _refused(loaded, ("raised",))
    if refused:
        return refused
    answer = stand_ins(link, loaded.get("parts"))
    problem = misfit(exercise, answer)
    if problem:
        return Verdict("wrong", None, problem, 0)
    link.within(min(exercise.seconds, budget.left()))
    try:
        seen = observe_all(answer, question.cases)
    except NotImplementedError:
        return _UNANSWERED
    return compare(exercise, question.cases, seen)


_UNANSWERED = Verdict("not attempted", None, "Nothing was written here.", 0)
_USED_UP = (
    f"The exercises before this one took all the time of a submission: "
    f"{LIMITS.submission:.0f} s, {LIMITS.submission_cpu:.0f} s of processor time."
)
