"""Train with nobody watching: one loop for every model, which can be killed."""

import time
from collections.abc import Callable, Mapping
from statistics import fmean
from typing import Any, NamedTuple

from torch import nn

from course_lib.progress import progress
from course_lib.training.distributed import averaged, place
from course_lib.training.presets import Preset
from course_lib.training.resume import Logbook

Readings = Mapping[str, float]

SECONDS = 10.0  # between two snapshots, at least,
TIMES = 50.0  # and this many times what writing the last one took: 2 % of the time


class Plan(NamedTuple):
    """One training before it starts.

    ``state`` is a NamedTuple of modules, optimizers and generators: all that changes.
    ``step(state, number)``, numbers from 1, returns the state and what was read off it.
    ``product`` picks of a state what is kept; ``result`` measures that, in words.
    ``watch`` measures a state once at every reading, for what a step cannot show.
    """

    preset: Preset
    state: Any
    step: Callable[[Any, int], tuple[Any, Readings]]
    product: Callable[[Any], nn.Module]
    result: Callable[[nn.Module], str]
    watch: Callable[[Any], Readings] = lambda state: {}


def train_unattended(
    plan: Plan,
    *,
    keep: Callable[[Any, Logbook], object],
    save: Callable[[Any, Logbook], object] = lambda state, logbook: None,
    logbook: Logbook | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[Any, Logbook]:
    """Take the plan's steps to the last; the state and its logbook.

    Begins where ``logbook`` ends. Every ``preset.every`` steps and after the last, the
    logbook gets a row, and ``keep`` both: the place to save and to report. ``save``
    gets both in between: after the first step, so that whoever takes one step gets on,
    then every SECONDS. Once ``stopped`` says yes, in any of the processes, the step is
    finished and saved, and the steps end early.

    Raises:
        ValueError: at the first reading, if two columns of the curve have one name.
    """
    state, preset = plan.state, plan.preset
    logbook = logbook or Logbook()
    rows = list(logbook.pending)
    numbers = range(logbook.done + 1, preset.steps + 1)
    began, due = time.perf_counter() - logbook.seconds, 0.0
    for number in numbers if place() else progress(numbers, "training"):
        state, readings = plan.step(state, number)
        *means, stop = averaged([*readings.values(), float(stopped())])
        rows.append(dict(zip(readings, means, strict=True)))
        now = time.perf_counter()
        if number % preset.every == 0 or number == preset.steps:
            means = [fmean(row[name] for row in rows) for name in readings]
            watched = plan.watch(state)
            _refuse_doubles("step", *readings, *watched)
            logbook = Logbook(
                done=number,
                seconds=time.perf_counter() - began,
                names=(*readings, *watched),
                curve=(*logbook.curve, (float(number), *means, *watched.values())),
            )
            rows, now = [], time.perf_counter()
            keep(state, logbook)
        elif stop or now >= due:
            logbook = logbook._replace(
                done=number, seconds=now - began, pending=tuple(rows)
            )
            save(state, logbook)
        else:
            continue
        due = time.perf_counter()
        due += max(SECONDS, TIMES * (due - now))
        if stop:
            break
    return state, logbook


def _refuse_doubles(*names: str) -> None:
    if len(set(names)) < len(names):
        raise ValueError(f"Readings need names of their own; got {', '.join(names)}.")
