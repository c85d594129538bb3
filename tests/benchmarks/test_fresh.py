"""Memory is what some work adds at its peak, and the first call may be told apart."""

import subprocess
import sys

import pytest

from benchmarks.fresh import cost, in_fresh_processes

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
def test_memory_that_was_freed_again_still_counts() -> None:
    """In a process of its own: this one may hold freed memory of other tests."""
    work = "lambda: len(bytearray(200_000_000))"  # zeros, written, then freed
    code = f"from benchmarks.fresh import cost; print(cost(lambda: {work}, calls=1)[1])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert 190e6 < float(done.stdout) < 260e6


def test_the_first_call_counts_alone_where_none_follows() -> None:
    done = []
    cost(lambda: lambda: done.append(1), calls=0)
    assert len(done) == 1
    cost(lambda: lambda: done.append(1), calls=2)
    assert len(done) == 4


def test_a_process_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="no case 'speed'"):
        in_fresh_processes("speed", ("any", "part"))


@linux
def test_a_new_process_tells_seconds_and_bytes() -> None:
    sides = ("forward alone", "ours"), ("forward alone", "peer")
    ours, peer = in_fresh_processes("lstm", *sides)
    assert 0 < ours.seconds < 10 and 0 < peer.seconds < 10
    assert 1e5 < ours.bytes < 1e9
