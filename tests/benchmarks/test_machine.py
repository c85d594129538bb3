"""A figure says on what it was measured, without a date or a name."""

import socket
import sys

import pytest

from benchmarks.machine import cores, machine, taken_by_others, ticks, versions


def test_the_machine_is_told_by_its_processor_cores_and_threads() -> None:
    assert f"{cores()} cores, " in machine() and "threads" in machine()
    assert socket.gethostname() not in machine()


def test_versions_name_every_peer() -> None:
    for name in ("Python 3", "torch 2", "scipy", "scikit-image", "torchmetrics"):
        assert name in versions()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_others_take_is_a_share_of_all_cores() -> None:
    idle, total = ticks()
    assert 0 < idle < total
    assert 0 <= taken_by_others(0.05) <= 1
