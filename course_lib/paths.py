"""Paths of the course's files, in a checkout or in the installed library."""

from pathlib import Path
from typing import NamedTuple

LIBRARY = Path(__file__).resolve().parent


class CoursePaths(NamedTuple):
    """The checkout with the lessons (None for a pip installation), and the data."""

    checkout: Path | None
    data: Path


def find_paths(library: Path = LIBRARY) -> CoursePaths:
    """Locate checkout and data for a given folder ``course_lib``."""
    if (library.parent / "pyproject.toml").is_file():
        return CoursePaths(library.parent, library.parent / "data")
    return CoursePaths(None, library / "shipped")


CHECKOUT, DATA = find_paths()
