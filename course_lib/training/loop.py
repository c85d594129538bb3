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
    logbook: Logbook | None = None,
) -> tuple[Any, Logbook]:
    """Take the plan's steps to the last; the state and its logbook.

    Begins where ``logbook`` ends. Every ``preset.every`` steps and after the last, the
    logbook gets a row, and ``keep`` both: the place to save.

    Raises:
        ValueError: at the first reading, if two columns of the curve have one name.
    """
    state, preset, rows = plan.state, plan.preset, []
    logbook = logbook or Logbook()
    numbers = range(logbook.done + 1, preset.steps + 1)
    began = time.perf_counter() - logbook.seconds
    for number in numbers if place() else progress(numbers, "training"):
        state, readings = plan.step(state, number)
        rows.append(readings)
        if number % preset.every == 0 or number == preset.steps:
            means = averaged([fmean(row[name] for row in rows) for name in readings])
            watched = plan.watch(state)
            _refuse_doubles("step", *readings, *watched)
            logbook = Logbook(
                done=number,
                seconds=time.perf_counter() - began,
                names=(*readings, *watched),
                curve=(*logbook.curve, (float(number), *means, *watched.values())),
            )
            rows = []
            keep(state, logbook)
    return state, logbook


def _refuse_doubles(*names: str) -> None:
    if len(set(names)) < len(names):
        raise ValueError(f"Readings need names of their own; got {', '.join(names)}.")
