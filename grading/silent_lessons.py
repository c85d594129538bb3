"""A replacement of the module `lessons` for cells that run in a worker.

It contains no exercises, references or equations. `check` records the answer that it is
given; every other function does nothing.
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
    """A module in which every lower-case name is a function that does nothing."""

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
