import sys
import threading
import time
import warnings

import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from teaching.time_limit import OUTPUT_LIMIT, Overtime, call_within


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
def test_a_loop_without_end_is_stopped_and_leaves_nothing_running(function):
    running, start = threading.active_count(), time.monotonic()
    with pytest.raises(Overtime):
        call_within(0.05, function)
    assert time.monotonic() - start < 5
    assert threading.active_count() == running


def test_what_cannot_be_stopped_is_left_behind(monkeypatch):
    monkeypatch.setattr("teaching.time_limit._PATIENCE", 1)
    start = time.monotonic()
    with pytest.raises(Overtime):
        call_within(0.05, lambda: time.sleep(1.5))
    assert time.monotonic() - start < 1.2


def test_a_stopped_call_tidies_up_on_its_way_out():
    tidied = []

    def call():
        try:
            endless()
        finally:
            tidied.append(sum(range(3)))

    with pytest.raises(Overtime):
        call_within(0.05, call)
    assert tidied == [3]


def test_a_result_comes_back_with_what_was_printed():
    def call():
        print("to the screen")
        print("to the error stream", file=sys.stderr)
        return 7

    assert call_within(5.0, call) == (7, "to the screen\nto the error stream\n")


def test_a_warning_counts_as_printed():
    def call():
        warnings.warn("shapes differ", UserWarning, stacklevel=1)

    assert call_within(5.0, call).printed == "UserWarning: shapes differ\n"


def test_a_flood_of_output_is_cut():
    printed = call_within(5.0, lambda: [print("x" * 1000) for _ in range(200)]).printed
    assert len(printed) == OUTPUT_LIMIT


@pytest.mark.parametrize(
    "error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3)]
)
def test_an_exception_is_handed_on_as_it_is(error):
    def call():
        raise error

    with pytest.raises(type(error)) as raised:
        call_within(5.0, call)
    assert raised.value is error


def test_streams_filters_and_settings_are_put_back():
    before = sys.stdout, sys.stderr, list(warnings.filters), torch.get_default_dtype()

    def call():
        sys.stdout = sys.stderr = None
        warnings.simplefilter("error")
        torch.set_default_dtype(torch.float64)

    call_within(5.0, call)
    after = sys.stdout, sys.stderr, list(warnings.filters), torch.get_default_dtype()
    assert after == before


def test_settings_are_put_back_after_an_endless_loop_too():
    def call():
        torch.set_default_dtype(torch.float64)
        endless_catching_everything()

    with pytest.raises(Overtime):
        call_within(0.05, call)
    assert torch.get_default_dtype() == torch.float32


def test_exit_in_a_notebook_does_not_end_its_kernel(monkeypatch):
    shell = InteractiveShell()
    monkeypatch.setattr("teaching.time_limit.get_ipython", lambda: shell)
    with pytest.raises(SystemExit):
        call_within(5.0, shell.user_ns["exit"])
    with pytest.raises(Exception, match="ask_exit"):
        del shell.ask_exit  # nothing of ours is left on the shell
    call_within(5.0, lambda: None)


def test_interrupting_the_kernel_stops_the_call(monkeypatch):
    running = threading.active_count()
    join = threading.Thread.join
    interrupts = iter([KeyboardInterrupt])

    def impatient(thread, timeout=None):
        join(thread, timeout)
        for interrupt in interrupts:
            raise interrupt

    monkeypatch.setattr(threading.Thread, "join", impatient)
    with pytest.raises(KeyboardInterrupt):
        call_within(0.05, endless)
    assert threading.active_count() == running
