"""Take a judge away, or let the category in by the other door, and see what is lost.

In the world of moving bars, where twelve games fit into minutes and the truth of every
clip can be read off.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch

from course_lib.mocogan.discriminators import blind_judge
from course_lib.mocogan.train_state import Players, seated
from course_lib.mocogan.training import train_step
from lessons.mocogan.experiments.many_runs import truth_of
from lessons.mocogan.experiments.moving_bars import (
    ADAM,
    BATCH,
    GOOD,
    SIZES,
    SmallMoCoGAN,
    Truth,
    moving_bars,
    small_judges,
)


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
    return truth_of(players.average, rng)


def ablation(n_steps: int, seeds: Sequence[int]) -> Iterator[tuple[str, Truth]]:
    """One game for every arm and seed, as they end."""
    for seed in seeds:
        for arm in ARMS:
            yield str(arm), play(arm, n_steps, torch.Generator().manual_seed(seed))
