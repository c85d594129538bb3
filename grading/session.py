"""Run one notebook in a worker; run it again, without a cell that ended the worker.

All that a worker says of the run decides only what a student is told and which person
looks at it: points come from values alone.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from grading.cases import Edition, Question
from grading.connection import ForkServer, Link
from grading.execution import CellError
from grading.handed_in import Notebook
from grading.limits import LIMITS
from grading.wire import Lost, broken

USED_UP = (
    f"The cells and exercises before this one took all the time of a submission: "
    f"{LIMITS.submission:.0f} s, {LIMITS.submission_cpu:.0f} s of processor time."
)
COURSE = 6.0  # seconds that the course's own statements may take between two cells


class Budget:
    """What is left to one submission, of wall time and of the processor's."""

    def __init__(self) -> None:
        self.end = time.monotonic() + LIMITS.submission
        self.cpu = LIMITS.submission_cpu

    def left(self) -> float:
        """Seconds of wall time; 0 if either is used up."""
        return max(0.0, self.end - time.monotonic()) if self.cpu > 0 else 0.0


@dataclass
class Running:
    """A worker in which a notebook was run.

    Attributes:
        troubles: What went wrong in its cells, by their places.
        last: By exercise, the place of the cell after which its answer was complete.
        asked: How many exercises it was asked about.
    """

    link: Link
    troubles: dict[int, CellError]
    last: Mapping[str, int] = field(default_factory=dict)
    asked: int = 0


class Session:
    """One notebook, and what is known of its cells from the runs so far."""

    def __init__(
        self,
        fork_server: ForkServer,
        notebook: Notebook,
        questions: Sequence[Question],
        budget: Budget,
    ) -> None:
        self.fork_server, self.notebook, self.budget = fork_server, notebook, budget
        self.edition: Edition = questions[0].edition
        self.kinds = [self.edition.kind(cell.source) for cell in notebook.cells]
        self.asked = [(q.exercise.id, list(q.exercise.names)) for q in questions]
        self.fatal: dict[int, CellError] = {}  # cells that ended a worker
        self.restarts = 0

    @contextmanager
    def opened(
        self, failed: Sequence[str] = (), until: int | None = None
    ) -> Iterator[Running]:
        """A worker in which the notebook was run, up to a cell or to its end.

        The names of the exercises in ``failed`` hold the library's functions.

        Raises:
            Lost: if the notebook cannot be run, or the worker ends within the block.
        """
        last = len(self.notebook.cells) - 1 if until is None else until
        while True:
            running, place = None, -1
            try:
                with self.fork_server.worker(max(1.0, self.budget.cpu)) as link:
                    started = Running(link, dict(self.fatal))
                    self._ask(
                        link, {"do": "open", "order": self._order(failed)}, LIMITS.load
                    )
                    for written in self._run(started, last):
                        place = written
                    self._finish(started)
                    running, place = started, -1
                    yield running
                return
            except Lost as lost:
                if running is not None or place < 0 or lost.status == "error":
                    raise
                self._give_up_cell(place, lost)
            finally:
                self.budget.cpu -= self.fork_server.cpu

    def cut(self, last: int | None) -> int | None:
        """The same place if a cell below it could change what an answer does."""
        below = [] if last is None or last < 0 else self.kinds[last + 1 :]
        return last if "written" in below else None

    def _order(self, failed: Sequence[str]) -> dict[str, object]:
        cells = [
            (cell.source, kind) if place not in self.fatal else ("", "released")
            for place, (cell, kind) in enumerate(
                zip(self.notebook.cells, self.kinds, strict=True)
            )
        ]
        return {
            "cells": cells,
            "prelude": list(self.edition.prelude),
            "references": dict(self.edition.references),
            "failed": list(failed),
            "helpers": dict(self.notebook.helpers),
            "python": self.notebook.python,
        }

    def _run(self, running: Running, last: int) -> Iterator[int]:
        """Run the cells; yield each that the student wrote before it is run."""
        began = time.monotonic()
        written = [
            i for i, kind in enumerate(self.kinds[: last + 1]) if kind == "written"
        ]
        for place in dict.fromkeys((*written, last)):
            if place < 0:  # there is no cell at all
                continue
            yield place
            spent = time.monotonic() - began
            seconds = min(LIMITS.cell, max(LIMITS.briefly, LIMITS.cells - spent))
            request = {"do": "cells", "until": place, "seconds": seconds}
            reply = self._ask(running.link, request, seconds + LIMITS.grace + COURSE)
            if trouble := _trouble(reply.get("trouble"), place):
                running.troubles[place] = trouble

    def _finish(self, running: Running) -> None:
        reply = self._ask(
            running.link, {"do": "finish", "asked": self.asked}, LIMITS.load
        )
        found = reply.get("last")
        if type(found) is not dict:
            raise broken("the end of a run was told wrongly")
        running.last = {id: n for id, n in found.items() if type(n) is int}

    def _ask(self, link: Link, request: dict[str, object], seconds: float) -> dict:
        left = self.budget.left()
        if not left:
            raise Lost("timed out", USED_UP)
        link.within(min(seconds, left))
        return link.ask(request)[0]

    def _give_up_cell(self, place: int, lost: Lost) -> None:
        """Leave a cell out from now on."""
        late = lost.status == "timed out"
        self.fatal[place] = CellError(place, lost.reason, denied=late, ended=not late)
        self.restarts += 1
        if self.restarts > LIMITS.restarts:
            what = f"Cells ended the process that ran them {self.restarts} times. "
            raise Lost("died", f"{what}The last: {lost.reason}")


def _trouble(told: object, place: int) -> CellError | None:
    """What a worker tells of a cell, if it is told in the right way."""
    if told is None:
        return None
    if type(told) is list and len(told) == 4 and type(told[1]) is str:
        return CellError(place, told[1][: LIMITS.text], told[2] is True)
    raise broken("the trouble in a cell was told wrongly")
