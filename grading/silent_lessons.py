"""Stand in for `lessons` while a notebook's cells run: it checks nothing.

The module in its place holds no exercise, no reference and no equation. `check` notes
what it is handed; every other function does nothing.
"""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

NAME = "lessons"
QUIET = (
    *("verify", "derive", "check_line", "quiz", "hint", "solution", "diagnose"),
    "explore",
)


class SilentLessons(ModuleType):
    """Every name in small letters is a function that does nothing."""

    def __init__(self, check: Callable[..., Any]) -> None:
        super().__init__(NAME, "Nothing is checked here.")
        self.check = check
        self.__path__ = [*import_module(NAME).__path__]  # of its figures and labs

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not name.islower():
            raise AttributeError(f"{NAME} has no {name} where answers are graded")
        return nothing


def nothing(*_: Any, **__: Any) -> None:
    """Do nothing."""
