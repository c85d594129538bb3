"""Figures are written so that a reader sees at once what was reached."""

import pytest

from benchmarks.ratio import Pair, Ratio, Spread
from benchmarks.tables import duration, markdown, row, side_of, size, verdict, within


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(12.34, "12.3 s"), (0.5, "500 ms"), (0.0012, "1.2 ms"), (3.4e-5, "34 µs")],
)
def test_seconds_come_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_bar_is_reached_by_what_lies_on_it_and_a_limit_is_kept_by_it() -> None:
    assert verdict(1.8, 1.8) == "1.8: reached"
    assert verdict(1.79, 1.8) == "1.8: missed"
    assert verdict(5.0, None) == ""
    assert within(0.3, 0.3) == "300 ms: kept"
    assert within(0.31, 0.3) == "300 ms: missed"


def test_memory_that_the_system_does_not_tell_is_a_dash() -> None:
    assert size(float("nan")) == "-"
    assert size(2.4e6) == "2 MB"


def test_a_row_has_times_ratio_bar_and_memory() -> None:
    pair = Pair("stub", lambda: int, lambda: int, bar=2.0)
    ratio = Ratio(Spread(1, 1, 1), Spread(3, 3, 3), Spread(3, 2.5, 4))
    cells = ("stub", "1 s", "3 s", "3 (2.5 to 4)", "2: reached", "5 MB", "9 MB")
    assert row(pair, ratio, 5e6, 9e6) == cells
    assert markdown(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_a_fresh_process_finds_a_side_by_name() -> None:
    pairs = [Pair(n, lambda n=n: lambda: n, lambda: lambda: "peer") for n in "xy"]
    assert side_of(pairs, "y", "ours")() == "y"
    assert side_of(pairs, "y", "peer")() == "peer"
