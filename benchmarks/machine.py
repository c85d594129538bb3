"""Say on what a figure was measured: processor, cores, threads, versions.

No date and no name of a machine: who measures again on the same sort finds the same.
"""

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

import torch

STAT = Path("/proc/stat")
PACKAGES = ("torch", "numpy", "scipy", "scikit-image", "torchmetrics")


def machine() -> str:
    """Processor, cores and threads; the accelerator where there is one."""
    parts = [processor(), f"{cores()} cores", f"{torch.get_num_threads()} threads"]
    if torch.cuda.is_available():
        parts.append(torch.cuda.get_device_name())
    return ", ".join(parts)


def processor() -> str:
    """The processor's name, with the vector instructions that torch uses."""
    name, info = platform.machine(), Path("/proc/cpuinfo")
    if info.exists():
        lines = [line.split(":", 1) for line in info.read_text().splitlines()]
        named = [line[1].strip() for line in lines if line[0].strip() == "model name"]
        name = " ".join((named or [name])[0].split())
    return f"{name} ({torch.backends.cpu.get_cpu_capability()})"


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def taken_by_others(wait: float = 2.0) -> float:
    """Share of all cores that is busy while this process waits so many seconds.

    On a busy machine times are too long, and a ratio leans towards the side with fewer
    threads. Linux only, nan elsewhere.
    """
    if not STAT.exists():
        return float("nan")
    before = ticks()
    time.sleep(wait)
    idle, total = (b - a for a, b in zip(before, ticks(), strict=True))
    return 1 - idle / max(total, 1)


def ticks() -> tuple[int, int]:
    """Ticks of all cores since the start: idle, and all."""
    _, *numbers = STAT.read_text().splitlines()[0].split()
    spent = [*map(int, numbers)]
    return spent[3] + spent[4], sum(spent)  # idle, and waiting for a disk


def versions() -> str:
    """Python and the packages that take part."""
    packages = (f"{name} {version(name).partition('+')[0]}" for name in PACKAGES)
    return ", ".join((f"Python {platform.python_version()}", *packages))
