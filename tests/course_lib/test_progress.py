"""A progress bar shows the remaining time and is removed at the end."""

import sys
from types import SimpleNamespace

import pytest

from course_lib import progress as room
from course_lib.progress import progress


class Screen:
    """Stands for a cell's output: the states that one display went through."""

    def __init__(self):
        self.states = []

    def display(self, data, *, raw):
        self.states.append(data)

    update = display


@pytest.fixture(autouse=True)
def on_a_laptop(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "laptop")


@pytest.fixture
def cell(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(room, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr(room, "DisplayHandle", lambda: screen)
    return screen


def test_progress_yields_the_items_of_the_iterable(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert list(progress(iter("abc"), "letters", total=3)) == ["a", "b", "c"]
    assert "letters" in capsys.readouterr().err


def test_a_log_file_gets_no_bar(capsys):
    assert list(progress(range(3), "letters")) == [0, 1, 2]
    assert capsys.readouterr().err == ""


def test_a_notebook_shows_the_remaining_time_and_stores_nothing(cell):
    shown = [dict(cell.states[-1]) for _ in progress(range(3), "the ring")]
    assert "the ring" in shown[0]["text/plain"]
    assert shown[0]["text/plain"].endswith("left")
    assert cell.states[-1] == {"text/html": "", "text/plain": ""}


def test_the_bar_is_removed_also_after_an_exception(cell):
    steps = progress(range(3), "the ring")
    next(steps)
    assert "the ring" in cell.states[-1]["text/plain"]
    steps.close()
    assert cell.states[-1]["text/plain"] == ""


def test_there_is_no_bar_in_the_smoke_profile(capsys, cell, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    assert list(progress(range(3), "the ring")) == [0, 1, 2]
    assert cell.states == []
    assert capsys.readouterr().err == ""
