"""Take a judge away, or let the category in by the other door, and see what is lost.

Home: 4.6 Against its rivals.

In the world of moving bars, where twelve games fit into minutes and the truth of every
clip can be read off.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import NamedTuple

import torch

from course_lib.mocogan.experiments.moving_bars import (
    ADAM,
    BATCH,
    FRAMES,
    GOOD,
    SIZES,
    SmallMoCoGAN,
    Truth,
    moving_bars,
    read_bars,
    small_judges,
)
from course_lib.mocogan.judges import blind_judge
from course_lib.mocogan.players import Players, seated
from course_lib.mocogan.training import Clips, train_step

DRAWN = 256  # clips whose truth is read

Rows = dict[str, tuple[float, float, float]]  # least, mean and most, by the arm's name


class Arm(NamedTuple):
    """Whether frames have a judge of their own, and where the category enters."""

    frame_judge: bool
    category_moves: bool

    def __str__(self) -> str:
        door = "memory" if self.category_moves else "painter"
        return f"{'two judges' if self.frame_judge else 'clip judge'}, {door}"


ARMS = tuple(Arm(judge, door) for judge in (True, False) for door in (True, False))


def seat(arm: Arm, rng: torch.Generator) -> Players:
    """The players of one arm, at the start."""
    latents = replace(SIZES, category_moves=arm.category_moves)
    generator = SmallMoCoGAN(rng, latents=latents)
    frame_judge, clip_judge = small_judges(rng)
    judge = frame_judge if arm.frame_judge else blind_judge(rng)
    return seated(generator, judge, clip_judge, ADAM)


def play(arm: Arm, n_steps: int, rng: torch.Generator) -> Truth:
    """What the running average of the generator shows at the end of one game."""
    players = seat(arm, rng)
    for _ in range(n_steps):
        players, _ = train_step(players, moving_bars(BATCH, rng), GOOD, rng)
    drawn = players.average.draw(DRAWN, rng, FRAMES)
    with torch.no_grad():
        return read_bars(Clips(players.average(drawn), drawn.category))


def ablation(n_steps: int, seeds: Sequence[int]) -> Iterator[tuple[Arm, Truth]]:
    """One game for every arm and seed, as they end."""
    for seed in seeds:
        for arm in ARMS:
            yield arm, play(arm, n_steps, torch.Generator().manual_seed(seed))


def by_measure(played: Sequence[tuple[Arm, Truth]]) -> Mapping[str, Rows]:
    """For each measure and arm the least, the mean and the most over the seeds."""
    return {
        name: {str(arm): _span([t[at] for a, t in played if a == arm]) for arm in ARMS}
        for at, name in enumerate(Truth._fields)
    }


def _span(values: Sequence[float]) -> tuple[float, float, float]:
    return min(values), fmean(values), max(values)
