"""List what can be measured: each case is a module that reports in Markdown.

A case has a ``TITLE``, and a ``report`` that measures and tells; one whose work is also
run in a process of its own has a ``prepare``.
"""

from importlib import import_module
from types import ModuleType

CASES = (
    "mocogan",
    "conv_lstm",
    "lstm",
    "clips",
    "frechet",
    "ssim",
    "league",
    "checks",
    "memory",
    "growth",
    "shared",
    "accelerator",
)
"""In the order of RESULTS.md."""


def case_of(name: str) -> ModuleType:
    """The module of a case, loaded when it is asked for.

    Raises:
        ValueError: if there is none of that name.
    """
    if name not in CASES:
        raise ValueError(f"There is no case {name!r}; there are {', '.join(CASES)}.")
    return import_module(f"benchmarks.{name}")
