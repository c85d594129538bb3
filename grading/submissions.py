"""List what was handed in: a folder a student, single files, or a platform's archive.

Nothing is unpacked: a file in an archive is read where it is.
"""

import os
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from grading.cells import Unreadable
from grading.limits import LIMITS

# Moodle: Ada Lovelace_123_assignsubmission_file_; Canvas: lovelaceada_LATE_12_345_
# The end of a file's name is its student's: what looks like a platform's mark there is
# none, lest anybody hands in under another's number.
_MOODLE = re.compile(
    r"(?P<who>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)", re.S
)
_MOODLE_FOLDER = re.compile(
    r"(?P<who>.+)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>)", re.S
)
_CANVAS = re.compile(r"(?P<who>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)", re.S)


class File(NamedTuple):
    """One file of a student's: how it was called, and how its bytes are had."""

    name: str
    read: Callable[[], bytes]


class Student(NamedTuple):
    """Whoever handed in, their number on the platform, and their notebooks."""

    name: str
    id: str
    files: tuple[File, ...]


class Found(NamedTuple):
    """A file or a folder (None): whose it is, by name and number."""

    who: str
    id: str
    file: File | None


def students(place: Path) -> list[Student]:
    """All who handed in, sorted by name.

    Raises:
        ValueError: if there is no such place, or nothing in it.
    """
    if place.is_dir():
        found = list(_in_folder(place))
    elif zipfile.is_zipfile(place):
        found = list(_in_archive(place))
    elif place.suffix == ".ipynb":
        found = [Found(place.stem, "", File(place.name, partial(_regular, place)))]
    else:
        raise ValueError(f"{place} is neither a folder nor a zip archive or notebook.")
    if not found:
        raise ValueError(f"There is nothing in {place}.")
    handed: dict[tuple[str, str], list[File]] = {}
    for who, id, file in found:
        handed.setdefault((who, id), []).extend([file] if file else [])
    alike = len({who for who, _ in handed}) < len(handed)  # then all go by numbers:
    return [  # somebody else may be called "Ada (7)"
        Student(f"{who} ({id})" if alike and id else who, id, tuple(files))
        for (who, id), files in sorted(handed.items())
    ]


def _in_folder(place: Path) -> Iterator[Found]:
    for entry in sorted(os.scandir(place), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            who, id, _ = _whose(f"{entry.name}/")
            yield Found(who, id, None)
            for path in _notebooks(Path(entry.path)):
                yield Found(who, id, File(path.name, partial(_regular, path)))
        elif entry.name.endswith(".ipynb"):
            who, id, name = _whose(entry.name)
            yield Found(who, id, File(name, partial(_regular, Path(entry.path))))


def _notebooks(folder: Path) -> list[Path]:
    """The first notebooks in a folder; Jupyter's own copies are none."""
    found: list[Path] = []
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(here, n) for n in sorted(files) if n.endswith(".ipynb")]
        if len(found) > LIMITS.files:
            break
    return found[: LIMITS.files]


def _regular(path: Path) -> bytes:
    """The bytes of an ordinary file: no link, no device, no pipe, not too large."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unreadable(f"{path.name} is no ordinary file.")
            return _capped(file.read(LIMITS.notebook + 1))
    except OSError as error:
        what = f"{path.name} cannot be read: {error.strerror}."
        raise Unreadable(what) from None


def _capped(content: bytes) -> bytes:
    if len(content) > LIMITS.notebook:
        raise Unreadable(f"The file is larger than {LIMITS.notebook // 10**6} MB.")
    return content


def _in_archive(place: Path) -> Iterator[Found]:
    with zipfile.ZipFile(place) as archive:
        members = archive.infolist()
    counts: Counter[str] = Counter()
    for member in members:
        inside = PurePosixPath(member.filename.replace("\\", "/"))
        who, id, name = _whose(str(inside) + "/" * member.is_dir())
        counts[who] += 1
        hidden = any(part.startswith(("__MACOSX", ".")) for part in inside.parts)
        if counts[who] > LIMITS.files or (hidden and ".." not in inside.parts):
            continue
        wanted = inside.suffix == ".ipynb" and not member.is_dir()
        reading = partial(_unpacked, place, member, inside)
        yield Found(who, id, File(name, reading) if wanted else None)


def _unpacked(place: Path, member: zipfile.ZipInfo, inside: PurePosixPath) -> bytes:
    drive = inside.parts[0].endswith(":")
    if inside.is_absolute() or drive or ".." in inside.parts:
        raise Unreadable(f"Its path leads out of the archive: {inside}.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Unreadable(f"{inside.name} is no ordinary file.")
    try:
        with _opened(place, os.getpid()).open(member) as file:
            content = file.read(LIMITS.notebook + 1)
    except Exception as error:  # a broken archive raises anything
        raise Unreadable(f"{inside.name} cannot be unpacked: {error}.") from None
    return _capped(content)


@lru_cache(maxsize=1)
def _opened(place: Path, process: int) -> zipfile.ZipFile:
    """An archive, whose list is read once in each process."""
    return zipfile.ZipFile(place)


def _whose(path: str) -> tuple[str, str, str]:
    """The student that a path belongs to, their number, and the file's own name."""
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    first, rest = (parts or ["?"])[0], "/".join(parts[1:])
    alone = len(parts) == 1 and not path.endswith("/")
    for pattern in (_CANVAS, _MOODLE) if alone else (_MOODLE_FOLDER,):
        match = pattern.fullmatch(first)
        if match:
            return match["who"], match["id"], rest or match["file"] or first
    return (first.removesuffix(".ipynb") if alone else first), "", rest or first
