"""Run one piece of work in a process of its own: what memory does it take?

``python -m benchmarks.fresh CASE NAME PART`` prints what ``prepare(NAME, PART)`` of
that case took. In a process that has worked before, freed memory would be used again
and nothing would be seen.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.cases import case_of
from benchmarks.ratio import Work, seconds

ROOT = Path(__file__).parents[1]
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Cost(NamedTuple):
    """Seconds of a call, and bytes at the peak beyond those of the idle process."""

    seconds: float
    bytes: float


def in_fresh_process(case: str, name: str, *parts: str) -> list[Cost]:
    """The costs of the parts, one after the other in one new process.

    Raises:
        RuntimeError: if the process fails; the message is its own.
    """
    words = [sys.executable, "-m", "benchmarks.fresh", case, name, *parts]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words[1:])} failed:\n{done.stderr}")
    return [Cost(*pair) for pair in json.loads(done.stdout.splitlines()[-1])]


def cost(prepare: Callable[[], Work], *, idle: float, calls: int) -> Cost:
    """What the work costs: the median of some calls after a first one.

    With ``calls`` 0 the first call alone counts. ``idle`` is what the process held
    before it did anything, in bytes.
    """
    forget_peak()
    work = prepare()
    times = [seconds(work, 1, time.perf_counter) for _ in range(1 + calls)]
    return Cost(median(times[1:] or times), resident("VmHWM") - idle)


def resident(field: str) -> float:
    """Bytes of this process in memory: now, "VmRSS", or at the peak, "VmHWM".

    Linux only, nan elsewhere. ``getrusage`` would tell the peak too, but a process
    inherits its parent's through ``exec``.
    """
    if not STATUS.exists():
        return float("nan")
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return 1024.0 * int(lines[field].split()[0])


def forget_peak() -> None:
    """Let the peak begin anew at what is held now, where the system allows it."""
    if RESET.exists() and os.access(RESET, os.W_OK):
        RESET.write_text("5")


def main(case: str, name: str, *parts: str) -> None:
    """Print the costs of the parts as JSON, the last line of the output."""
    module = case_of(case)
    calls, idle = getattr(module, "CALLS", 3), resident("VmRSS")
    costs = [
        cost(partial(module.prepare, name, part), idle=idle, calls=calls)
        for part in parts
    ]
    print(json.dumps(costs))


if __name__ == "__main__":
    main(*sys.argv[1:])
