"""Hide all files from a process but those that it may read.

Landlock is part of Linux since 5.13; it asks for no right, and binds root too.
"""

import ctypes
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same on every machine
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_FILE_RIGHTS = (13, 14, 15, 15, 16)  # how many there are, by version


def version() -> int:
    """Which Landlock this kernel has; 0 for none."""
    return max(0, _call(_CREATE, None, 0, 1))


def read_only(paths: Sequence[str], hidden: Sequence[str] = ()) -> None:
    """Leave this process these paths to read, for good, and nothing else.

    Of a path that contains a ``hidden`` one, everything else is left. Newer kernels
    also cut the process off from ports and from other processes' signals.

    Raises:
        OSError: if the kernel does not do it.
    """
    known = version()
    _ensure(known > 0)
    rights = (1 << _FILE_RIGHTS[min(known, 5) - 1]) - 1
    network, scope = 3 * (known >= 4), 3 * (known >= 6)
    size = 8 if known < 4 else 16 if known < 6 else 24
    attributes = struct.pack("=QQQ", rights, network, scope)[:size]
    ruleset = _call(_CREATE, attributes, size, 0)
    _ensure(ruleset >= 0)
    for path, whole in _around(paths, hidden):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        allowed = _READ_FILE if whole else 0
        allowed |= _READ_FOLDER if os.path.isdir(path) else 0
        rule = struct.pack("=Qi", allowed, place)
        _ensure(_call(_ADD_RULE, ruleset, 1, rule, 0) == 0)
        os.close(place)
    _ensure(_call(_RESTRICT, ruleset, 0) == 0)
    os.close(ruleset)


def _around(paths: Iterable[str], hidden: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The paths, without what is hidden; False where names may be listed alone."""
    for path in filter(os.path.exists, paths):
        if path in hidden:
            continue
        holds = any(os.path.commonpath((path, other)) == path for other in hidden)
        yield path, not holds
        if holds:
            inside = (os.path.join(path, name) for name in os.listdir(path))
            yield from _around(inside, hidden)


def _call(number: int, *arguments: int | bytes | None) -> int:
    longs = (ctypes.c_long(x) if isinstance(x, int) else x for x in arguments)
    return int(_c().syscall(ctypes.c_long(number), *longs))


def _ensure(done: bool) -> None:
    if not done:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock does not work here: {os.strerror(code)}")


@cache
def _c() -> Any:
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    return library
