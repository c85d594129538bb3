"""Kept and given back are measured in turn, and their ratio is that of a round."""

import platform

import pytest

from benchmarks.fresh import Cost
from benchmarks.memory import HEAD, PARTS, WORKS, prepare, row
from course_lib.allocator import keep_freed_memory


def test_a_ratio_is_that_of_a_round_and_memory_the_middle() -> None:
    rounds = [
        (Cost(seconds, 1e6), Cost(2 * seconds, 3e6)) for seconds in (0.1, 0.2, 0.4)
    ]
    cells = row("a step", rounds)
    assert cells == ("a step", "200 ms", "400 ms", "2 (2 to 2)", "1 MB", "3 MB")
    assert len(cells) == len(HEAD)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone is told")
@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_prepared(part: str) -> None:
    try:
        prepare("shape motion: 128 clips", part)()
    finally:
        keep_freed_memory()
    assert len({*WORKS}) == 5
