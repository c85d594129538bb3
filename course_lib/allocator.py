"""Settings of the memory allocator that make training on a CPU faster.

By default the C library returns large blocks to the operating system as soon as they
are freed, and the system zeroes every page before it hands the page out again. A
training step frees and allocates the same hundreds of megabytes each time, and zeroing
them took up to a third of the step (`make bench ARGS="memory"`).
"""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # names and numbers of glibc's malloc.h
MAX_BLOCK = 2**28  # bytes of the largest block that is kept: 256 MB


def keep_freed_memory() -> bool:
    """Keep freed blocks of up to MAX_BLOCK bytes for reuse until the process ends.

    The process then holds about as much memory as at its peak. Returns whether the C
    library accepted both settings: glibc from version 2.35 on does; on other systems
    the call changes less, or nothing.

    Source: mallopt(3) of the Linux manual.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", lambda *_: 0)
    return all((mallopt(M_TRIM_THRESHOLD, -1), mallopt(M_MMAP_THRESHOLD, MAX_BLOCK)))
