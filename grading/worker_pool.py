"""Let several processes judge at once; one that breaks takes no other with it."""

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

FORK = get_context("fork")  # torch and all questions are there already
Known = Mapping[str, Collection[tuple[str, str]]]  # by student: exercise and ``handed``
DONE = b"done"
DEADLY = 3  # times in a row that a process may die
BROKEN = "The process that judged this submission broke down."


def judged(
    people: Sequence[Student], known: Known, make: Callable[[], Grader], jobs: int
) -> Iterator[Row]:
    """The rows of all students, in the order in which they are found.

    ``make`` makes the grader of one process; ``known`` lists what is not to be judged
    again. A process that dies leaves a row that says so, and is replaced.

    Raises:
        ValueError: if processes die one after the other: nothing can be judged.
    """
    waiting = iter(enumerate(people))
    work = partial(_work, people=people, known=known, make=make)
    judges = [_Judge(work) for _ in range(min(jobs, len(people)))]
    try:
        busy = [judge for judge in judges if judge.take(next(waiting, None))]
        while busy:
            ready = connection.wait([judge.line for judge in busy])
            for judge in [judge for judge in busy if judge.line in ready]:
                row = judge.hear()
                if row is not None:
                    yield row
                if judge.idle and not judge.take(next(waiting, None)):
                    busy.remove(judge)
    finally:
        for judge in judges:
            judge.end()


class _Judge:
    """A process, which is started again if it dies, and the student that it has."""

    def __init__(self, work: Callable[[Connection], None]) -> None:
        self.work, self.deaths, self.name = work, 0, ""
        self.start()

    def start(self) -> None:
        """Start the process, or another one in its place."""
        self.line, there = FORK.Pipe()
        self.process = FORK.Process(target=self.work, args=(there,), daemon=True)
        self.process.start()
        there.close()
        self.idle = True

    def take(self, task: tuple[int, Student] | None) -> bool:
        """Let it judge this student, if there is one."""
        if task is not None:
            self.line.send_bytes(b"%d" % task[0])
            self.name, self.idle = task[1].name, False
        return task is not None

    def hear(self) -> Row | None:
        """One row; None when the student is done."""
        try:
            heard = self.line.recv_bytes()
        except (EOFError, ConnectionError):
            self.end()
            self.deaths += 1
            if self.deaths == DEADLY:
                raise ValueError(f"{BROKEN} So did those before it.") from None
            self.start()
            return Row(self.name, WHOLE, "error", advice=BROKEN)
        if heard != DONE:
            return from_json(heard)
        self.idle, self.deaths = True, 0
        return None

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.terminate()
        self.process.join()
        self.line.close()


def _work(
    line: Connection,
    people: Sequence[Student],
    known: Known,
    make: Callable[[], Grader],
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process tells the others
    die_with_parent(parent_process().pid)
    grader = make()
    while True:
        student = people[int(line.recv_bytes())]
        for row in grader.rows(student, known.get(student.name, ())):
            line.send_bytes(json.dumps(row._asdict()).encode())
        line.send_bytes(DONE)
