"""Lay out what workers may see of the course: its models, never its checks."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from torch import nn

import course_lib
from teaching.exercise import Exercise, parts

KEPT_BACK = {"exercises", "equations", "faults", "quiz", "lessons", "runs", "doctor"}
ROOT = Path(course_lib.__file__).parent


def lay_out(folder: Path, exercises: Iterable[Exercise]) -> None:
    """Copy the library there, without what judges.

    Of the packages of exercises go along the modules whose networks are handed to
    answers, such as a small predictor.
    """
    wanted = {ROOT.parent / f"{m.replace('.', '/')}.py" for m in props(exercises)}
    for path in sorted(ROOT.rglob("*.py")):
        inside = path.relative_to(ROOT.parent)
        if KEPT_BACK & {*inside.with_suffix("").parts}:
            if path not in wanted:
                continue
            _write(folder / inside.with_name("__init__.py"), b"")
        _write(folder / inside, path.read_bytes())


def modules(exercises: Sequence[Exercise]) -> list[str]:
    """The modules to import before any worker is forked."""
    own = {part.__module__ for e in exercises for part in parts(e.reference)}
    return sorted(own | props(exercises))


def props(exercises: Iterable[Exercise]) -> set[str]:
    """The modules of all networks that the exercises hand to an answer."""
    cases = (case for exercise in exercises for case in exercise.draw(0))
    values = [value for case in cases for value in case.arguments.values()]
    return {type(part).__module__ for value in values for part in _networks(value)}


def digest() -> str:
    """A short text that changes with any line of the library."""
    found = hashlib.sha256()
    for path in sorted(ROOT.rglob("*.py")):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def _networks(value: Any) -> Iterator[nn.Module]:
    if isinstance(value, nn.Module):
        yield from value.modules()
    elif isinstance(value, tuple):
        for part in value:
            yield from _networks(part)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
