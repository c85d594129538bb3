"""What a worker may see of the course: its models, never its checks."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from torch import nn

import course_lib
from course_lib.training.checkpoints import CHECKPOINTS
from teaching.exercise import Exercise, parts

ROOT = Path(course_lib.__file__).parents[1]
PACKAGES = ("course_lib", "teaching", "lessons", "grading")
KEPT_BACK = {"exercises", "derivations", "quiz", "claims", "lesson", "build"}
DATA = CHECKPOINTS.parent.resolve()  # of the course: films, digits, weights


def lay_out(folder: Path, exercises: Iterable[Exercise]) -> None:
    """Copy the course's packages there, without checks, answers and texts.

    Of the exercises, only the modules of networks that are passed to answers go along,
    such as a small predictor. ``lessons`` itself is empty: what a notebook imports from
    it is replaced in a worker. The course's data lie beside the packages, as they do in
    a checkout.
    """
    wanted = {ROOT / f"{m.replace('.', '/')}.py" for m in props(exercises)}
    for path in _files():
        inside = path.relative_to(ROOT)
        if KEPT_BACK & {*inside.with_suffix("").parts}:
            if path not in wanted:
                continue
            _write(folder / inside.with_name("__init__.py"), b"")
        empty = inside == Path("lessons", "__init__.py")
        _write(folder / inside, b"" if empty else path.read_bytes())
    _write(folder / "pyproject.toml", b"")  # a checkout's mark: data lie beside it
    with suppress(FileExistsError):
        (folder / "data").symlink_to(DATA)


def _files() -> list[Path]:
    return sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))


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
    for path in _files():
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
