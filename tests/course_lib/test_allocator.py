"""Importing the course lets the allocator reuse freed memory."""

import platform
import subprocess
import sys

import pytest

from course_lib.allocator import keep_freed_memory

LIBC, VERSION = platform.libc_ver()
SUPPORTED = LIBC == "glibc" and (*map(int, VERSION.split(".")),) >= (2, 35)
N_PAGES = 50_000_000 // 4096

COUNT = """
import ctypes, torch, resource, sys
ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)  # PR_SET_THP_DISABLE: else pages may be huge
if sys.argv[1] == "course":
    import course_lib
def page_faults():
    torch.ones(50_000_000, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = [page_faults() for _ in range(9)][-1]
print(page_faults() - before)
"""


def new_pages(name: str) -> int:
    """Page faults of the last of ten equal tensors, each freed before the next."""
    command = [sys.executable, "-c", COUNT, name]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(process.stdout)


@pytest.mark.skipif(not SUPPORTED, reason="needs glibc 2.35 or newer")
def test_freed_memory_is_reused_without_page_faults():
    assert new_pages("torch alone") > 0.9 * N_PAGES
    assert new_pages("course") < 0.01 * N_PAGES


def test_keep_freed_memory_returns_whether_it_is_supported(monkeypatch):
    assert keep_freed_memory() == SUPPORTED
    monkeypatch.setattr(sys, "platform", "win32")
    assert not keep_freed_memory()
