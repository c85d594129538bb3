"""A progress bar with the remaining time, which is not stored in notebooks."""

import sys
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import TypeVar

from IPython import get_ipython
from IPython.display import DisplayHandle
from tqdm import tqdm

from course_lib.profile import current

T = TypeVar("T")


BAR = "{desc}  {percentage:3.0f} % |{bar}| {remaining} left"
EMPTY = {"text/html": "", "text/plain": ""}  # an output without height


def progress(
    iterable: Iterable[T], title: str, *, total: int | None = None
) -> Iterator[T]:
    """Iterate over ``iterable`` with a progress bar that shows the remaining time.

    ``total`` is the number of items if ``iterable`` has no length. The bar is removed
    at the end, so that a stored notebook contains no times. There is no bar in the
    smoke profile, nor if standard error is not a terminal.
    """
    if current() == "smoke":
        return iter(iterable)
    in_notebook = hasattr(get_ipython(), "kernel")
    options = {"leave": False, "ncols": 80, "bar_format": BAR}
    options |= (
        {"file": _OutputLine()}
        if in_notebook
        else {"file": sys.stderr, "disable": None}
    )
    bar = tqdm(iterable, title, total, **options)
    return iter(bar)


class _OutputLine(StringIO):
    """A line of a cell's output, replaced at each write and removed by blanks.

    A stream would keep every state of the bar in the notebook. The widget of tqdm would
    leave a view that does not work when the notebook is opened again.
    """

    encoding = "utf-8"  # a cell can show the narrow blocks that make a smooth bar

    def __init__(self) -> None:
        super().__init__()
        self._handle = DisplayHandle()
        self._handle.display(EMPTY, raw=True)

    def write(self, text: str) -> int:
        line = text.strip()
        self._handle.update({"text/plain": line} if line else EMPTY, raw=True)
        return len(text)
