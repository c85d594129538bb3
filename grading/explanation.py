"""Say why an answer earned nothing: its own fault, or something that could not be run.

The first cell that failed comes first. What the sandbox may have kept from an answer is
for a person to look at: it never fails in silence.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from grading.cases import Question
from grading.execution import Trouble, first_line
from grading.handed_in import Notebook
from teaching.assessment import Verdict
from teaching.observation import Observation

INCOMPLETE = "incomplete"  # the status of what works elsewhere, maybe: a person looks
DENIED = re.compile(  # what an answer raises for lack of something that a notebook had
    r"(PermissionError|FileNotFoundError|NotADirectoryError|OSError|BlockingIOError"
    r"|ModuleNotFoundError|ImportError|MemoryError|EOFError|OutOfMemoryError)\b"
    r"|RuntimeError: .*(can't allocate|not enough|start new thread)",
    re.S,
)
LACKING = re.compile(r"NameError: name '(\w+)' is not defined")


class Found(NamedTuple):
    """What a worker's answers came to.

    Attributes:
        troubles: What went wrong in the notebook's cells.
        raised: What its calls raised.
        state: "missing" or "untouched", if it could not be called.
        fresh: The worker had answered nothing before.
        last: The place of the cell after which the answer was complete, if the student
            wrote more below it.
        lost: The worker ended, or did not answer in time.
        seen: What its calls showed, if a known mistake may show the same.
    """

    verdict: Verdict
    troubles: Mapping[int, Trouble]
    raised: frozenset[str] = frozenset()
    state: str = ""
    fresh: bool = True
    last: int | None = None
    seconds: float = 0.0
    lost: bool = False
    seen: Sequence[Observation] | None = None

    def may_change(self, others: bool) -> bool:
        """Whether a second look, with ``others`` replaced, can find anything else."""
        if self.verdict.status in ("timed out", "error"):
            return False
        if self.lost:
            return not self.fresh
        if self.state:
            return others and bool(self.troubles)
        return others or not self.fresh or self.last is not None


def explain(
    found: Found, question: Question, notebook: Notebook, seen: Mapping[str, Any]
) -> Verdict:
    """The verdict, with what went wrong before it; ``seen`` is what the text shows."""
    verdict = found.verdict
    if verdict.points or verdict.status == "error":
        return verdict
    if found.state:
        return _unwritten(found, question, notebook, seen)
    own = _places(seen, "own")
    near = {*_places(seen, "cells"), *range(max(own, default=-1))}
    troubles = [t for n, t in sorted(found.troubles.items()) if n in near or not own]
    lacking = _lacking(found.raised, question)
    if not troubles and not lacking:
        return verdict
    words = [_told(trouble, notebook) for trouble in troubles[:1]]
    words += [lacking] if lacking else []
    if any(t.denied or t.cell not in own for t in troubles) or lacking:
        words.append(LOOKED_AT)
        if verdict.status not in ("died", "ambiguous"):
            verdict = verdict._replace(status=INCOMPLETE)
    return verdict._replace(advice=" ".join([*words, verdict.advice]))


def _unwritten(
    found: Found, question: Question, notebook: Notebook, seen: Mapping[str, Any]
) -> Verdict:
    """The verdict on an exercise whose names hold nothing of the student's."""
    binding = _places(seen, "binding")
    troubles = [t for n, t in sorted(found.troubles.items()) if n in binding]
    stub = [t for t in found.troubles.values() if t.cell in _places(seen, "own")]
    names = question.exercise.names
    if troubles:
        first = troubles[0]
        words = _told(first, notebook)
        if first.ended:
            return Verdict("died", None, words, 0)
        if first.denied:
            return Verdict(INCOMPLETE, None, f"{words} {LOOKED_AT}", 0)
        return Verdict("raised", None, words, 0)
    if found.state == "untouched" or any(
        t.text.startswith("NotImplementedError") for t in stub
    ):
        return found.verdict._replace(
            advice=_elsewhere(question, notebook, "Nothing was written here.")
        )
    if stub:
        ended = stub[0].ended
        status = "died" if ended else INCOMPLETE if stub[0].denied else "raised"
        return Verdict(status, None, _told(stub[0], notebook), 0)
    listed = " and ".join(names)
    if _places(seen, "own"):
        what = f"The cell defines no {' and no '.join(names)}."
        return Verdict("raised", None, what, 0)
    what = f"No cell has the id {question.slug}, and none defines {listed}."
    return Verdict("missing", None, _elsewhere(question, notebook, what), 0)


LOOKED_AT = "In the notebook it may work: a person will look at it."


def _elsewhere(question: Question, notebook: Notebook, what: str) -> str:
    """The same, with the hint that an answer stands in a cell that is no code."""
    for name in (question.slug, *question.exercise.names):
        if kind := notebook.text.get(name):
            return f"{what} A cell of text ({kind}) holds one: only code is run."
    return what


def _told(trouble: Trouble, notebook: Notebook) -> str:
    line = first_line(notebook.cells[trouble.cell].source)
    return f"Code cell {trouble.cell + 1} (`{line}`) failed: {_sentence(trouble.text)}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _lacking(raised: frozenset[str], question: Question) -> str:
    """What an answer lacked in the sandbox when it was called, in words."""
    for text in sorted(raised):
        if DENIED.match(text):
            return (
                "The answer asks for a file, a package, a process or more memory than "
                "there is where answers are graded."
            )
        name = LACKING.match(text)
        if name and name[1] in question.edition.made:
            return f"`{name[1]}` is made by a cell of the course that is not run again."
    return ""


def _places(seen: Mapping[str, Any], name: str) -> Sequence[int]:
    found = seen.get(name)
    return [n for n in found if type(n) is int] if type(found) is list else []
