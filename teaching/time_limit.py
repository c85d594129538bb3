"""Call a function with a time limit that also stops an endless loop."""

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

from teaching.torch_settings import preserved_settings

OUTPUT_LIMIT = 64 * 1024  # characters kept of what an answer prints
_INTERRUPT_ATTEMPTS = 20  # 0.05 s apart

_raise_in = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


class Overtime(BaseException):
    """The call was still running at its limit.

    Derives from BaseException, so that ``except Exception`` does not catch it.
    """


class Finished(NamedTuple):
    """The result of a call, and its output: what it printed, and its warnings."""

    result: Any
    printed: str


class _CappedStream(io.StringIO):
    def write(self, text: str) -> int:
        room = max(0, OUTPUT_LIMIT - self.tell())
        super().write(text[:room])
        return len(text)


def call_with_timeout(seconds: float, function: Callable[[], Any]) -> Finished:
    """Call ``function`` in a thread of its own, and capture its output.

    A call that exceeds the limit is interrupted. If it cannot be interrupted, because
    it is inside a single C call, it is left running as a daemon thread. Standard
    streams, warning filters and settings of torch are restored afterwards.

    Raises:
        Overtime: after ``seconds``.
        BaseException: whatever ``function`` raised.
    """
    outcome: list[Any] = []
    failure: list[BaseException] = []

    def work() -> None:
        cancel_interrupt = partial(_raise_in, get_ident(), ctypes.py_object())
        try:
            outcome.append(function())
        except BaseException as error:  # raised again in the caller's thread
            cancel_interrupt()  # first, because an Overtime that is caught raises anew
            failure.append(error)

    thread, printed = Thread(target=work, daemon=True), _CappedStream()
    with _captured_output(printed), _exit_raises(), preserved_settings():
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
def _captured_output(stream: io.StringIO) -> Iterator[None]:
    def write(message: Any, category: type[Warning], *_: Any) -> None:
        stream.write(f"{category.__name__}: {message}\n")

    with redirect_stdout(stream), redirect_stderr(stream), warnings.catch_warnings():
        warnings.showwarning = write
        yield


@contextmanager
def _exit_raises() -> Iterator[None]:
    """Let ``exit()`` raise SystemExit; in a notebook it would end the kernel."""
    shell = get_ipython()
    if shell is None:
        yield
        return
    shell.ask_exit = sys.exit
    try:
        yield
    finally:
        del shell.ask_exit  # the method of the class is used again


def _interrupt(thread: Thread) -> None:
    ident = thread.ident or 0
    for attempt in range(_INTERRUPT_ATTEMPTS):
        # the first time an Overtime that can be caught, so that `finally` clauses run
        _raise_in(ident, _reraising_overtime(ident) if attempt else Overtime)
        thread.join(0.05)
        if not thread.is_alive():
            return


def _reraising_overtime(ident: int) -> type[Overtime]:
    """A subclass of Overtime that is raised again in its thread whenever it is caught.

    Python creates the instance when an ``except`` clause catches the class, and its
    constructor schedules the next one. No Python code that could be interrupted runs
    in between.
    """
    subclass = ctypes.py_object()
    schedule = staticmethod(partial(_raise_in, ident, subclass))
    subclass.value = type("Overtime", (Overtime,), {"__init__": schedule})
    return subclass.value
