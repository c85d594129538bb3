"""The parent's end of the connection to a worker: requests, replies, deadlines."""

import json
import os
import secrets
import signal
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grading.fork_server import BEGINNING, ENDING, UNCONFINED
from grading.limits import LIMITS
from grading.sandbox import Kind, confinement, start
from grading.wire import Frame, Lost, broken, gone, receive, send

START = 300.0  # seconds until torch is imported, on a machine that is busy
OVERTIME = (
    "Still running after {seconds} s, so it was stopped. Is there a loop whose end is "
    "never reached?"
)
PATIENCE = 60.0  # seconds until a worker is ended


class Link:
    """Requests to one worker, which has to reply to all before its time is up."""

    def __init__(self, line: socket.socket) -> None:
        self.line, self.heard = line, 0
        self.raised: set[str] = set()  # names of the exceptions that calls ended with
        self.within(LIMITS.load)

    def within(self, seconds: float) -> None:
        """What is asked from now on has to be replied to within so many seconds."""
        self.seconds, self.until = seconds, time.monotonic() + seconds

    def ask(self, request: dict[str, Any], blob: bytes = b"") -> Frame:
        """The reply to a request.

        Raises:
            Lost: if none comes in time, or none that the worker's program would send.
        """
        number = secrets.token_hex(8)
        try:
            send(self.line, request | {"number": number}, blob, self.until)
            frame = receive(self.line, self.until)
        except Lost as lost:
            if lost.status == "timed out":
                lost.reason = OVERTIME.format(seconds=f"{self.seconds:.3g}")
            raise
        if frame.message.get("number") != number:
            raise broken("a reply came to what was not asked")
        self.heard += 1
        return frame


class Zygote:
    """The process in the sandbox that forks workers; it is started when needed."""

    def __init__(self, kind: Kind, library: Path, modules: Sequence[str]) -> None:
        self.kind, self.library, self.modules = kind, library, modules
        self.process: Any = None
        self.control: socket.socket | None = None
        self.extras: Sequence[str] = ()  # to be imported too, if they are there
        self.cpu = 0.0  # seconds that the last worker took

    @contextmanager
    def worker(self, cpu: float = LIMITS.cpu) -> Iterator[Link]:
        """A worker that has loaded nothing yet; it is gone afterwards.

        It may take ``cpu`` seconds of the processor.

        Raises:
            Lost: from within, with what ended the worker, if it ended by itself.
        """
        here, there = socket.socketpair()
        control = self._ready()
        socket.send_fds(control, [BEGINNING.pack(cpu)], [there.fileno()])
        there.close()
        lost, link = None, Link(here)
        try:
            yield link
        except Lost as error:
            lost = error
        finally:
            here.close()
            status = self._end()
        if lost:
            raise _with_cause(lost, status, cpu, confined=link.heard > 0)

    def close(self) -> None:
        """End it, and with it all that it started."""
        if self.control:
            self.control.close()
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = self.control = None

    def _ready(self) -> socket.socket:
        if self.control:
            return self.control
        here, there = socket.socketpair()
        fence = confinement(self.kind, self.library)
        plan = {
            "control": there.fileno(),
            "confinement": asdict(fence),
            "modules": [*self.modules],
            "extras": [*self.extras],
        }
        words = ["-m", "grading.fork_server", json.dumps(plan)]
        self.process = start(self.kind, self.library, words, there.fileno())
        there.close()
        here.settimeout(START)
        if here.recv(1) != b"r":
            self.close()
            raise OSError("The sandbox did not start: see the lines above.")
        self.control = here
        return here

    def _end(self) -> int:
        """End the worker; how it had ended, or -1 if that cannot be known."""
        try:
            self.control.sendall(b"e")
            self.control.settimeout(PATIENCE)
            found = self.control.recv(ENDING.size, socket.MSG_WAITALL)
            status, self.cpu = ENDING.unpack(found)
        except (OSError, struct.error):  # the next answer gets a new zygote
            self.close()
            return -1
        return int(status)


def _with_cause(lost: Lost, status: int, cpu: float, *, confined: bool) -> Lost:
    """What is known of an end, in words: the signal, the exit code."""
    if lost.reason != gone().reason or status < 0:
        return lost
    code = os.waitstatus_to_exitcode(status)
    if code == UNCONFINED and not confined:
        return Lost("error", "The sandbox could not confine the worker.")
    if code == -signal.SIGXCPU:
        return Lost("timed out", f"It took more than {cpu:.3g} s of processor time.")
    if code == -signal.SIGKILL:  # by the course itself, or by the kernel
        return lost
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    return Lost("died", f"{lost.reason} It ended {how}.")
