"""Keep each row on disk as soon as it is known, so that a killed run loses none."""

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
    """Hold a folder for this run alone; a run that was killed holds none.

    Raises:
        ValueError: if another run holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"Another run is writing to {folder} just now.") from None
        yield


def append(folder: Path, row: Row) -> None:
    """Write one row, and wait until it is on the disk."""
    line = json.dumps(row._asdict()).encode() + b"\n"
    with (folder / NAME).open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> list[Row]:
    """All whole rows; half a line that a kill left at the end is cut off the file."""
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
    """The last row of each student and exercise, about what was handed in last.

    The row about a student's whole submission has ``WHOLE`` in the exercise's place.
    """
    rows = list(rows)
    handed = {row.student: row.handed for row in rows if row.handed}
    return {
        (row.student, row.exercise): row
        for row in rows
        if row.handed == handed.get(row.student, row.handed) or row.exercise == WHOLE
    }
