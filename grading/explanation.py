"""Explain a failed answer: an error of its own, or a cell that could not be run.

The first cell that failed is reported first. If the failure may be due to the sandbox,
the row is marked for review.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from grading.cases import Question
from grading.execution import CellError, first_line
from grading.handed_in import Notebook
from teaching.assessment import Verdict
from teaching.observation import Observation

INCOMPLETE = "incomplete"  # the status of an answer that may work outside the sandbox
DENIED = re.compile(  # errors that the restrictions of the sandbox may cause
    r"(PermissionError|FileNotFoundError|NotADirectoryError|OSError|BlockingIOError"
    r"|ModuleNotFoundError|ImportError|MemoryError|EOFError|OutOfMemoryError)\b"
    r"|RuntimeError: .*(can't allocate|not enough|start new thread)",
    re.S,
)
LACKING = re.compile(r"NameError: name '(\w+)' is not defined")


class AnswerResult(NamedTuple):
    """The result of grading one answer in a worker.

    Attributes:
        troubles: The errors in the notebook's cells, by index.
        raised: The exceptions that its calls raised.
        state: "missing" or "untouched" if it could not be called.
        fresh: Whether the worker had graded no answer before.
        last: The index of the cell after which the answer was complete, if the student
            wrote more below it.
        lost: Whether the worker ended or did not reply in time.
        seen: The observations of its calls, to be compared with known mistakes.
    """

    verdict: Verdict
    troubles: Mapping[int, CellError]
    raised: frozenset[str] = frozenset()
    state: str = ""
    fresh: bool = True
    last: int | None = None
    seconds: float = 0.0
    lost: bool = False
    seen: Sequence[Observation] | None = None

    def may_change(self, others: bool) -> bool:
        """Whether a second run may give another result.

        ``others`` tells whether other answers would be replaced by references then.
        """
        if self.verdict.status in ("timed out", "error"):
            return False
        if self.lost:
            return not self.fresh
        if self.state:
            return others and bool(self.troubles)
        return others or not self.fresh or self.last is not None


def explain(
    found: AnswerResult,
    question: Question,
    notebook: Notebook,
    survey: Mapping[str, Any],
) -> Verdict:
    """The verdict, with errors of earlier cells; ``survey`` comes from the worker."""
    verdict = found.verdict
    if verdict.points or verdict.status == "error":
        return verdict
    if found.state:
        return _unwritten(found, question, notebook, survey)
    own = _indices(survey, "own")
    near = {*_indices(survey, "cells"), *range(max(own, default=-1))}
    troubles = [t for n, t in sorted(found.troubles.items()) if n in near or not own]
    lacking = _lacking(found.raised, question)
    if not troubles and not lacking:
        return verdict
    sentences = [_describe(trouble, notebook) for trouble in troubles[:1]]
    sentences += [lacking] if lacking else []
    if any(t.denied or t.cell not in own for t in troubles) or lacking:
        sentences.append(NEEDS_REVIEW)
        if verdict.status not in ("died", "ambiguous"):
            verdict = verdict._replace(status=INCOMPLETE)
    return verdict._replace(advice=" ".join([*sentences, verdict.advice]))


def _unwritten(
    found: AnswerResult,
    question: Question,
    notebook: Notebook,
    survey: Mapping[str, Any],
) -> Verdict:
    """The verdict on an exercise for which the student defined nothing."""
    binding = _indices(survey, "binding")
    troubles = [t for n, t in sorted(found.troubles.items()) if n in binding]
    stub = [t for t in found.troubles.values() if t.cell in _indices(survey, "own")]
    names = question.exercise.names
    if troubles:
        first = troubles[0]
        message = _describe(first, notebook)
        if first.ended:
            return Verdict("died", None, message, 0)
        if first.denied:
            return Verdict(INCOMPLETE, None, f"{message} {NEEDS_REVIEW}", 0)
        return Verdict("raised", None, message, 0)
    if found.state == "untouched" or any(
        t.text.startswith("NotImplementedError") for t in stub
    ):
        return found.verdict._replace(
            advice=_elsewhere(question, notebook, "Nothing was written here.")
        )
    if stub:
        ended = stub[0].ended
        status = "died" if ended else INCOMPLETE if stub[0].denied else "raised"
        return Verdict(status, None, _describe(stub[0], notebook), 0)
    listed = " and ".join(names)
    if _indices(survey, "own"):
        what = f"The cell defines no {' and no '.join(names)}."
        return Verdict("raised", None, what, 0)
    what = f"No cell has the id {question.slug}, and none defines {listed}."
    return Verdict("missing", None, _elsewhere(question, notebook, what), 0)


NEEDS_REVIEW = "In the notebook it may work: a person will look at it."


def _elsewhere(question: Question, notebook: Notebook, what: str) -> str:
    """The sentence, with a hint if a cell that is no code contains an answer."""
    for name in (question.slug, *question.exercise.names):
        if kind := notebook.text.get(name):
            return f"{what} A {kind} cell contains one, but only code cells are run."
    return what


def _describe(trouble: CellError, notebook: Notebook) -> str:
    line = first_line(notebook.cells[trouble.cell].source)
    return f"Code cell {trouble.cell + 1} (`{line}`) failed: {_sentence(trouble.text)}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _lacking(raised: frozenset[str], question: Question) -> str:
    """What the answer lacked in the sandbox when it was called; "" if nothing."""
    for text in sorted(raised):
        if DENIED.match(text):
            return (
                "The answer needs a file, a package, a process or more memory, which "
                "are not available where answers are graded."
            )
        name = LACKING.match(text)
        if name and name[1] in question.edition.made:
            return (
                f"`{name[1]}` is computed by a cell of the course, which is not run "
                "again."
            )
    return ""


def _indices(survey: Mapping[str, Any], name: str) -> Sequence[int]:
    listed = survey.get(name)
    return [n for n in listed if type(n) is int] if type(listed) is list else []
