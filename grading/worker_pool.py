"""Grade in several processes; a process that crashes does not affect the others."""

import json
import signal
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection

from grading.confinement import die_with_parent
from grading.grader import WHOLE, Grader, Row
from grading.journal import from_json
from grading.submissions import Student

FORK = get_context("fork")  # children inherit PyTorch and all questions
Known = Mapping[str, Collection[tuple[str, str]]]  # by student: exercise and ``handed``
DONE = b"done"
MAX_DEATHS = 3  # deaths of a process in a row that end the run
CRASHED = "The process that graded this submission crashed."


def grade_in_processes(
    people: Sequence[Student], known: Known, make: Callable[[], Grader], jobs: int
) -> Iterator[Row]:
    """The rows of all students, in the order in which they are computed.

    ``make`` creates the grader of one process; ``known`` lists what is not graded
    again. A process that dies is replaced and leaves a row with status "error".

    Raises:
        ValueError: if a process dies several times in a row.
    """
    waiting = iter(enumerate(people))
    work = partial(_grade_students, people=people, known=known, make=make)
    processes = [_Process(work) for _ in range(min(jobs, len(people)))]
    try:
        busy = [process for process in processes if process.take(next(waiting, None))]
        while busy:
            ready = connection.wait([process.line for process in busy])
            for process in [process for process in busy if process.line in ready]:
                row = process.receive()
                if row is not None:
                    yield row
                if process.idle and not process.take(next(waiting, None)):
                    busy.remove(process)
    finally:
        for process in processes:
            process.end()


class _Process:
    """A process that grades one student at a time; it is restarted if it dies."""

    def __init__(self, work: Callable[[Connection], None]) -> None:
        self.work, self.deaths, self.name = work, 0, ""
        self.start()

    def start(self) -> None:
        """Start the process, or its replacement."""
        self.line, there = FORK.Pipe()
        self.process = FORK.Process(target=self.work, args=(there,), daemon=True)
        self.process.start()
        there.close()
        self.idle = True

    def take(self, task: tuple[int, Student] | None) -> bool:
        """Send it the next student; return whether there is one."""
        if task is not None:
            self.line.send_bytes(b"%d" % task[0])
            self.name, self.idle = task[1].name, False
        return task is not None

    def receive(self) -> Row | None:
        """One row; None when the student is done."""
        try:
            message = self.line.recv_bytes()
        except (EOFError, ConnectionError):
            self.end()
            self.deaths += 1
            if self.deaths == MAX_DEATHS:
                raise ValueError(f"{CRASHED} So did those before it.") from None
            self.start()
            return Row(self.name, WHOLE, "error", advice=CRASHED)
        if message != DONE:
            return from_json(message)
        self.idle, self.deaths = True, 0
        return None

    def end(self) -> None:
        """Terminate the process."""
        self.process.terminate()
        self.process.join()
        self.line.close()


def _grade_students(
    line: Connection,
    people: Sequence[Student],
    known: Known,
    make: Callable[[], Grader],
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its children
    die_with_parent(parent_process().pid)
    grader = make()
    while True:
        student = people[int(line.recv_bytes())]
        for row in grader.rows(student, known.get(student.name, ())):
            line.send_bytes(json.dumps(row._asdict()).encode())
        line.send_bytes(DONE)
