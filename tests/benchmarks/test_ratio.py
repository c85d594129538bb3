"""A known ratio is found, in turn, whatever each side takes."""

from itertools import pairwise

import pytest

from benchmarks.ratio import SHORTEST, Pair, calls_for, compare, spread


class Clockwork:
    """A clock that only moves when some work is done."""

    def __init__(self) -> None:
        self.now, self.done = 0.0, []

    def __call__(self) -> float:
        return self.now

    def taking(self, name: str, *seconds: float):
        """Prepares work of so many seconds, the next ones at each call in turn."""

        def work() -> None:
            self.done.append(name)
            count = self.done.count(name)
            self.now += seconds[(count - 1) % len(seconds)]

        return lambda: work


def test_a_peer_of_three_seconds_is_three_times_one_second() -> None:
    clock = Clockwork()
    pair = Pair("stub", clock.taking("A", 1.0), clock.taking("B", 3.0), rounds=4)
    found = compare(pair, clock=clock)
    assert found.ours == (1, 1, 1) and found.peer == (3, 3, 3)
    assert found.times_faster == (3, 3, 3)


def test_both_sides_run_in_turn() -> None:
    clock = Clockwork()
    pair = Pair("stub", clock.taking("A", 1.0), clock.taking("B", 1.0), rounds=3)
    compare(pair, clock=clock)
    assert clock.done == ["A", "B"] * 5  # two rounds to warm up
    assert all(a != b for a, b in pairwise(clock.done))


def test_a_ratio_is_taken_within_a_round_and_comes_with_its_ends() -> None:
    clock = Clockwork()
    ours = clock.taking("A", 1.0, 1.0, 1.0, 2.0, 4.0)  # the machine slows down
    peer = clock.taking("B", 2.0, 2.0, 2.0, 4.0, 12.0)
    found = compare(Pair("stub", ours, peer, rounds=3), clock=clock)
    assert found.times_faster == (2, 2, 3)


def test_a_slow_first_call_does_not_decide_how_often_the_work_is_repeated() -> None:
    clock = Clockwork()
    ours = clock.taking("A", *[10 * SHORTEST, *[SHORTEST / 2.5] * 99])
    compare(Pair("stub", ours, clock.taking("B", 1.0), rounds=1), clock=clock)
    assert clock.done == ["A", "B"] * 2 + ["A"] * 3 + ["B"]


@pytest.mark.parametrize(
    ("one", "calls"), [(1.0, 1), (SHORTEST, 1), (SHORTEST / 2.5, 3)]
)
def test_short_work_is_repeated_until_a_clock_can_tell(one, calls) -> None:
    assert calls_for(one) == calls
    assert calls_for(0.0) >= 10**6  # a clock that saw nothing


def test_a_spread_is_the_median_between_the_ends() -> None:
    assert spread([3.0, 1.0, 2.0, 10.0]) == (2.5, 1.0, 10.0)
