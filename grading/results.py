"""Record how a run was made, so that it can be continued, and a grade replayed."""

import json
import os
import platform
import secrets
import sys
import time
from dataclasses import asdict, dataclass, fields, replace
from importlib import metadata
from pathlib import Path

from course_lib.atomic_write import write_atomically
from grading.visible_files import digest

NAME = "run.json"


@dataclass(frozen=True)
class Record:
    """What ``run.json`` holds.

    Attributes:
        seed: The secret that all inputs are drawn from, as hexadecimal digits.
        library: Changes with any line of the course's library.
        lessons: Numbers of the lessons asked for; all, if none was named.
        seconds: Wall time of the last run.
    """

    seed: str
    lessons: tuple[str, ...]
    submissions: str
    sandbox: str
    jobs: int
    course: str
    library: str
    python: str
    torch: str
    machine: str
    started: str
    finished: str = ""
    seconds: float = 0.0


MUST_AGREE = ("lessons", "course", "library", "torch")


def begin(
    submissions: Path, lessons: tuple[str, ...], seed: str, sandbox: str, jobs: int
) -> Record:
    """The record of a run that begins now; without a seed it gets one of its own."""
    return Record(
        seed=seed or secrets.token_hex(32),
        lessons=lessons,
        submissions=str(submissions.resolve()),
        sandbox=sandbox,
        jobs=jobs,
        course=metadata.version("video-generation-course"),
        library=digest(),
        python=sys.version.split()[0],
        torch=metadata.version("torch"),
        machine=f"{platform.platform()}, {os.cpu_count()} processors",
        started=_now(),
    )


def continued(folder: Path, new: Record, *, seeded: bool) -> Record:
    """The record of a run in a folder that may hold the first part of it.

    Raises:
        ValueError: if that part was made otherwise, or by another seed.
    """
    if not (folder / NAME).exists():
        return new
    old = read(folder / NAME)
    differing = [
        name for name in MUST_AGREE if getattr(old, name) != getattr(new, name)
    ]
    differing += ["seed"] * (seeded and old.seed != new.seed)
    if differing:
        raise ValueError(
            f"{folder} holds a run that differs in its {' and '.join(differing)}: its "
            f"rows cannot be mixed with new ones. Choose another folder for --out."
        )
    return replace(new, seed=old.seed, started=old.started)


def write(folder: Path, record: Record) -> None:
    """Write ``run.json``, whole."""
    text = json.dumps(asdict(record), indent=1) + "\n"
    write_atomically(folder / NAME, text.encode())


def read(path: Path) -> Record:
    """The record that a file holds.

    Raises:
        ValueError: if it holds none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        wanted = {field.name: found[field.name] for field in fields(Record)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no record of a run: {error}") from None
    return Record(**{**wanted, "lessons": tuple(wanted["lessons"])})


def finish(record: Record, seconds: float) -> Record:
    """The same record, of a run that came to its end."""
    return replace(record, finished=_now(), seconds=round(seconds, 1))


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
