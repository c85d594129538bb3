"""Keep the memory of tensors that are gone for the next ones of their size.

A C library gives large pieces back to the system as soon as they are free, and the
system clears every page before it lends it again. A training step frees and asks for
the same hundreds of megabytes each time; clearing them took up to a third of it
(`make bench ARGS="memory"`).
"""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # names and numbers of glibc's malloc.h
LARGEST = 2**28  # bytes of a piece that is kept: 256 MB


def keep_freed_memory() -> bool:
    """Keep pieces of up to LARGEST bytes until this process ends; whether it can be.

    A process then holds about what it needed at its peak. Only glibc from 2.35 on, the
    C library of most Linux systems, does all of it; elsewhere less changes, or nothing.

    Source: mallopt(3) of the Linux manual.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", lambda *_: 0)
    return all((mallopt(M_TRIM_THRESHOLD, -1), mallopt(M_MMAP_THRESHOLD, LARGEST)))
