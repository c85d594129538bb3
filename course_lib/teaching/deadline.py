"""Give a call a time limit that also stops an endless loop.

Home: every lesson.
"""

import ctypes
import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from threading import Thread
from typing import Any, NamedTuple

OUTPUT_LIMIT = 64 * 1024  # characters kept of what an answer prints


class Overtime(BaseException):
    """The call was still running at its limit. No ``except Exception`` swallows it."""


class Finished(NamedTuple):
    """What a call returned, and what it printed meanwhile."""

    result: Any
    printed: str


class _Capped(io.StringIO):
    def write(self, text: str) -> int:
        if self.tell() < OUTPUT_LIMIT:
            super().write(text[:OUTPUT_LIMIT])
        return len(text)


def call_within(seconds: float, function: Callable[[], Any]) -> Finished:
    """Call ``function`` in a thread of its own; keep what it prints off the screen.

    A call that overruns is interrupted. One that cannot be (it sleeps, or works inside
    one C call) is left behind as a daemon thread.

    Raises:
        Overtime: after ``seconds``.
        BaseException: whatever ``function`` raised.
    """
    outcome: list[Any] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(function())
        except BaseException as error:  # carried to the caller's thread
            failure.append(error)

    thread, printed = Thread(target=work, daemon=True), _Capped()
    with redirect_stdout(printed), redirect_stderr(printed):
        thread.start()
        thread.join(seconds)
        late = thread.is_alive()
        if late:
            _interrupt(thread)
    if late:
        raise Overtime
    if failure:
        raise failure[0]
    return Finished(outcome[0], printed.getvalue())


def _interrupt(thread: Thread) -> None:
    for _ in range(20):  # a bare `except:` swallows some of them
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Overtime)
        )
        thread.join(0.05)
        if not thread.is_alive():
            return
