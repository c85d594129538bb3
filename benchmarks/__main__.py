"""Measure the cases named, or all, and write what came out.

``python -m benchmarks [CASE ...] [--out FILE]``, or ``make bench ARGS="..."``.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cases import CASES
from benchmarks.results import RESULTS, keep, section


def main(words: Sequence[str] | None = None) -> None:
    """Run one case after the other; each is written as soon as it is measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("case", nargs="*", help=f"of {', '.join(CASES)}; none for all")
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args(words)
    unknown = sorted({*arguments.case} - {*CASES})
    if unknown:
        parser.error(f"no case {', '.join(unknown)}; there are {', '.join(CASES)}")
    for name in arguments.case or CASES:
        print(f"{name} ...", flush=True)
        measured = section(name)
        keep(name, measured, arguments.out)
        print(measured, flush=True)


if __name__ == "__main__":
    main()
