"""Interrupt Python code that runs for too long, in its own thread.

Code can be interrupted between two instructions only. Code that is inside one C call,
or catches every exception, continues; the parent process has a later limit for that.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread, get_ident

from teaching.time_limit import Overtime

ATTEMPTS, PAUSE = 20, 0.05  # the code may catch some of the exceptions

_raise_in = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


@contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Raise Overtime inside the block after this time.

    Raises:
        Overtime: if the block was still running.
    """
    done, mine = Event(), get_ident()

    def watch() -> None:
        if done.wait(seconds):
            return
        for _ in range(ATTEMPTS):
            _raise_in(mine, Overtime)
            if done.wait(PAUSE):
                return

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended = False
        while not ended:
            try:
                done.set()
                watcher.join()
                ended = _no_exception_pending()
            except Overtime:  # it arrived after the end
                continue


def _no_exception_pending() -> bool:
    """True, once this thread has run bytecode, where pending exceptions are raised.

    To cancel one with PyThreadState_SetAsyncExc leaves Python 3.11 looking for it for
    ever where a profiler runs.
    """
    for _ in range(100):
        pass
    return True


__all__ = ["Overtime", "stopped_after"]
