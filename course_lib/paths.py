"""Paths of the course's files, in a checkout or in the installed library."""

from pathlib import Path
from typing import NamedTuple

LIBRARY = Path(__file__).resolve().parent


class CoursePaths(NamedTuple):
    """``checkout`` holds lessons, notebooks and work; what pip installed has none."""

    checkout: Path | None
    data: Path


def find_paths(library: Path = LIBRARY) -> CoursePaths:
    """Where the course is that a folder ``course_lib`` belongs to."""
    if (library.parent / "pyproject.toml").is_file():
        return CoursePaths(library.parent, library.parent / "data")
    return CoursePaths(None, library / "shipped")


CHECKOUT, DATA = find_paths()
