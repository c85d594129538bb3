"""Run a training many times, one seed after the other, and record its bands.

Home: 1.7 Collapse, 2.6 Eating one's own cooking.

``python -m course_lib.runs.recordings ring`` makes the bands of the ring anew.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from functools import partial

import torch

from course_lib.gan.games import NONSATURATING, SATURATING
from course_lib.gan.ring_curves import RingCurves, Step, ring_curves
from course_lib.gan.training import RING_GAMMA, train_step
from course_lib.runs.bands import Recording, envelope, write_band
from course_lib.runs.predictors import small_plan
from course_lib.runs.presets import LIVE_LAPTOP, RING_LAPTOP, LearningPreset, Preset
from course_lib.runs.unattended import train_unattended

KEPT = ("modes", "good_share")
RING_STEPS: dict[str, Step] = {
    "ring_recommended": partial(train_step, losses=NONSATURATING, r1_gamma=RING_GAMMA),
    "ring_saturating": partial(train_step, losses=SATURATING, r1_gamma=0.0),
}


def record_ring(
    train: Step, preset: Preset, seeds: Sequence[int], command: str
) -> Recording:
    """Play the ring once for each seed, and keep modes and good share as bands."""
    began = time.perf_counter()
    runs = [_play(train, preset, seed) for seed in seeds]
    steps = [int(step) for step in runs[0].step]
    curves = {
        name: envelope(steps, torch.stack([getattr(run, name) for run in runs]))
        for name in KEPT
    }
    minutes = round((time.perf_counter() - began) / 60, 1)
    return Recording(curves, list(seeds), command, minutes)


def record_predictor(
    preset: LearningPreset, seeds: Sequence[int], command: str
) -> Recording:
    """Train the small predictor once for each seed, and keep its error as a band."""
    began, books = time.perf_counter(), []
    for seed in seeds:
        plan = small_plan(preset, torch.Generator().manual_seed(seed))
        books.append(train_unattended(plan, keep=lambda *_: None)[1])
    curves = torch.tensor([book.curve for book in books])  # (seed, reading, column)
    steps = [int(step) for step in curves[0, :, 0]]
    minutes = round((time.perf_counter() - began) / 60, 1)
    band = envelope(steps, curves[:, :, 1])
    return Recording({"squared_error": band}, list(seeds), command, minutes)


def _play(train: Step, preset: Preset, seed: int) -> RingCurves:
    rng = torch.Generator().manual_seed(seed)
    return ring_curves(train, preset.steps, rng, every=preset.every)


def main(arguments: Sequence[str] | None = None, say: Callable = print) -> None:
    """Make the bands of one experiment anew."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("experiment", choices=["ring", "predictor_small"])
    parser.add_argument("--seeds", type=int, default=8, help="how many runs")
    asked = parser.parse_args(arguments)
    seeds = range(asked.seeds)
    command = (
        f"python -m course_lib.runs.recordings {asked.experiment} --seeds {len(seeds)}"
    )
    if asked.experiment == "ring":
        for name, train in RING_STEPS.items():
            recording = record_ring(train, RING_LAPTOP, seeds, command)
            say(f"{write_band(name, recording)}: {recording.minutes} minutes")
    else:
        recording = record_predictor(LIVE_LAPTOP, seeds, command)
        path = write_band(asked.experiment, recording)
        say(f"{path}: {recording.minutes} minutes")


if __name__ == "__main__":
    main()
