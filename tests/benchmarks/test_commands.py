"""Whole commands are started in turn, and one that fails says why."""

import pytest

from benchmarks.commands import beyond, in_turn, run


def test_a_program_is_timed_and_heard() -> None:
    taken, printed = run("print('heard')")
    assert printed == "heard\n" and 0 < taken < 10


def test_a_longer_program_takes_longer_in_its_own_round() -> None:
    short, long = in_turn(("pass", "import time; time.sleep(.3)"), rounds=2)
    assert len(short) == len(long) == 2
    assert beyond(long, short).middle > 0.15


def test_a_program_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        run("1 / 0")
