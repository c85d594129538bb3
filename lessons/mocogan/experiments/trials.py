"""Leave one ingredient of a recipe out, or add one, and see what the game is worth.

In the world of moving bars, where the truth of every clip can be read off. ``TRIALS``
begins with the recipe as it is; each of the others differs from it in one thing, but
for the last two: what won and what was saved, and all that the laptop's game does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

from course_lib.mocogan.train_state import Players, seated
from course_lib.mocogan.training import Clips, Recipe, train_step
from lessons.mocogan.experiments.many_runs import truth_of
from lessons.mocogan.experiments.moving_bars import (
    ADAM,
    BATCH,
    GOOD,
    WIDTH,
    SmallMoCoGAN,
    Truth,
    moving_bars,
    small_judges,
)


class Trial(NamedTuple):
    """One way to play.

    R1 is due ``every`` so many steps, as many times over. ``lead`` is the generator's
    rate in those of its judges; these have ``width`` hidden numbers, first weights
    ``gain`` times as large, and layers of spectral norm 1 if ``unit``. The running
    average is drawn from, if ``averaged``. Real clips are new in every step, or the
    same few ``clips`` over and over.
    """

    recipe: Recipe = GOOD
    every: int = 1
    lead: float = 1.0
    width: int = WIDTH
    gain: float = 1.0
    unit: bool = False
    averaged: bool = True
    clips: int | None = None


NO_R1 = GOOD._replace(gamma=0.0)
TRIALS: Mapping[str, Trial] = {
    "as it is": Trial(),
    "no R1": Trial(NO_R1),
    "noise for R1": Trial(NO_R1._replace(noise=True)),
    "unit norms for R1": Trial(NO_R1, unit=True),
    "R1 and noise": Trial(GOOD._replace(noise=True)),
    "R1 every 4th step": Trial(every=4),
    "generator x 2": Trial(lead=2.0),
    "first weights x 2.4": Trial(gain=2.4),
    "judges of 16": Trial(width=16),
    "judges of 256": Trial(width=256),
    "R1 / 10 on frames": Trial(GOOD._replace(frame_gamma=0.1 * GOOD.gamma)),
    "2 frames a clip": Trial(GOOD._replace(frames=2)),
    "the last generator": Trial(averaged=False),
    "64 clips only": Trial(clips=64),
    "the smallest set": Trial(every=4, lead=2.0),
    "all together": Trial(
        GOOD._replace(frames=2, frame_gamma=0.1 * GOOD.gamma),
        every=4,
        lead=2.0,
        gain=2.4,
    ),
}


def trials(n_steps: int, seeds: Sequence[int]) -> Iterator[tuple[str, int, Truth]]:
    """One game for every trial and seed, as they end."""
    for seed in seeds:
        for name, trial in TRIALS.items():
            rng = torch.Generator().manual_seed(seed)
            yield name, seed, play(trial, n_steps, rng)


def play(trial: Trial, n_steps: int, rng: torch.Generator) -> Truth:
    """What the generator shows at the end of one game."""
    players, real = seat(trial, rng), _source(trial, rng)
    for step in range(1, n_steps + 1):
        due = 0 if step % trial.every else trial.every
        players, _ = train_step(players, real(), _charged(trial.recipe, due), rng)
    model = players.average if trial.averaged else players.generator
    return truth_of(model, rng)


def seat(trial: Trial, rng: torch.Generator) -> Players:
    """The players of one trial, at the start."""
    generator = SmallMoCoGAN(rng)
    judges = small_judges(rng, width=trial.width, gain=trial.gain)
    layers = [x for judge in judges for x in judge.layers if isinstance(x, nn.Linear)]
    for layer in layers if trial.unit else []:
        register_parametrization(layer, "weight", UnitNorm())
    players = seated(generator, *judges, ADAM)
    for group in players.generator_optimiser.param_groups:
        group["lr"] *= trial.lead
    return players


class UnitNorm(nn.Module):
    """A matrix over its largest singular value: no direction grows in such a layer.

    Source: Miyato et al. 2018, section 2.1, exactly, in place of a power iteration.
    """

    def forward(self, weight: Tensor) -> Tensor:
        return weight / torch.linalg.matrix_norm(weight, 2)


def _charged(recipe: Recipe, times: int) -> Recipe:
    """The recipe with so many times its R1, on both judges."""
    gamma, frame_gamma = recipe.gamma, recipe.frame_gamma
    on_frames = None if frame_gamma is None else times * frame_gamma
    return recipe._replace(gamma=times * gamma, frame_gamma=on_frames)


def _source(trial: Trial, rng: torch.Generator) -> Callable[[], Clips]:
    if trial.clips is None:
        return lambda: moving_bars(BATCH, rng)
    kept, n = moving_bars(trial.clips, rng), trial.clips

    def some() -> Clips:
        chosen = torch.randint(n, (BATCH,), generator=rng)
        return Clips(*(part[chosen] for part in kept))

    return some
