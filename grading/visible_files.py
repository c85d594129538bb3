"""The files of the course that a worker can read: its models, but not its checks."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from torch import nn
from torch.optim import Optimizer

import course_lib
from course_lib.training.checkpoints import CHECKPOINTS
from teaching.exercise import Exercise, parts

ROOT = Path(course_lib.__file__).parents[1]
PACKAGES = ("course_lib", "teaching", "lessons", "grading")
EXCLUDED = {"exercises", "derivations", "quiz", "claims", "lesson", "build"}
DATA = CHECKPOINTS.parent.resolve()  # the course's films, digits and weights


def copy_library(folder: Path, exercises: Iterable[Exercise]) -> None:
    """Copy the course's packages to a folder, without checks, answers and texts.

    Of the exercises, only the modules of references and of networks that are passed to
    answers are copied, such as a small predictor. ``lessons`` itself is empty, because
    a worker replaces it. The course's data are next to the packages, as in a checkout.
    """
    needed = {ROOT / f"{m.replace('.', '/')}.py" for m in modules([*exercises])}
    for path in _files():
        inside = path.relative_to(ROOT)
        if EXCLUDED & {*inside.with_suffix("").parts}:
            if path not in needed:
                continue
            _write(folder / inside.with_name("__init__.py"), b"")
        empty = inside == Path("lessons", "__init__.py")
        _write(folder / inside, b"" if empty else path.read_bytes())
    _write(folder / "pyproject.toml", b"")  # marks a checkout, which has a data folder
    with suppress(FileExistsError):
        (folder / "data").symlink_to(DATA)


def _files() -> list[Path]:
    return sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))


def modules(exercises: Sequence[Exercise]) -> list[str]:
    """The modules to import before any worker is forked."""
    own = {part.__module__ for e in exercises for part in parts(e.reference)}
    return sorted(own | network_modules(exercises))


def network_modules(exercises: Iterable[Exercise]) -> set[str]:
    """The modules of all networks and optimizers that exercises pass to an answer."""
    cases = (case for exercise in exercises for case in exercise.draw(0))
    values = [
        value
        for case in cases
        for value in (*case.arguments.values(), *(case.construct or {}).values())
    ]
    return {type(part).__module__ for value in values for part in _networks(value)}


def digest() -> str:
    """A short hash of all source files of the course."""
    result = hashlib.sha256()
    for path in _files():
        result.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return result.hexdigest()[:16]


def _networks(value: Any) -> Iterator[nn.Module | Optimizer]:
    if isinstance(value, nn.Module):
        yield from value.modules()
    elif isinstance(value, Optimizer):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _networks(part)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
