"""Time whole commands, each in a process of its own, as a person would start them."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.ratio import Spread, spread

ROOT = Path(__file__).parents[1]


def run(program: str) -> tuple[float, str]:
    """Seconds that a new Python takes for a program, and what it prints.

    Raises:
        RuntimeError: if the program fails; the message is its own.
    """
    start = time.perf_counter()
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    taken = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{program} failed:\n{done.stderr}")
    return taken, done.stdout


def in_turn(programs: Sequence[str], *, rounds: int) -> list[list[float]]:
    """Seconds of each program, a list for each; the first run of all is not counted."""
    for program in programs:
        run(program)
    rows = [[run(program)[0] for program in programs] for _ in range(rounds)]
    return [[*column] for column in zip(*rows, strict=True)]


def beyond(longer: Sequence[float], shorter: Sequence[float]) -> Spread:
    """How much longer one took than the other in the same round."""
    return spread([a - b for a, b in zip(longer, shorter, strict=True)])
