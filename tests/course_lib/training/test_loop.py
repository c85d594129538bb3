"""The training loop: order of steps, rows of the log, snapshots, resuming."""

from typing import NamedTuple

import pytest
from torch import nn

from course_lib.training import loop
from course_lib.training.loop import TrainingRun, train
from course_lib.training.presets import Preset
from course_lib.training.resume import TrainingLog


class Count(NamedTuple):
    """A state of one number."""

    total: int


def counting(steps, every):
    def step(state, number):
        return Count(state.total + number), {"number": float(number)}

    preset = Preset(steps=steps, batch=1, every=every)
    return TrainingRun(preset, Count(0), step, lambda state: nn.Identity(), str)


def test_every_step_is_taken_once_in_order():
    state, log = train(counting(10, 3))
    assert state.total == sum(range(1, 11))
    assert log.step == 10


def test_a_row_holds_means_since_the_row_before_and_the_last_step_has_a_row():
    logs = []
    train(counting(10, 4), report=logs.append)
    assert [log.step for log in logs] == [4, 8, 10]
    assert logs[-1].names == ("number",)
    assert logs[-1].curve == ((4.0, 2.5), (8.0, 6.5), (10.0, 9.5))


def test_a_state_is_validated_once_for_each_row():
    totals = []

    def validate(state):
        totals.append(state.total)
        return {"total": float(state.total)}

    run = counting(10, 4)._replace(validate=validate)
    _, log = train(run)
    assert totals == [10, 36, 55]
    assert log.names == ("number", "total")
    assert log.curve == ((4.0, 2.5, 10.0), (8.0, 6.5, 36.0), (10.0, 9.5, 55.0))


@pytest.mark.parametrize("name", ["step", "number"])
def test_two_columns_of_one_name_are_rejected(name):
    run = counting(10, 4)._replace(validate=lambda state: {name: 0.0})
    with pytest.raises(ValueError, match="a name of its own; got step, number"):
        train(run)


def test_training_continues_after_the_last_step_of_a_log():
    _, complete = train(counting(10, 4))
    run = counting(10, 4)._replace(state=Count(10))
    half = TrainingLog(4, seconds=100.0, names=("number",), curve=complete.curve[:1])
    state, log = train(run, log=half)
    assert (state.total, log.curve) == (55, complete.curve)
    assert log.seconds >= 100


def test_a_complete_training_takes_no_step():
    run = counting(10, 4)._replace(step=lambda *_: pytest.fail("a step"))
    complete = TrainingLog(10, 1.0, ("number",), ((10.0, 1.0),))
    assert train(run, log=complete) == (run.state, complete)


def saves(steps, every, log=None, **options):
    """All logs that were saved, and what the loop returned."""
    logs = []
    result = train(
        counting(steps, every),
        log=log,
        save=lambda state, log: logs.append(log),
        **options,
    )
    return logs, result


def test_the_first_step_is_saved_also_after_resuming():
    for step in (0, 1, 5):
        saved, _ = saves(10, 100, TrainingLog(step))
        assert [log.step for log in saved] == [step + 1, 10]


def test_between_two_rows_it_saves_by_the_clock(monkeypatch):
    monkeypatch.setattr(loop, "MIN_SAVE_INTERVAL", 0.0)
    monkeypatch.setattr(loop, "SAVE_COST_FACTOR", 0.0)
    saved, _ = saves(5, 3)
    assert [log.step for log in saved] == [1, 2, 3, 4, 5]
    assert saved[1].pending == ({"number": 1.0}, {"number": 2.0})
    assert saved[2].pending == ()


def test_a_slow_save_is_repeated_less_often(monkeypatch):
    monkeypatch.setattr(loop, "MIN_SAVE_INTERVAL", 0.0)
    clock = iter(range(10**6))
    monkeypatch.setattr(loop.time, "perf_counter", lambda: next(clock))
    saved, _ = saves(200, 200)
    assert len(saved) < 10


def test_an_interrupted_row_has_the_mean_of_all_its_steps(monkeypatch):
    monkeypatch.setattr(loop, "MIN_SAVE_INTERVAL", 0.0)
    monkeypatch.setattr(loop, "SAVE_COST_FACTOR", 0.0)
    saved, (_, complete) = saves(10, 4)
    for log in saved:
        assert saves(10, 4, log)[1][1].curve == complete.curve


def test_on_request_it_saves_the_present_step_and_stops():
    saved, (state, log) = saves(10, 4, stop_requested=lambda: True)
    assert (state.total, log.step, len(saved)) == (1, 1, 1)
    answers = iter([False] * 5 + [True])
    saved, (state, log) = saves(10, 4, stop_requested=lambda: next(answers))
    assert (state.total, log.step) == (21, 6)
    assert saved[-1] == log
