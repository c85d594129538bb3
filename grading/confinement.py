"""Take from this process, for good, all that no answer needs."""

import ctypes
import math
import os
import resource
from dataclasses import dataclass

from grading import landlock, seccomp
from grading.limits import LIMITS

_DEATH_SIGNAL, _DUMPABLE, _NO_NEW_PRIVILEGES = 1, 4, 38  # of prctl


@dataclass(frozen=True)
class Confinement:
    """What a process is left with: these paths to read; of all else, ``LIMITS``.

    ``landlock`` says whether Landlock must hold it to the paths (True), or may, inside
    a sandbox that does so by other means (False). A path may contain ``hidden`` ones.
    """

    paths: tuple[str, ...]
    landlock: bool
    seccomp: bool = True
    hidden: tuple[str, ...] = ()


def confine(plan: Confinement, parent: int, cpu: float = LIMITS.cpu) -> None:
    """Confine this process, a child of ``parent``, which cannot be undone.

    It may take ``cpu`` seconds of the processor.

    It reads the paths and nothing else, writes no file, starts no process, opens no
    connection, sends no signal, and dies with its parent.

    Raises:
        OSError: if the kernel does not do it.
    """
    die_with_parent(parent)
    _prctl(_DUMPABLE, 0)
    _prctl(_NO_NEW_PRIVILEGES, 1)
    _limit_resources(cpu)
    if plan.landlock or landlock.version():
        landlock.read_only(plan.paths, plan.hidden)
    if plan.seccomp:
        seccomp.refuse_all_else()


def die_with_parent(parent: int) -> None:
    """Let the kernel end this process with the one that forked it, if need be now."""
    _prctl(_DEATH_SIGNAL, 9)
    if os.getppid() != parent:  # it ended before the kernel was told
        os._exit(1)


def _limit_resources(cpu: float) -> None:
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[0])
    most = pages * resource.getpagesize() + LIMITS.memory
    for kind, limit in (
        (resource.RLIMIT_AS, most),  # also what is shared, which RLIMIT_DATA is not
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (limit, limit))
    whole = math.ceil(cpu)
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 5))


def _prctl(option: int, value: int) -> None:
    zeros = (ctypes.c_ulong(0),) * 3
    if ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), *zeros) != 0:
        raise OSError(f"prctl {option} does not work here.")
