"""What one submission may take: memory, time, output, processes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of a run; bytes and seconds.

    A notebook is run in a worker process; one that dies or does not answer is
    replaced. All calls of an answer share the exercise's ``seconds``, as in the
    notebook. A worker starts no process and writes no file.

    Attributes:
        memory: Of one worker, beyond what torch itself takes.
        cpu: Of a worker that reads a notebook and runs nothing.
        load: Wall time until a notebook is read, or its namespace made.
        cell: Wall time of one cell of a student's; then it is interrupted.
        cells: Of all cells together; those that are left then get ``briefly`` each.
        grace: Until a cell that cannot be interrupted ends its worker.
        restarts: How often a notebook is run again without a cell that ended a worker.
        submission: Wall time of all exercises of a student in one lesson.
        submission_cpu: The same in time of the processor.
        notebook: Of a notebook's file; ``code`` of all its code cells, as JSON: less
            than ``structure``.
        structure: Of what one call returns, numbers in tensors aside; ``numbers`` of
            these tensors.
        text: Of a message or a string, in characters.
        files: That are looked at for one student.
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
    files: int = 20


LIMITS = Limits()
