"""SIGINT and SIGTERM end a training cleanly: the present step is finished and saved.

This module does not import torch, so that signals are handled while torch is loading.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """Raised on SIGINT or SIGTERM; ``status`` is the exit status that shells expect.

    It is a BaseException, so that ``except Exception`` does not catch it.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"Stopped by {signal.Signals(number).name}.")
        self.status = 128 + number


class NotFinished(Exception):
    """Raised if a training ends without a checkpoint; the message says how to go on.

    ``status`` is the exit status of the command.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Stop:
    """A signal handler that raises ``Stopped``, or only records a deferred signal."""

    def __init__(self) -> None:
        self.number = 0  # of the signal; 0 before one is received
        self._deferred = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal; while deferred, only a second signal raises.

        Under ``torchrun``, which repeats the terminal's signals, a second signal does
        not raise either, because all processes have to stop after the same step.

        Raises:
            Stopped: unless the signal is deferred.
        """
        first, self.number = not self.number, number
        if self._deferred and (first or "RANK" in os.environ):
            return
        raise Stopped(number)

    def requested(self) -> bool:
        """Whether a signal was received."""
        return bool(self.number)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Within this context a signal is recorded; ``Stopped`` is raised at its end.

        Raises:
            Stopped: at the end if a signal was received, at once on a second signal.
        """
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False
        if self.number:
            raise Stopped(self.number)


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Handle SIGINT and SIGTERM by a ``Stop``; then restore the previous handlers.

    A signal that the process ignores (``nohup``, or a background job of a script) stays
    ignored. Outside the main thread Python allows no handlers, and nothing changes.
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
