"""Judge what one student handed in, exercise by exercise, on secret inputs."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from grading import explanation
from grading.cases import Question
from grading.cells import Cell, Unreadable
from grading.connection import ForkServer, Link
from grading.explanation import AnswerResult
from grading.handed_in import Notebook, digest, lesson_of
from grading.limits import LIMITS
from grading.remote_functions import RemoteCase, stand_ins
from grading.session import USED_UP, Budget, Running, Session
from grading.submissions import File, Student
from grading.wire import Lost
from teaching.assessment import Verdict, compare
from teaching.exercise import problem_with_answer
from teaching.observation import Observation, observe

WHOLE = ""  # stands in place of an exercise in the row about a whole submission


class Row(NamedTuple):
    """The result of one exercise of one student, or of a whole submission.

    ``misconception`` names a known mistake; ``remarks`` are for a person to look at and
    cost no point; ``handed`` is a digest of the submitted files; ``seconds`` are wall
    time; ``source`` is the text of the answer, for display only.
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
    source: str = ""


class Grader:
    """Judges submissions one after the other, in a sandbox that it keeps."""

    def __init__(self, fork_server: ForkServer, questions: Sequence[Question]) -> None:
        self.fork_server, self.questions = fork_server, questions
        editions = {question.lesson: question.edition for question in questions}
        fork_server.extras = sorted({m for e in editions.values() for m in e.modules})

    def rows(
        self, student: Student, have: Collection[tuple[str, str]] = ()
    ) -> Iterator[Row]:
        """A row for each exercise of each notebook, and one about the whole at last.

        ``have`` lists what is known already, as pairs of exercise and ``handed``.
        """
        handed, began = digest(student), time.monotonic()
        if (WHOLE, handed) in have:
            return
        notebooks, notes = self._read(student)
        for number, found in notebooks.items():
            asked = [
                question
                for question in self.questions
                if question.lesson == number
                and (question.exercise.id, handed) not in have
            ]
            for row in self._grade_lesson(asked, found):
                yield row._replace(student=student.name, handed=handed)
        notes += ["No notebook was handed in."] * (not student.files)
        status = "done" if not notes else "unreadable" if student.files else "missing"
        what = " ".join(notes)[: LIMITS.text]
        seconds = round(time.monotonic() - began, 3)
        yield Row(
            student.name, WHOLE, status, advice=what, handed=handed, seconds=seconds
        )

    def _read(self, student: Student) -> tuple[dict[str, list[Notebook]], list[str]]:
        """The notebooks by lesson, and what is to be said of other files."""
        found: dict[str, list[Notebook]] = {}
        helpers, notes = _helpers(student)
        for file in student.files:
            try:
                number, notebook = self._notebook(file, helpers)
                found.setdefault(number, []).append(notebook)
            except Unreadable as error:
                notes.append(f"{file.name}: {error}")
            except Lost as lost:
                notes.append(f"{file.name}: It could not be read. {lost.reason}")
        return found, notes

    def _notebook(self, file: File, helpers: Mapping[str, str]) -> tuple[str, Notebook]:
        """A notebook that is read, and its lesson's number; nothing of it is run."""
        with self.fork_server.worker() as link:
            message, _ = link.ask({"do": "read"}, file.read())
            if "cells" not in message:
                what = message.get("unreadable", message.get("text", "nothing came"))
                raise Unreadable(str(what))
            cells = [Cell(*cell) for cell in message["cells"]]
            notebook = Notebook(
                file.name, cells, str(message["python"]), message["text"], helpers
            )
            number = lesson_of(notebook, self.questions)
            asked = [q for q in self.questions if q.lesson == number]
            return number, notebook._replace(survey=_survey(link, asked, cells))

    def _grade_lesson(
        self, questions: Sequence[Question], found: Sequence[Notebook]
    ) -> Iterator[Row]:
        """The rows of one lesson's exercises."""
        if not questions:
            return
        chosen = [notebook for notebook in found if _is_written(notebook)] or found[:1]
        if len({str(notebook.cells) for notebook in chosen}) > 1:
            listed = ", ".join(notebook.name for notebook in chosen)
            what = f"Which of these is the lesson's notebook: {listed}?"
            for question in questions:
                yield Row("", question.exercise.id, "ambiguous", advice=what)
            return
        notebook = chosen[0]
        for question, result in self._results(questions, notebook):
            seen = notebook.survey.get(question.slug, {})
            verdict = explanation.explain(result, question, notebook, seen)
            yield Row(
                "",
                question.exercise.id,
                verdict.status,
                verdict.points,
                verdict.mistake or "",
                verdict.advice[: LIMITS.text],
                question.remarks(seen),
                str(seen.get("fingerprint", ""))[:16],
                seconds=round(result.seconds, 3),
                source=str(seen.get("source", ""))[: LIMITS.source],
            )

    def _results(
        self, questions: Sequence[Question], notebook: Notebook
    ) -> Iterator[tuple[Question, AnswerResult]]:
        """The result of each answer.

        All answers are called in one worker first. An answer that fails is called again
        in a fresh worker, in which the notebook was run up to the answer's check, with
        the reference in place of other answers that fail.
        """
        session = Session(self.fork_server, notebook, questions, Budget())
        found = self._first(session, questions)
        failed = [id for id, result in found.items() if not result.verdict.points]
        for question in questions:
            id = question.exercise.id
            result = found[id]
            others = [other for other in failed if other != id]
            if (
                id in failed
                and result.may_change(bool(others))
                and session.budget.left()
            ):
                result = self._again(session, question, others, result)
            yield question, _with_mistake(result, question)

    def _first(
        self, session: Session, questions: Sequence[Question]
    ) -> dict[str, AnswerResult]:
        """What is found of all answers, in as few workers as may be."""
        found: dict[str, AnswerResult] = {}
        waiting = list(questions)
        while waiting:
            running = None
            try:
                with session.opened() as running:
                    while waiting:
                        id = waiting[0].exercise.id
                        found[id] = self._asked(session, running, waiting[0])
                        waiting.pop(0)
            except Lost as lost:
                verdict = Verdict(lost.status, None, lost.reason, 0)
                troubles = running.troubles if running else session.fatal
                ended = waiting[:1] if running else waiting
                for question in ended:
                    found[question.exercise.id] = AnswerResult(
                        verdict, troubles, lost=True
                    )
                waiting = waiting[len(ended) :]
        return found

    def _again(
        self,
        session: Session,
        question: Question,
        others: list[str],
        first: AnswerResult,
    ) -> AnswerResult:
        """What is found of one answer by a worker that has answered nothing."""
        running = None
        try:
            with session.opened(others, first.last) as running:
                second = self._asked(session, running, question)
        except Lost as lost:
            if running is None:
                return first
            verdict = Verdict(lost.status, None, lost.reason, 0)
            second = AnswerResult(verdict, running.troubles, lost=True)
        return second._replace(seconds=first.seconds + second.seconds)

    def _asked(
        self, session: Session, running: Running, question: Question
    ) -> AnswerResult:
        """What is found of an answer by a worker that has run the notebook."""
        began, link = time.monotonic(), running.link
        link.raised.clear()
        fresh = not running.asked
        running.asked += 1
        state, seen = "", None
        try:
            verdict, state, seen = _verdict(link, question, session.budget)
        except Exception as error:  # the course's own fault: the class goes on
            what = f"The grader failed: {type(error).__name__}: {error}"
            verdict = Verdict("error", None, what, 0)
        return AnswerResult(
            verdict,
            running.troubles,
            frozenset(link.raised),
            state,
            fresh,
            session.cut(running.last.get(question.exercise.id)),
            time.monotonic() - began,
            seen=seen,
        )


def _helpers(student: Student) -> tuple[dict[str, str], list[str]]:
    """The modules beside a student's notebooks, and what is to be said of them."""
    found: dict[str, str] = {}
    notes, size = [], 0
    for file in getattr(student, "modules", ()):
        try:
            text = file.read().decode("utf-8", "replace")
        except Unreadable as error:
            notes.append(f"{file.name}: {error}")
            continue
        size += len(text)
        if size > LIMITS.code:
            notes.append(f"{file.name}: The modules beside the notebook are too long.")
            break
        found[file.name] = text
    return found, notes


def _survey(
    link: Link, questions: Sequence[Question], cells: Sequence[Cell]
) -> Mapping[str, Mapping[str, Any]]:
    """What a notebook's text shows of each answer; nothing if it cannot be read."""
    edition = questions[0].edition
    request = {
        "do": "survey",
        "cells": [list(cell) for cell in cells],
        "written": [edition.kind(cell.source) == "written" for cell in cells],
        "asked": [
            [q.slug, list(q.exercise.names), list(q.exercise.methods)]
            for q in questions
        ],
    }
    try:
        return link.ask(request)[0].get("found", {})
    except Lost:  # the parser ended with its process: running it will tell
        return {}


def _is_written(notebook: Notebook) -> bool:
    return any(seen.get("binding") for seen in notebook.survey.values())


def _verdict(
    link: Link, question: Question, budget: Budget
) -> tuple[Verdict, str, Sequence[Observation] | None]:
    """What an answer is worth, whether it is "missing" or "untouched", what it showed.

    Which known mistake it makes is not looked for yet.
    """
    exercise = question.exercise
    if not budget.left():
        return Verdict("timed out", None, USED_UP, 0), "", None
    link.within(min(LIMITS.load, budget.left()))
    request = {"do": "load", "id": exercise.id, "names": list(exercise.names)}
    loaded, _ = link.ask(request)
    if "raised" in loaded:
        what = f"{loaded['raised']}: {loaded.get('text')}"
        return Verdict("raised", None, what, 0), "", None
    for state in ("missing", "untouched"):
        if loaded.get(state) is True:
            return UNANSWERED, state, None
    problem = problem_with_answer(exercise, stand_ins(loaded.get("parts")))
    if problem:
        return Verdict("wrong", None, problem, 0), "", None
    link.within(min(exercise.seconds, budget.left()))
    try:
        seen = [observe(RemoteCase(link, case), case) for case in question.cases]
    except NotImplementedError:
        return UNANSWERED, "", None
    return compare(replace(exercise, mistakes=()), question.cases, seen), "", seen


def _with_mistake(found: AnswerResult, question: Question) -> AnswerResult:
    """The same, with the known mistake that an answer makes, if it makes one."""
    if found.verdict.points or found.seen is None:
        return found
    try:
        verdict = compare(question.exercise, question.cases, found.seen)
    except Exception as error:  # the course's own fault: the class goes on
        what = f"The grader failed: {type(error).__name__}: {error}"
        verdict = Verdict("error", None, what, 0)
    return found._replace(verdict=verdict)


UNANSWERED = Verdict("not attempted", None, "Nothing was written here.", 0)
