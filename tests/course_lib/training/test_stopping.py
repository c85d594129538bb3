"""Signals raise at once, or are deferred until the present step is finished."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from course_lib.training.stopping import Stop, Stopped, stop_on_signals

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@BOTH
def test_a_signal_raises_with_the_status_of_a_shell(number):
    with pytest.raises(Stopped, match=f"Stopped by {number.name}") as stopped:
        with stop_on_signals():
            os.kill(os.getpid(), number)
    assert stopped.value.status == 128 + number


@BOTH
def test_a_deferred_signal_is_recorded_and_raised_at_the_end(number):
    requests = []
    with pytest.raises(Stopped), stop_on_signals() as stop:
        with stop.deferred():
            os.kill(os.getpid(), number)
            requests.append(stop.requested())
        pytest.fail("the signal was not raised")
    assert requests == [True]


def test_a_second_signal_is_not_deferred():
    with pytest.raises(Stopped), stop_on_signals() as stop, stop.deferred():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("it went on")


def test_under_torchrun_a_second_signal_is_deferred_too(monkeypatch):
    monkeypatch.setenv("RANK", "1")
    completed = []
    with pytest.raises(Stopped), stop_on_signals() as stop, stop.deferred():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        completed.append("the step")
    assert completed


def test_an_exception_is_not_hidden_by_a_deferred_signal():
    stop = Stop()
    with pytest.raises(OSError, match="full"), stop.deferred():
        stop(signal.SIGINT, None)
        raise OSError("full")


def test_handlers_are_restored_and_ignored_signals_stay_ignored():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with stop_on_signals() as stop:
            os.kill(os.getpid(), signal.SIGTERM)
            assert not stop.requested()
            assert signal.getsignal(signal.SIGINT) is stop
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) is not stop
    finally:
        signal.signal(signal.SIGTERM, before)


def test_outside_the_main_thread_nothing_is_changed():
    installed = []

    def install():
        with stop_on_signals() as stop:
            installed.append(signal.getsignal(signal.SIGINT) is stop)

    thread = threading.Thread(target=install)
    thread.start()
    thread.join()
    assert installed == [False]


def test_it_loads_without_torch():
    program = (
        "import sys, course_lib.training.stopping; sys.exit('torch' in sys.modules)"
    )
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", program], cwd=root).returncode == 0
