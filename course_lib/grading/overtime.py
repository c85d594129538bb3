"""Stop Python code that runs for too long, in the thread that runs it.

Home: every lesson.

It is stopped between two instructions. What works inside one C call, or catches
everything, goes on: whoever waits for the process has a later limit of its own.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread, get_ident

from course_lib.teaching.deadline import Overtime

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
                ended = _nothing_is_on_its_way()
            except Overtime:  # it came after the end
                continue


def _nothing_is_on_its_way() -> bool:
    """True, once this thread has looked for exceptions that another one sent it.

    To take one back by PyThreadState_SetAsyncExc leaves Python 3.11 looking for it for
    ever where a profiler runs.
    """
    for _ in range(100):
        pass
    return True


__all__ = ["Overtime", "stopped_after"]
