"""Repeat a training with several seeds and record bands of its training curves.

``python -m lessons.record_bands ring`` records the bands of the ring again.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import fmean

import torch
from torch import Generator

from course_lib.gan.objectives import NONSATURATING, SATURATING
from course_lib.gan.ring_training import TrainStep, train_ring_gan
from course_lib.gan.training import RING_GAMMA, train_step
from course_lib.mocogan.training import train_step as mocogan_step
from course_lib.training import loop
from course_lib.training.bands import Recording, envelope, write_band
from course_lib.training.predictor import small_predictor_run
from course_lib.training.presets import (
    BARS_LAPTOP,
    LIVE_LAPTOP,
    RING_LAPTOP,
    LearningPreset,
    Preset,
)
from lessons.mocogan.experiments.moving_bars import (
    BASELINE,
    BATCH,
    init_small_mocogan,
    moving_bars,
)

Curves = Mapping[str, tuple[Sequence[int], Sequence[float]]]  # steps and values
Training = Callable[[Generator], Curves]

RING_CURVES = ("modes", "high_quality_fraction")


def record(train: Training, seeds: Sequence[int], command: str) -> Recording:
    """Run the training once for each seed, and turn its curves into bands."""
    began = time.perf_counter()
    runs = [train(torch.Generator().manual_seed(seed)) for seed in seeds]
    curves = {
        name: envelope(band[0], torch.tensor([run[name][1] for run in runs]))
        for name, band in runs[0].items()
    }
    minutes = round((time.perf_counter() - began) / 60, 1)
    return Recording(curves, list(seeds), command, minutes)


def ring(step: TrainStep, preset: Preset, rng: Generator) -> Curves:
    """Covered modes and high-quality fraction of one training on the ring."""
    run = train_ring_gan(step, preset.steps, rng, every=preset.every)
    steps = [int(number) for number in run.step]
    return {name: (steps, getattr(run, name).tolist()) for name in RING_CURVES}


def small_predictor(preset: LearningPreset, rng: Generator) -> Curves:
    """The squared error of one small predictor during training."""
    _, log = loop.train(small_predictor_run(preset, rng))
    steps, errors = zip(*log.curve, strict=True)
    return {"squared_error": ([int(step) for step in steps], errors)}


def bars(preset: Preset, rng: Generator) -> Curves:
    """Category loss of generated bars, averaged since the previous value."""
    state, losses = init_small_mocogan(rng), []
    for _ in range(preset.steps):
        state, metrics = mocogan_step(state, moving_bars(BATCH, rng), BASELINE, rng)
        losses.append(metrics.fake_category)
    steps = range(preset.every, preset.steps + 1, preset.every)
    means = [fmean(losses[step - preset.every : step]) for step in steps]
    return {"fake_category": (steps, means)}


RECORDINGS: Mapping[str, Training] = {
    "ring_recommended": partial(
        ring,
        partial(train_step, losses=NONSATURATING, r1_gamma=RING_GAMMA),
        RING_LAPTOP,
    ),
    "ring_saturating": partial(
        ring, partial(train_step, losses=SATURATING, r1_gamma=0.0), RING_LAPTOP
    ),
    "predictor_small": partial(small_predictor, LIVE_LAPTOP),
    "moving_bars": partial(bars, BARS_LAPTOP),
}
"""Trainings by the names of their bands."""
EXPERIMENTS = ("ring", "predictor_small", "moving_bars")  # prefixes of those names


def main(arguments: Sequence[str] | None = None, say: Callable = print) -> None:
    """Record the bands of one experiment again."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--seeds", type=int, default=8, help="how many runs")
    options = parser.parse_args(arguments)
    command = (
        f"python -m lessons.record_bands {options.experiment} --seeds {options.seeds}"
    )
    for name, train in RECORDINGS.items():
        if name.startswith(options.experiment):
            recording = record(train, range(options.seeds), command)
            say(f"{write_band(name, recording)}: {recording.minutes} minutes")


if __name__ == "__main__":
    main()
