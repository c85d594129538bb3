"""Keep RESULTS.md: one section for each case, replaced when the case is run."""

import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from benchmarks.cases import CASES, case_of
from benchmarks.machine import machine, taken_by_others, versions
from course_lib.atomic_write import write_atomically

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# Results

Written by `make bench`; `make bench ARGS="frechet ssim"` measures some cases and leaves
the other sections as they are. A pair is run in turn, ours, peer, ours, peer, in one
process, with the same threads, dtype and inputs. A ratio is seconds of the peer over
seconds of ours, the median of all rounds (least to most). Memory is the peak beyond
what was held before, of one side alone in a fresh process. Where the least and the most
of a ratio are far apart the machine was busy, and nothing is decided: measure again.
"""
SECTION = re.compile(r"^## (\w+): .*$", re.MULTILINE)


def section(name: str) -> str:
    """Measure a case, and say under which conditions."""
    busy, body = taken_by_others(), case_of(name).report().strip()
    return f"{heading(name)}\n\n{conditions(name, busy)}\n\n{body}\n"


def heading(name: str) -> str:
    """The line by which a section is known."""
    return f"## {name}: {case_of(name).TITLE}"


def conditions(name: str, busy: float) -> str:
    """Command, machine, versions, and the share of the cores that others took."""
    others = f"other programs took {busy:.0%} of the cores when it began"
    return f'`make bench ARGS="{name}"` · {machine()} · {versions()} · {others}'


def sections(text: str) -> dict[str, str]:
    """The sections of a file by the names of their cases."""
    found = [*SECTION.finditer(text)]
    starts = [*(match.start() for match in found), len(text)]
    return {
        match[1]: text[start:end].strip() + "\n"
        for match, (start, end) in zip(found, pairwise(starts), strict=True)
    }


def merged(old: str, new: Mapping[str, str]) -> str:
    """The file with the new sections in it; the others stay as they are."""
    known = {**sections(old), **new}
    parts = [known[name] if name in known else unmeasured(name) for name in CASES]
    return "\n".join([HEAD, *parts])


def unmeasured(name: str) -> str:
    """What stands in place of a section until its case is run."""
    return f'{heading(name)}\n\nNot measured yet: `make bench ARGS="{name}"`.\n'


def keep(name: str, measured: str, path: Path) -> None:
    """Put one section into the file, whole or not at all."""
    old = path.read_text() if path.exists() else ""
    write_atomically(path, merged(old, {name: measured}).encode())
