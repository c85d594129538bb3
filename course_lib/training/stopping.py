"""Turn Ctrl-C and SIGTERM into a clean end: the step is finished, then saved.

Nothing here imports torch: a signal is heeded while torch itself is still loading.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """SIGINT or SIGTERM came; ``status`` is the exit status that shells expect.

    A BaseException, so that nothing that handles failures takes it for one.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"Stopped by {signal.Signals(number).name}.")
        self.status = 128 + number


class NotFinished(Exception):
    """A training left no checkpoint; the words say what to do. Carries a status."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class Stop:
    """A handler of signals: it raises ``Stopped``, or notes it while postponed."""

    def __init__(self) -> None:
        self.number = 0
        self._postponed = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Take a signal. While postponed, only a second one raises.

        Under ``torchrun``, which repeats the terminal's signals, none does: all
        processes have to stop after the same step.

        Raises:
            Stopped: see above.
        """
        first, self.number = not self.number, number
        if self._postponed and (first or "RANK" in os.environ):
            return
        raise Stopped(number)

    def came(self) -> bool:
        """Whether a signal came."""
        return bool(self.number)

    @contextmanager
    def postponed(self) -> Iterator[None]:
        """Note a signal instead of raising at once; raise at the end of the block.

        Raises:
            Stopped: at the end of the block, if a signal came; at once at a second.
        """
        self._postponed = True
        try:
            yield
        finally:
            self._postponed = False
        if self.number:
            raise Stopped(self.number)


@contextmanager
def heeded_signals() -> Iterator[Stop]:
    """Handle SIGINT and SIGTERM by a ``Stop``; afterwards as before.

    A signal that the process was told to ignore (``nohup``, a job in the background of
    a script) stays ignored. Outside the main thread Python allows no handlers, and
    nothing is changed.
    """
    stop, before = Stop(), {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, stop)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
