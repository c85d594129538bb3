"""What a plan on paper says follows from step, bytes, link and latency."""

import pytest

from benchmarks.shared import largest_relative_difference, planned, row
from benchmarks.shared_steps import Measurements, timed_talk

ALONE = Measurements([4.0, 2.0], 2.0, 0.0, 0, 0, float("inf"), 0.0)
PAIR = Measurements([4.0, 2.002], 1.6, 0.4, 10, 800, 1000.0, 0.001)


def test_curves_differ_by_the_largest_share_of_a_loss() -> None:
    assert largest_relative_difference(PAIR.losses, ALONE.losses) == pytest.approx(1e-3)
    assert largest_relative_difference(ALONE.losses, ALONE.losses) == 0


def test_a_row_tells_speed_and_the_share_of_talking() -> None:
    cells = row(2, PAIR, ALONE)
    assert cells[:4] == ["2", "800 ms", "1.25", "25.0%"]


def test_a_ring_sends_twice_nearly_all_bytes_and_waits_for_every_tensor() -> None:
    cells = planned(8, ALONE, PAIR)  # a step of 1 s
    assert cells[2] == "1.4 s"  # 2 * 7/8 * 800 / 1000
    assert cells[3] == "140 ms"  # 2 * 7 * .001 * 10
    assert cells[4:] == ["39%", "3.1"]  # 1 / 2.54


def test_talk_is_timed_and_then_left_as_it_was(monkeypatch) -> None:
    from torch import distributed

    heard = []
    monkeypatch.setattr(distributed, "all_reduce", heard.append)
    with timed_talk() as times:
        distributed.all_reduce("slopes")
    distributed.all_reduce("more")
    assert heard == ["slopes", "more"] and len(times) == 1
