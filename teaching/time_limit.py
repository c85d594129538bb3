"""Give a call a time limit that also stops an endless loop."""

import ctypes
import io
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from threading import Thread, get_ident
from typing import Any, NamedTuple

from IPython import get_ipython

from teaching.torch_settings import settings_kept

OUTPUT_LIMIT = 64 * 1024  # characters kept of what an answer prints
_PATIENCE = 20  # attempts to interrupt a thread, 0.05 s apart

_raise_in = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


class Overtime(BaseException):
    """The call was still running at its limit. No ``except Exception`` swallows it."""


class Finished(NamedTuple):
    """What a call returned, and what it printed or warned of meanwhile."""

    result: Any
    printed: str


class _Capped(io.StringIO):
    def write(self, text: str) -> int:
        room = max(0, OUTPUT_LIMIT - self.tell())
        super().write(text[:room])
        return len(text)


def call_within(seconds: float, function: Callable[[], Any]) -> Finished:
    """Call ``function`` in a thread of its own; keep what it prints off the screen.

    A call that overruns is interrupted. One that cannot be (it works inside one C
    call) is left behind as a daemon thread. Streams, warning filters and settings of
    torch that the call replaced are put back.

    Raises:
        Overtime: after ``seconds``.
        BaseException: whatever ``function`` raised.
    """
    outcome: list[Any] = []
    failure: list[BaseException] = []

    def work() -> None:
        calm = partial(_raise_in, get_ident(), ctypes.py_object())
        try:
            outcome.append(function())
        except BaseException as error:  # carried to the caller's thread
            calm()  # first: an interruption repeats itself where it is caught
            failure.append(error)

    thread, printed = Thread(target=work, daemon=True), _Capped()
    with _kept_off_the_screen(printed), _exit_refused(), settings_kept():
        thread.start()
        try:
            thread.join(seconds)
        finally:  # also when the user interrupts the kernel
            late = thread.is_alive()
            if late:
                _interrupt(thread)
    if late:
        raise Overtime
    if failure:
        raise failure[0]
    return Finished(outcome[0], printed.getvalue())


@contextmanager
def _kept_off_the_screen(stream: io.StringIO) -> Iterator[None]:
    def write(message: Any, category: type[Warning], *_: Any) -> None:
        stream.write(f"{category.__name__}: {message}\n")

    with redirect_stdout(stream), redirect_stderr(stream), warnings.catch_warnings():
        warnings.showwarning = write
        yield


@contextmanager
def _exit_refused() -> Iterator[None]:
    """In a notebook, ``exit()`` ends the kernel; here it raises SystemExit instead."""
    shell = get_ipython()
    if shell is None:
        yield
        return
    shell.ask_exit = sys.exit
    try:
        yield
    finally:
        del shell.ask_exit  # the class has the real one


def _interrupt(thread: Thread) -> None:
    ident = thread.ident or 0
    for attempt in range(_PATIENCE):  # once politely, so that `finally` clauses run
        _raise_in(ident, _insistent(ident) if attempt else Overtime)
        thread.join(0.05)
        if not thread.is_alive():
            return


def _insistent(ident: int) -> type[Overtime]:
    """An Overtime that raises itself again in its thread whenever it is caught.

    Python makes the instance when an ``except`` clause catches the class; making it
    orders the next one. No Python code runs in between that could be interrupted.
    """
    again = ctypes.py_object()
    order = staticmethod(partial(_raise_in, ident, again))
    again.value = type("Overtime", (Overtime,), {"__init__": order})
    return again.value
