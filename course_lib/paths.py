"""Say where the course's files lie: in a checkout, or inside the installed library."""

from pathlib import Path
from typing import NamedTuple

LIBRARY = Path(__file__).resolve().parent


class Whereabouts(NamedTuple):
    """``checkout`` holds lessons, notebooks and work; what pip installed has none."""

    checkout: Path | None
    data: Path


def whereabouts(library: Path = LIBRARY) -> Whereabouts:
    """Where the course is that a folder ``course_lib`` belongs to."""
    if (library.parent / "pyproject.toml").is_file():
        return Whereabouts(library.parent, library.parent / "data")
    return Whereabouts(None, library / "shipped")


CHECKOUT, DATA = whereabouts()
