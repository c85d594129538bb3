"""The journal of a run: each row is written to disk at once; a kill loses none."""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grading.grader import WHOLE, Row

NAME = "journal.jsonl"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder for this run; the lock ends with the process.

    Raises:
        ValueError: if another run has locked it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"Another run is writing to {folder} just now.") from None
        yield


def append(folder: Path, row: Row) -> None:
    """Append one row, and wait until it is on disk."""
    line = json.dumps(row._asdict()).encode() + b"\n"
    with (folder / NAME).open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> list[Row]:
    """All rows; an incomplete last line, left by a kill, is removed from the file."""
    path = folder / NAME
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    return [from_json(line) for line in whole.splitlines()]


def from_json(line: bytes) -> Row:
    """A row as ``append`` writes it."""
    row = Row(**json.loads(line))
    return row._replace(remarks=tuple(row.remarks))


def current(rows: Iterable[Row]) -> dict[tuple[str, str], Row]:
    """The last row of each student and exercise for the student's latest files.

    The row about a whole submission has ``WHOLE`` as its exercise.
    """
    rows = list(rows)
    handed = {row.student: row.handed for row in rows if row.handed}
    return {
        (row.student, row.exercise): row
        for row in rows
        if row.handed == handed.get(row.student, row.handed) or row.exercise == WHOLE
    }
