"""Run a training many times, one seed after the other, and record its bands.

Home: 1.7 Collapse, 2.6 Eating one's own cooking, 4.4 Three moves.

``python -m course_lib.runs.recordings ring`` makes the bands of the ring anew.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch

from course_lib.gan.games import NONSATURATING, SATURATING
from course_lib.gan.ring_curves import RingCurves, Step, ring_curves
from course_lib.gan.training import RING_GAMMA, train_step
from course_lib.mocogan.experiments.moving_bars import (
    BATCH,
    GOOD,
    moving_bars,
    small_players,
)
from course_lib.mocogan.training import train_step as play_bars
from course_lib.runs.bands import Recording, envelope, write_band
from course_lib.runs.game_presets import BARS_LAPTOP
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


def record_bars(preset: Preset, seeds: Sequence[int], command: str) -> Recording:
    """Play the bars once for each seed; keep what fakes' categories cost.

    Each reading is the mean since the one before.
    """
    began, runs = time.perf_counter(), []
    for seed in seeds:
        rng, paid = torch.Generator().manual_seed(seed), []
        players = small_players(rng)
        for _ in range(preset.steps):
            players, seen = play_bars(players, moving_bars(BATCH, rng), GOOD, rng)
            paid.append(seen.obeyed)
        runs.append(torch.tensor(paid).view(-1, preset.every).mean(dim=1))
    steps = [*range(preset.every, preset.steps + 1, preset.every)]
    minutes = round((time.perf_counter() - began) / 60, 1)
    band = envelope(steps, torch.stack(runs))
    return Recording({"obeyed": band}, list(seeds), command, minutes)


def _play(train: Step, preset: Preset, seed: int) -> RingCurves:
    rng = torch.Generator().manual_seed(seed)
    return ring_curves(train, preset.steps, rng, every=preset.every)


RECORDINGS: Mapping[str, Callable[[Sequence[int], str], Recording]] = {
    **{name: partial(record_ring, it, RING_LAPTOP) for name, it in RING_STEPS.items()},
    "predictor_small": partial(record_predictor, LIVE_LAPTOP),
    "moving_bars": partial(record_bars, BARS_LAPTOP),
}
"""By the names of the bands."""
EXPERIMENTS = ("ring", "predictor_small", "moving_bars")  # how those names begin


def main(arguments: Sequence[str] | None = None, say: Callable = print) -> None:
    """Make the bands of one experiment anew."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--seeds", type=int, default=8, help="how many runs")
    asked = parser.parse_args(arguments)
    seeds = range(asked.seeds)
    command = (
        f"python -m course_lib.runs.recordings {asked.experiment} --seeds {len(seeds)}"
    )
    for name, record in RECORDINGS.items():
        if name.startswith(asked.experiment):
            recording = record(seeds, command)
            say(f"{write_band(name, recording)}: {recording.minutes} minutes")


if __name__ == "__main__":
    main()
