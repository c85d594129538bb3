"""A signal ends the program where it is, unless a step has to be finished first."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from course_lib.training.stopping import Stop, Stopped, heeded_signals

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@BOTH
def test_a_signal_raises_with_the_status_of_a_shell(number):
    with pytest.raises(Stopped, match=f"Stopped by {number.name}") as stopped:
        with heeded_signals():
            os.kill(os.getpid(), number)
    assert stopped.value.status == 128 + number


@BOTH
def test_while_postponed_it_is_noted_and_raised_at_the_end(number):
    done = []
    with pytest.raises(Stopped), heeded_signals() as stop:
        with stop.postponed():
            os.kill(os.getpid(), number)
            done.append(stop.came())
        done.append("never")
    assert done == [True]


def test_the_second_is_not_postponed():
    with pytest.raises(Stopped), heeded_signals() as stop, stop.postponed():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("it went on")


def test_processes_that_share_a_training_finish_their_step(monkeypatch):
    monkeypatch.setenv("RANK", "1")
    done = []
    with pytest.raises(Stopped), heeded_signals() as stop, stop.postponed():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        done.append("the step")
    assert done


def test_what_fails_while_postponed_is_not_hidden_by_a_signal():
    stop = Stop()
    with pytest.raises(OSError, match="full"), stop.postponed():
        stop(signal.SIGINT, None)
        raise OSError("full")


def test_handlers_are_put_back_and_ignored_signals_stay_ignored():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with heeded_signals() as stop:
            os.kill(os.getpid(), signal.SIGTERM)
            assert not stop.came()
            assert signal.getsignal(signal.SIGINT) is stop
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) is not stop
    finally:
        signal.signal(signal.SIGTERM, before)


def test_outside_the_main_thread_nothing_is_changed():
    found = []

    def heed():
        with heeded_signals() as stop:
            found.append(signal.getsignal(signal.SIGINT) is stop)

    thread = threading.Thread(target=heed)
    thread.start()
    thread.join()
    assert found == [False]


def test_it_loads_without_torch():
    program = (
        "import sys, course_lib.training.stopping; sys.exit('torch' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", program], cwd=root).returncode == 0
