"""Code that runs for too long is stopped, and what comes after it is left alone."""

import cProfile
import time

import pytest

from grading.overtime import Overtime, stopped_after


def test_an_endless_loop_is_stopped() -> None:
    with pytest.raises(Overtime), stopped_after(0.05):
        while True:
            pass


def test_a_loop_that_catches_everything_a_few_times_is_stopped() -> None:
    caught = 0
    with pytest.raises(Overtime), stopped_after(0.05):
        while True:
            try:
                while True:
                    pass
            except BaseException:
                caught += 1
                if caught == 3:
                    raise


@pytest.mark.parametrize("pause", [0.0, 0.0199, 0.02, 0.0201])
def test_nothing_is_raised_after_the_end(pause: float) -> None:
    for _ in range(20):
        try:
            with stopped_after(0.02):
                time.sleep(pause)
        except Overtime:
            continue
        for _ in range(1000):
            pass


def test_an_exception_of_the_block_s_own_comes_through() -> None:
    with pytest.raises(ZeroDivisionError), stopped_after(5.0):
        1 / 0  # noqa: B018


def test_a_profiler_does_not_stop_the_clock() -> None:
    """With an interruption taken back, Python 3.11 looks for it for ever."""
    profiler = cProfile.Profile()
    with stopped_after(5.0):
        profiler.enable()
    with stopped_after(5.0):
        sum(range(10))
    profiler.disable()
