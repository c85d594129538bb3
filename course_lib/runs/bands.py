"""Run a training many times, and keep where its curves went: the learner's yardstick.

Home: 1.7 Collapse.

``python -m course_lib.runs.bands ring`` makes the bands of the ring anew.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.gan.games import NONSATURATING, SATURATING
from course_lib.gan.ring_curves import RingCurves, Step, ring_curves
from course_lib.gan.training import RING_GAMMA, train_step
from course_lib.plotting import Band
from course_lib.runs.presets import RING_LAPTOP, Preset
from course_lib.whole_file import write_atomically

Runs = Float[Tensor, "seed reading"]

BANDS = Path(__file__).parents[2] / "data" / "bands"
SHARES = (0.05, 0.5, 0.95)  # of the runs that lie below low, median and high
KEPT = ("modes", "good_share")
RING_STEPS: dict[str, Step] = {
    "ring_recommended": partial(train_step, losses=NONSATURATING, r1_gamma=RING_GAMMA),
    "ring_saturating": partial(train_step, losses=SATURATING, r1_gamma=0.0),
}


class Recording(NamedTuple):
    """Bands of one training by curve name, and how they were made."""

    curves: Mapping[str, Band]
    seeds: Sequence[int]
    command: str
    minutes: float


def envelope(steps: Sequence[int], runs: Runs) -> Band:
    """Where 90 % of the runs lie at each step, and their median; one row a run."""
    low, median, high = torch.quantile(runs, torch.tensor(SHARES), dim=0)
    return Band(list(steps), *(_rounded(part) for part in (low, median, high)))


def read_band(name: str, *, folder: Path = BANDS) -> Recording:
    """The bands kept under ``name``.

    Raises:
        ValueError: if there are none of that name, or the file does not read as bands.
    """
    path = folder / f"{name}.json"
    known = sorted(p.stem for p in folder.glob("*.json"))
    if name not in known:
        raise ValueError(
            f"There is no band named {name!r} in {folder}; "
            f"there are: {', '.join(known) or 'none'}."
        )
    try:
        card = json.loads(path.read_text())
        steps = card.pop("steps")
        bands = {k: Band(steps, **parts) for k, parts in card.pop("curves").items()}
        return Recording(bands, **card)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"{path} is no readable band ({error!r}); make it again with "
            "`python -m course_lib.runs.bands`."
        ) from error


def write_band(name: str, recording: Recording, *, folder: Path = BANDS) -> Path:
    """Keep the bands of one training under ``name``; the steps are written once."""
    first = next(iter(recording.curves.values()))
    curves = {
        name: {part: getattr(band, part) for part in ("low", "median", "high")}
        for name, band in recording.curves.items()
    }
    card = {**recording._asdict(), "steps": first.steps, "curves": curves}
    path = folder / f"{name}.json"
    write_atomically(path, (json.dumps(card) + "\n").encode())
    return path


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


def _play(train: Step, preset: Preset, seed: int) -> RingCurves:
    rng = torch.Generator().manual_seed(seed)
    return ring_curves(train, preset.steps, rng, every=preset.every)


def _rounded(values: Tensor) -> list[float]:
    return [round(value, 4) for value in values.tolist()]


def main(arguments: Sequence[str] | None = None, say: Callable = print) -> None:
    """Make the bands of one experiment anew."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("experiment", choices=["ring"])
    parser.add_argument("--seeds", type=int, default=8, help="how many runs")
    asked = parser.parse_args(arguments)
    command = f"python -m course_lib.runs.bands ring --seeds {asked.seeds}"
    for name, train in RING_STEPS.items():
        recording = record_ring(train, RING_LAPTOP, range(asked.seeds), command)
        say(f"{write_band(name, recording)}: {recording.minutes} minutes")


if __name__ == "__main__":
    main()
