"""Carry messages to a process that is not trusted: capped, on time, without pickle.

A frame is two lengths, a JSON text and raw bytes, which are the numbers of tensors.
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
    """No answer can be had any more; ``status`` and ``reason`` say why, in words.

    Like an interruption of the user's it passes every ``except Exception``.
    """

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Frame(NamedTuple):
    """One message: plain JSON, and the bytes that it points into."""

    message: dict[str, Any]
    blob: bytes


def send(
    line: socket.socket, message: dict[str, Any], blob: bytes, until: float
) -> None:
    """Send one frame before ``until``, a time of ``time.monotonic``.

    Raises:
        Lost: if the other side does not take it in time, or is gone.
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
    """The next frame; from a side that is not trusted, within the limits.

    Raises:
        Lost: if none comes before ``until``, the other side is gone, or what comes is
            no frame.
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
    """Time is up."""
    return Lost("timed out", "The time was up, so the answer was stopped.")


def gone() -> Lost:
    """The other process has ended."""
    return Lost("died", "The process that ran the answer has ended, or fell silent.")


def broken(what: str) -> Lost:
    """What came cannot have been sent by the worker's own program."""
    return Lost("died", f"The answer tampered with its worker: {what}.")


def _exactly(line: socket.socket, length: int, until: float) -> bytes:
    found = bytearray()
    while len(found) < length:
        _wait(line, until)
        try:
            part = line.recv(min(length - len(found), 1 << 20))
        except TimeoutError:
            raise late() from None
        except OSError:
            raise gone() from None
        if not part:
            raise gone()
        found += part
    return bytes(found)


def _wait(line: socket.socket, until: float) -> None:
    if until == FOREVER:  # a worker may not even set a timeout
        return
    left = until - time.monotonic()
    if left <= 0:
        raise late()
    line.settimeout(left)
