"""What one submission may take: memory, time, output, processes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of a run; bytes and seconds.

    Each exercise has a worker process of its own; all calls in it share the exercise's
    ``seconds``, as in the notebook. A worker starts no process and writes no file.

    Attributes:
        memory: Of one worker, beyond what torch itself takes.
        cpu: Of one worker, by all of its threads.
        load: Wall time until a notebook is read, or an answer defined.
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
    submission: float = 120.0
    submission_cpu: float = 100.0
    notebook: int = 20_000_000
    code: int = 1_000_000
    structure: int = 1 << 20
    numbers: int = 4 << 20
    text: int = 2000
    files: int = 20


LIMITS = Limits()
