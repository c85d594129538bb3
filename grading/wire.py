"""Messages to and from an untrusted process, with size limits and deadlines.

A message consists of two lengths, a JSON text, and raw bytes with the numbers of
tensors. Nothing is pickled.
"""

import json
import socket
import struct
import time
from typing import Any, NamedTuple

from grading.limits import LIMITS

FOREVER = float("inf")
_HEADER = struct.Struct("!II")


class Lost(BaseException):
    """The worker ended or does not reply; ``status`` and ``reason`` say why.

    Derives from BaseException, so that ``except Exception`` does not catch it.
    """

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Frame(NamedTuple):
    """One message: JSON, and the bytes to which it refers by offset."""

    message: dict[str, Any]
    blob: bytes


def send(
    line: socket.socket, message: dict[str, Any], blob: bytes, until: float
) -> None:
    """Send one message before ``until``, a time of ``time.monotonic``.

    Raises:
        Lost: if the other side does not receive it in time, or has ended.
    """
    text = json.dumps(message).encode()
    _wait(line, until)
    try:
        line.sendall(_HEADER.pack(len(text), len(blob)) + text + blob)
    except TimeoutError:
        raise late() from None
    except OSError:
        raise gone() from None


def receive(line: socket.socket, until: float, *, trusted: bool = False) -> Frame:
    """The next message; from an untrusted side, within the size limits.

    Raises:
        Lost: if there is none before ``until``, if the other side has ended, or if the
            message is invalid.
    """
    lengths = _HEADER.unpack(_exactly(line, _HEADER.size, until))
    caps = (LIMITS.structure, LIMITS.numbers)
    if not trusted and any(n > cap for n, cap in zip(lengths, caps, strict=True)):
        raise broken(f"a message of {sum(lengths):,} bytes was announced")
    text, blob = (_exactly(line, length, until) for length in lengths)
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise broken(f"a message was no JSON ({type(error).__name__})") from None
    if type(message) is not dict:
        raise broken("a message had no names in it")
    return Frame(message, blob)


def late() -> Lost:
    """The exception for an exceeded deadline."""
    return Lost("timed out", "The time was up, so the answer was stopped.")


def gone() -> Lost:
    """The exception for a process that has ended."""
    return Lost("died", "The process that ran the answer has ended or does not reply.")


def broken(what: str) -> Lost:
    """The exception for a message that the worker's own program would not send."""
    return Lost("died", f"The answer tampered with its worker: {what}.")


def _exactly(line: socket.socket, length: int, until: float) -> bytes:
    content = bytearray()
    while len(content) < length:
        _wait(line, until)
        try:
            part = line.recv(min(length - len(content), 1 << 20))
        except TimeoutError:
            raise late() from None
        except OSError:
            raise gone() from None
        if not part:
            raise gone()
        content += part
    return bytes(content)


def _wait(line: socket.socket, until: float) -> None:
    if until == FOREVER:  # in a worker, which is not allowed to set a timeout
        return
    left = until - time.monotonic()
    if left <= 0:
        raise late()
    line.settimeout(left)
