import sys
import threading
import time
import warnings

import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from teaching.time_limit import OUTPUT_LIMIT, Overtime, call_with_timeout


def endless():
    while True:
        pass


def endless_catching_errors():
    while True:
        try:
            for _ in range(10):
                int("1")
        except Exception:
            pass


def endless_catching_everything():
    while True:
        try:
            for _ in range(10):
                int("1")
        except:  # noqa: E722
            continue


def endless_in_a_finally():
    while True:
        try:
            time.sleep(0.001)
        finally:
            continue  # noqa: B012


def endless_with_pauses():
    while True:
        try:
            while True:
                time.sleep(0.001)
        except BaseException:
            time.sleep(0.001)


@pytest.mark.parametrize(
    "function",
    [
        endless,
        endless_catching_errors,
        endless_catching_everything,
        endless_in_a_finally,
        endless_with_pauses,
    ],
)
def test_endless_loop_is_stopped_with_its_thread(function):
    running, start = threading.active_count(), time.monotonic()
    with pytest.raises(Overtime):
        call_with_timeout(0.05, function)
    assert time.monotonic() - start < 5
    assert threading.active_count() == running


def test_uninterruptible_call_is_left_running(monkeypatch):
    monkeypatch.setattr("teaching.time_limit._INTERRUPT_ATTEMPTS", 1)
    start = time.monotonic()
    with pytest.raises(Overtime):
        call_with_timeout(0.05, lambda: time.sleep(30))
    assert time.monotonic() - start < 15


def test_finally_clauses_of_a_stopped_call_run():
    tidied = []

    def call():
        try:
            endless()
        finally:
            tidied.append(sum(range(3)))

    with pytest.raises(Overtime):
        call_with_timeout(0.05, call)
    assert tidied == [3]


def test_result_is_returned_with_the_output():
    def call():
        print("to the screen")
        print("to the error stream", file=sys.stderr)
        return 7

    assert call_with_timeout(5.0, call) == (7, "to the screen\nto the error stream\n")


def test_warnings_are_captured():
    def call():
        warnings.warn("shapes differ", UserWarning, stacklevel=1)

    assert call_with_timeout(5.0, call).printed == "UserWarning: shapes differ\n"


def test_output_is_truncated():
    printed = call_with_timeout(
        5.0, lambda: [print("x" * 1000) for _ in range(200)]
    ).printed
    assert len(printed) == OUTPUT_LIMIT


@pytest.mark.parametrize(
    "error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3)]
)
def test_exception_is_raised_unchanged(error):
    def call():
        raise error

    with pytest.raises(type(error)) as raised:
        call_with_timeout(5.0, call)
    assert raised.value is error


def test_streams_filters_and_settings_are_restored():
    before = sys.stdout, sys.stderr, list(warnings.filters), torch.get_default_dtype()

    def call():
        sys.stdout = sys.stderr = None
        warnings.simplefilter("error")
        torch.set_default_dtype(torch.float64)

    call_with_timeout(5.0, call)
    after = sys.stdout, sys.stderr, list(warnings.filters), torch.get_default_dtype()
    assert after == before


def test_settings_are_restored_after_an_endless_loop():
    def call():
        torch.set_default_dtype(torch.float64)
        endless_catching_everything()

    with pytest.raises(Overtime):
        call_with_timeout(0.05, call)
    assert torch.get_default_dtype() == torch.float32


def test_exit_does_not_end_the_kernel(monkeypatch):
    shell = InteractiveShell()
    monkeypatch.setattr("teaching.time_limit.get_ipython", lambda: shell)
    with pytest.raises(SystemExit):
        call_with_timeout(5.0, shell.user_ns["exit"])
    with pytest.raises(Exception, match="ask_exit"):
        del shell.ask_exit  # nothing of ours is left on the shell
    call_with_timeout(5.0, lambda: None)


def test_keyboard_interrupt_stops_the_call(monkeypatch):
    running = threading.active_count()
    join = threading.Thread.join
    interrupts = iter([KeyboardInterrupt])

    def impatient(thread, timeout=None):
        join(thread, timeout)
        for interrupt in interrupts:
            raise interrupt

    monkeypatch.setattr(threading.Thread, "join", impatient)
    with pytest.raises(KeyboardInterrupt):
        call_with_timeout(0.05, endless)
    assert threading.active_count() == running
