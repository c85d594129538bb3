"""A process that imports the course is lent its memory once, not at every tensor."""

import platform
import subprocess
import sys

import pytest

from course_lib.allocator import keep_freed_memory

NAME, VERSION = platform.libc_ver()
HEARS = NAME == "glibc" and (*map(int, VERSION.split(".")),) >= (2, 35)
PAGES = 50_000_000 // 4096

COUNT = """
import torch, resource, sys
if sys.argv[1] == "course":
    import course_lib
def write():
    torch.ones(50_000_000, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = [write() for _ in range(9)][-1]
print(write() - before)
"""


def pages_cleared(name: str) -> int:
    """Of the last of ten equal tensors, each freed before the next one."""
    command = [sys.executable, "-c", COUNT, name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not HEARS, reason="only glibc from 2.35 on can be told all")
def test_memory_that_was_freed_is_not_cleared_again():
    assert pages_cleared("torch alone") > 0.9 * PAGES
    assert pages_cleared("course") < 0.01 * PAGES


def test_it_says_whether_it_was_heard(monkeypatch):
    assert keep_freed_memory() == HEARS
    monkeypatch.setattr(sys, "platform", "win32")
    assert not keep_freed_memory()
