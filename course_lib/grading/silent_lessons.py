"""Stand in for `course_lib.lessons` while a notebook's cells run: it judges nothing.

Home: every lesson.

The module in its place holds no exercise, no reference and no equation. `check` notes
what it is handed; every other function does nothing.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

NAME = "course_lib.lessons"
QUIET = ("verify", "quiz", "hint", "solution", "diagnose", "explore")


class SilentLessons(ModuleType):
    """Every name in small letters is a function that does nothing."""

    def __init__(self, check: Callable[..., Any]) -> None:
        super().__init__(NAME, "Nothing is judged here.")
        self.check = check

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not name.islower():
            raise AttributeError(f"{NAME} has no {name} where answers are graded")
        return nothing


def nothing(*_: Any, **__: Any) -> None:
    """Do nothing."""
