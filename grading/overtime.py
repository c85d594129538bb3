"""Stop Python code that runs for too long, in the thread that runs it.

It is stopped between two instructions. What works inside one C call, or catches
everything, goes on: whoever waits for the process has a later limit of its own.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread, get_ident

from teaching.time_limit import Overtime

ATTEMPTS, PAUSE = 20, 0.05  # to stop code that catches what it is stopped by

_raise_in = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


@contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Raise Overtime in this thread, out of the block, once the time is up.

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

    Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()
        _raise_in(mine, ctypes.py_object())  # none that is still on its way


__all__ = ["Overtime", "stopped_after"]
