"""Say how long a training will take, and leave no trace of it in the notebook."""

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
NOTHING = {"text/html": "", "text/plain": ""}  # an output that takes no room


def progress(
    iterable: Iterable[T], title: str, *, total: int | None = None
) -> Iterator[T]:
    """Yield what ``iterable`` yields, with a bar that shows the time left.

    ``total`` is the number of steps where ``iterable`` has no length. The bar vanishes
    at the end, so that a stored notebook holds no times. In ``smoke`` there is none,
    and none in a log file.
    """
    if current() == "smoke":
        return iter(iterable)
    cell = hasattr(get_ipython(), "kernel")
    look = {"leave": False, "ncols": 80, "bar_format": BAR}
    look |= {"file": _Line()} if cell else {"file": sys.stderr, "disable": None}
    bar = tqdm(iterable, title, total, **look)
    return iter(bar)


class _Line(StringIO):
    """A line of a cell's output that each write replaces; blanks take it away.

    A stream would keep every state of the bar in the notebook, and tqdm's own widget a
    view that is dead when the notebook is opened again.
    """

    encoding = "utf-8"  # a cell can show the narrow blocks that make a smooth bar

    def __init__(self) -> None:
        super().__init__()
        self._handle = DisplayHandle()
        self._handle.display(NOTHING, raw=True)

    def write(self, text: str) -> int:
        line = text.strip()
        self._handle.update({"text/plain": line} if line else NOTHING, raw=True)
        return len(text)
