"""The one loop: steps in order, rows on time, and it goes on where it was."""

from typing import NamedTuple

import pytest
from torch import nn

from course_lib.training import loop
from course_lib.training.loop import Plan, train_unattended
from course_lib.training.presets import Preset
from course_lib.training.resume import Logbook


class Count(NamedTuple):
    """A state of one number."""

    total: int


def counting(steps, every):
    def step(state, number):
        return Count(state.total + number), {"number": float(number)}

    preset = Preset(steps=steps, batch=1, every=every)
    return Plan(preset, Count(0), step, lambda state: nn.Identity(), str)


def test_the_loop_is_the_step_applied_again_and_again():
    state, logbook = train_unattended(counting(10, 3), keep=lambda *_: None)
    assert state.total == sum(range(1, 11))
    assert logbook.done == 10


def test_a_row_is_the_mean_since_the_row_before_and_the_last_step_has_one():
    kept = []
    train_unattended(counting(10, 4), keep=lambda *news: kept.append(news))
    assert [(state.total, book.done) for state, book in kept] == [
        (10, 4),
        (36, 8),
        (55, 10),
    ]
    assert kept[-1][1].names == ("number",)
    assert kept[-1][1].curve == ((4.0, 2.5), (8.0, 6.5), (10.0, 9.5))


def test_a_state_is_watched_once_a_row():
    watched = []

    def watch(state):
        watched.append(state.total)
        return {"seen": float(state.total)}

    plan = counting(10, 4)._replace(watch=watch)
    _, book = train_unattended(plan, keep=lambda *_: None)
    assert watched == [10, 36, 55]
    assert book.names == ("number", "seen")
    assert book.curve == ((4.0, 2.5, 10.0), (8.0, 6.5, 36.0), (10.0, 9.5, 55.0))


@pytest.mark.parametrize("name", ["step", "number"])
def test_two_columns_of_one_name_are_refused(name):
    plan = counting(10, 4)._replace(watch=lambda state: {name: 0.0})
    with pytest.raises(ValueError, match="names of their own; got step, number"):
        train_unattended(plan, keep=lambda *_: None)


def test_it_goes_on_where_a_logbook_ends():
    _, whole = train_unattended(counting(10, 4), keep=lambda *_: None)
    plan = counting(10, 4)._replace(state=Count(10))
    half = Logbook(4, seconds=100.0, names=("number",), curve=whole.curve[:1])
    state, logbook = train_unattended(plan, keep=lambda *_: None, logbook=half)
    assert (state.total, logbook.curve) == (55, whole.curve)
    assert logbook.seconds >= 100


def test_a_training_that_is_done_takes_no_step():
    plan = counting(10, 4)._replace(step=lambda *_: pytest.fail("a step"))
    done = Logbook(10, 1.0, ("number",), ((10.0, 1.0),))
    assert train_unattended(plan, keep=print, logbook=done) == (plan.state, done)


def saves(steps, every, logbook=None, **more):
    saved = []
    plan = counting(steps, every)
    found = train_unattended(
        plan,
        keep=lambda state, book: saved.append(book),
        save=lambda state, book: saved.append(book),
        logbook=logbook,
        **more,
    )
    return saved, found


def test_the_first_step_is_saved_wherever_it_goes_on():
    for done in (0, 1, 5):
        saved, _ = saves(10, 100, Logbook(done))
        assert [book.done for book in saved] == [done + 1, 10]


def test_between_readings_it_saves_by_the_clock(monkeypatch):
    monkeypatch.setattr(loop, "SECONDS", 0.0)
    monkeypatch.setattr(loop, "TIMES", 0.0)
    saved, _ = saves(5, 3)
    assert [book.done for book in saved] == [1, 2, 3, 4, 5]
    assert saved[1].pending == ({"number": 1.0}, {"number": 2.0})
    assert saved[2].pending == ()


def test_saving_that_takes_long_is_seldom(monkeypatch):
    monkeypatch.setattr(loop, "SECONDS", 0.0)
    clock = iter(range(10**6))
    monkeypatch.setattr(loop.time, "perf_counter", lambda: next(clock))
    saved, _ = saves(200, 200)
    assert len(saved) < 10


def test_a_row_that_was_broken_off_has_the_mean_of_all_its_steps(monkeypatch):
    monkeypatch.setattr(loop, "SECONDS", 0.0)
    monkeypatch.setattr(loop, "TIMES", 0.0)
    saved, (_, whole) = saves(10, 4)
    for book in saved:
        assert saves(10, 4, book)[1][1].curve == whole.curve


def test_when_told_to_stop_it_saves_the_step_and_ends():
    saved, (state, book) = saves(10, 4, stopped=lambda: True)
    assert (state.total, book.done, len(saved)) == (1, 1, 1)
    answers = iter([False] * 5 + [True])
    saved, (state, book) = saves(10, 4, stopped=lambda: next(answers))
    assert (state.total, book.done) == (21, 6)
    assert saved[-1] == book
