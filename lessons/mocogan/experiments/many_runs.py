"""Read the end of many games off, and lay them side by side."""

from collections.abc import Iterable, Mapping
from statistics import fmean

import torch

from course_lib.mocogan.training import Clips
from course_lib.mocogan.video_gan import MoCoGAN
from lessons.mocogan.experiments.moving_bars import FRAMES, Truth, read_bars

DRAWN = 256  # clips whose truth is read

Rows = dict[str, tuple[float, float, float]]  # least, mean and most, by name


def truth_of(model: MoCoGAN, rng: torch.Generator) -> Truth:
    """What clips drawn from a generator of bars show."""
    drawn = model.draw(DRAWN, rng, FRAMES)
    with torch.no_grad():
        return read_bars(Clips(model(drawn), drawn.category))


def by_measure(played: Iterable[tuple[str, Truth]]) -> Mapping[str, Rows]:
    """For each measure and name the least, the mean and the most over its games."""
    ends: dict[str, list[Truth]] = {}
    for name, truth in played:
        ends.setdefault(name, []).append(truth)

    def row(name: str, measure: str) -> tuple[float, float, float]:
        values = [getattr(truth, measure) for truth in ends[name]]
        return min(values), fmean(values), max(values)

    return {m: {name: row(name, m) for name in ends} for m in Truth._fields}
