"""Run every piece of work in a process of its own: what memory does it take?

``python -m benchmarks.fresh CASE NAME PART [NAME PART ...]`` prints what each
``prepare(NAME, PART)`` of that case took. In a process that has worked before, freed
memory would be used again and nothing would be seen.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
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


def in_fresh_processes(case: str, *wanted: tuple[str, str]) -> list[Cost]:
    """The cost of each name and part, every one in a process that did nothing before.

    Raises:
        RuntimeError: if one of them fails; the message is its own.
    """
    arguments = [word for pair in wanted for word in pair]
    words = [sys.executable, "-m", "benchmarks.fresh", case, *arguments]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words[1:])} failed:\n{done.stderr}")
    return [Cost(*pair) for pair in json.loads(done.stdout.splitlines()[-1])]


def cost(prepare: Callable[[], Work], *, calls: int) -> Cost:
    """What the work costs: the median of some calls after a first one.

    With ``calls`` 0 the first call alone counts.
    """
    forget_peak()
    idle, work = resident("VmRSS"), prepare()
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


def main(case: str, *arguments: str) -> None:
    """Print the costs as JSON, the last line of the output.

    This process imports the case and does no work; each child begins as it is.
    """
    module, costs = case_of(case), []
    calls = getattr(module, "CALLS", 3)
    processes = get_context("fork" if sys.platform == "linux" else "spawn")
    for name, part in zip(arguments[::2], arguments[1::2], strict=True):
        work = partial(module.prepare, name, part)
        with ProcessPoolExecutor(1, mp_context=processes) as child:
            costs.append(child.submit(cost, work, calls=calls).result())
    print(json.dumps(costs))


if __name__ == "__main__":
    main(*sys.argv[1:])
