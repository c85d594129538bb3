"""``run.json``: the settings of a run, so that it can be continued and replayed."""

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
    """The content of ``run.json``.

    Attributes:
        seed: The secret seed of all inputs, in hexadecimal digits.
        library: A hash of the course's source files.
        lessons: The numbers of the lessons that are graded.
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
    """The record of a run that begins now, with a random seed if none is given."""
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
    """The record of a run that may continue the one in this folder.

    Raises:
        ValueError: if that run had different settings, or another seed.
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
            f"{folder} holds a run that differs in its {' and '.join(differing)}, so "
            f"its rows cannot be combined with new ones. Choose another --out folder."
        )
    return replace(new, seed=old.seed, started=old.started)


def write(folder: Path, record: Record) -> None:
    """Write ``run.json`` atomically."""
    text = json.dumps(asdict(record), indent=1) + "\n"
    write_atomically(folder / NAME, text.encode())


def read(path: Path) -> Record:
    """The record in a file.

    Raises:
        ValueError: if it is no record of a run.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        wanted = {field.name: found[field.name] for field in fields(Record)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no record of a run: {error}") from None
    return Record(**{**wanted, "lessons": tuple(wanted["lessons"])})


def finish(record: Record, seconds: float) -> Record:
    """The record with the time at which the run finished."""
    return replace(record, finished=_now(), seconds=round(seconds, 1))


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
