"""The parent's side of the connection to a worker: requests, replies, deadlines."""

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

START = 300.0  # seconds until PyTorch is imported, on a busy machine
OVERTIME = (
    "Still running after {seconds} s, so it was stopped. Is there a loop whose end is "
    "never reached?"
)
PATIENCE = 60.0  # seconds until the end of a worker is reported


class Link:
    """The connection to one worker, which must reply before a deadline."""

    def __init__(self, line: socket.socket) -> None:
        self.line, self.n_replies = line, 0
        self.raised: set[str] = set()  # the exceptions that calls of the answer raised
        self.within(LIMITS.load)

    def within(self, seconds: float) -> None:
        """Set the deadline of all following replies."""
        self.seconds, self.until = seconds, time.monotonic() + seconds

    def ask(self, request: dict[str, Any], blob: bytes = b"") -> Frame:
        """Send a request and return the reply.

        Raises:
            Lost: if there is no reply in time, or an invalid one.
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
            raise broken("a reply does not belong to the request")
        self.n_replies += 1
        return frame


class ForkServer:
    """The fork server: the process in the sandbox that forks workers.

    It is started when the first worker is needed.
    """

    def __init__(self, kind: Kind, library: Path, modules: Sequence[str]) -> None:
        self.kind, self.library, self.modules = kind, library, modules
        self.process: Any = None
        self.control: socket.socket | None = None
        self.extras: Sequence[str] = ()  # modules to import if they exist
        self.cpu = 0.0  # processor time of the last worker, in seconds

    @contextmanager
    def worker(self, cpu: float = LIMITS.cpu) -> Iterator[Link]:
        """A new worker, which is ended when the block is left.

        ``cpu`` is its limit of processor time, in seconds.

        Raises:
            Lost: from the block; the reason tells how the worker ended, if it did.
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
            raise _with_cause(lost, status, cpu, confined=link.n_replies > 0)

    def close(self) -> None:
        """End the process and all its workers."""
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
        plan = {
            "control": there.fileno(),
            "confinement": asdict(confinement(self.kind, self.library)),
            "modules": [*self.modules],
            "extras": [*self.extras],
        }
        arguments = ["-m", "grading.fork_server", json.dumps(plan)]
        self.process = start(self.kind, self.library, arguments, there.fileno())
        there.close()
        here.settimeout(START)
        if here.recv(1) != b"r":
            self.close()
            raise OSError("The sandbox did not start; its error is printed above.")
        self.control = here
        return here

    def _end(self) -> int:
        """End the worker; return its wait status, or -1 if it is unknown."""
        try:
            self.control.sendall(b"e")
            self.control.settimeout(PATIENCE)
            ending = self.control.recv(ENDING.size, socket.MSG_WAITALL)
            status, self.cpu = ENDING.unpack(ending)
        except (OSError, struct.error):  # the next worker gets a new fork server
            self.close()
            return -1
        return int(status)


def _with_cause(lost: Lost, status: int, cpu: float, *, confined: bool) -> Lost:
    """The exception, with the signal or exit code that ended the worker."""
    if lost.reason != gone().reason or status < 0:
        return lost
    code = os.waitstatus_to_exitcode(status)
    if code == UNCONFINED and not confined:
        return Lost("error", "The sandbox could not confine the worker.")
    if code == -signal.SIGXCPU:
        return Lost("timed out", f"It took more than {cpu:.3g} s of processor time.")
    if code == -signal.SIGKILL:  # sent by the fork server or by the kernel
        return lost
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    return Lost("died", f"{lost.reason} It ended {how}.")
