"""The training loop of every model; a training can be stopped and resumed."""

import time
from collections.abc import Callable, Mapping
from statistics import fmean
from typing import Any, NamedTuple

from torch import Generator, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from course_lib.progress import progress
from course_lib.training.distributed import mean_over_ranks, rank
from course_lib.training.presets import Preset
from course_lib.training.resume import TrainingLog

Metrics = Mapping[str, float]
Rows = Mapping[str, str]  # metrics in words, by the name of a model or a baseline

MIN_SAVE_INTERVAL = 10.0  # seconds between two snapshots, and at least
SAVE_COST_FACTOR = 50.0  # times the duration of the last save, so 2 % of the time


class TrainState(NamedTuple):
    """All that changes while one model is trained by one optimizer."""

    model: nn.Module
    optimizer: Optimizer
    scheduler: LRScheduler
    rng: Generator


class TrainingRun(NamedTuple):
    """Everything that the training loop needs to train one model.

    Attributes:
        preset: Number of steps, batch size, and steps between two rows of the log.
        state: The state before the first step: a NamedTuple, possibly nested, of
            modules, optimizers, schedulers and random generators.
        step: ``step(state, number)`` samples a batch, computes the loss and its
            gradient and updates the weights. Steps are numbered from 1. It returns the
            state and the metrics of the step.
        trained_model: Selects from the last state the module that is saved.
        evaluate: Measures that module; the text is printed and stands on the card. On
            films it returns rows: that of the model, and those of trivial baselines.
        validate: Measures a state for every row of the log.
        data: Describes training data that are not the course's own.
    """

    preset: Preset
    state: Any
    step: Callable[[Any, int], tuple[Any, Metrics]]
    trained_model: Callable[[Any], nn.Module]
    evaluate: Callable[[nn.Module], str | Rows]
    validate: Callable[[Any], Metrics] = lambda state: {}
    data: str = ""


class Training(NamedTuple):
    """One training of the course: how its run is built, and from which clips.

    Attributes:
        presets: Presets by name: smoke, laptop, gpu.
        build: ``build(preset, rng)`` makes the run on the course's own data, on the
            device of ``rng``; ``build(preset, rng, films)`` makes it on films.
        clip: Frames, channels, height and width of the course's own clips. Films are
            cut and resized alike, unless other channels or another size are asked for.
            None where films cannot be used.
        needs: What the training needs and films do not have, such as labels.
    """

    presets: Mapping[str, Preset]
    build: Callable[..., TrainingRun]
    clip: tuple[int, int, int, int] | None = None
    needs: str = ""


def train(
    run: TrainingRun,
    *,
    log: TrainingLog | None = None,
    save: Callable[[Any, TrainingLog], object] = lambda state, log: None,
    report: Callable[[TrainingLog], object] = lambda log: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> tuple[Any, TrainingLog]:
    """Train from the last step of ``log`` to the last step of the preset.

    Every ``preset.every`` steps and after the last step, the log gets a row; ``save``
    is called with the state and the log, then ``report`` with the log. ``save`` is also
    called after the first step, so that a process that is killed again and again still
    makes progress, and at intervals of MIN_SAVE_INTERVAL or more. If
    ``stop_requested`` is true in any process, the present step is saved and is the
    last. Under ``torchrun`` gradients and metrics are averaged over all processes.

    Returns:
        The last state and its log.

    Raises:
        ValueError: at the first row, if two columns of the log have the same name.
    """
    state, preset = run.state, run.preset
    log = log or TrainingLog()
    metrics_since_row = list(log.pending)
    start, next_save = time.perf_counter() - log.seconds, 0.0
    steps = range(log.step + 1, preset.steps + 1)
    for number in steps if rank() else progress(steps, "training"):
        # one batch: loss, backward, optimizer step, learning rate
        state, metrics = run.step(state, number)

        *means, stop = mean_over_ranks([*metrics.values(), float(stop_requested())])
        metrics_since_row.append(dict(zip(metrics, means, strict=True)))
        now = time.perf_counter()
        if number % preset.every == 0 or number == preset.steps:
            means = [fmean(row[name] for row in metrics_since_row) for name in metrics]
            validation = run.validate(state)
            _check_names("step", *metrics, *validation)
            log = TrainingLog(
                step=number,
                seconds=time.perf_counter() - start,
                names=(*metrics, *validation),
                curve=(*log.curve, (float(number), *means, *validation.values())),
            )
            metrics_since_row, now = [], time.perf_counter()
            save(state, log)
            report(log)
        elif stop or now >= next_save:
            log = log._replace(
                step=number, seconds=now - start, pending=tuple(metrics_since_row)
            )
            save(state, log)
        else:
            continue
        next_save = time.perf_counter()
        next_save += max(MIN_SAVE_INTERVAL, SAVE_COST_FACTOR * (next_save - now))
        if stop:
            break
    return state, log


def _check_names(*names: str) -> None:
    if len(set(names)) < len(names):
        raise ValueError(
            f"Every column of the log needs a name of its own; got {', '.join(names)}."
        )
