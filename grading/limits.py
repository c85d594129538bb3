"""The limits of one submission: memory, time, sizes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of a run, in bytes and seconds.

    A notebook is run in a worker process; a worker that dies or does not reply is
    replaced. All calls of an answer share the ``seconds`` of the exercise, as in the
    notebook. A worker cannot start processes or write files.

    Attributes:
        memory: Memory of one worker, in addition to that of PyTorch.
        cpu: Processor time of a worker that only reads a notebook.
        load: Wall time to read a notebook, or to create its namespace.
        cell: Wall time of one cell written by a student; then it is interrupted.
        cells: Wall time of all cells; the remaining ones then get ``briefly`` each.
        grace: Wall time until a cell that cannot be interrupted ends its worker.
        restarts: How often a notebook is run again without a cell that ended a worker.
        submission: Wall time of all exercises of a student in one lesson.
        submission_cpu: Processor time of all exercises of a student in one lesson.
        notebook: Size of a notebook file. ``code``: size of its code cells as JSON,
            which is below ``structure``.
        structure: Size of the result of one call without the numbers in tensors.
            ``numbers``: size of these numbers.
        text: Length of a message or a string, in characters. ``source``: of the part
            of an answer's text that is shown.
        files: Number of files read for one student.
    """

    memory: int = 1 << 30
    cpu: int = 20
    load: float = 20.0
    cell: float = 10.0
    cells: float = 40.0
    briefly: float = 1.0
    grace: float = 2.0
    restarts: int = 6
    submission: float = 120.0
    submission_cpu: float = 100.0
    notebook: int = 20_000_000
    code: int = 1_000_000
    structure: int = 1 << 20
    numbers: int = 4 << 20
    text: int = 2000
    source: int = 6000
    files: int = 20


LIMITS = Limits()
