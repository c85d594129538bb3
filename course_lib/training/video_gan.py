"""Train the generators of clips that the course ships, all in the same time.

``course train mocogan --seed 0`` makes the first of them anew.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Generator, nn
from torch.optim import Optimizer

from course_lib.evaluation.video_gan_table import (
    AT_ONCE,
    Draw,
    in_words,
    real_clips,
    row,
    seen,
)
from course_lib.gan import training as two_players
from course_lib.gan.ring_training import NONSATURATING
from course_lib.mocogan import train_state, training
from course_lib.mocogan.discriminators import stack_judge
from course_lib.mocogan.latents import Drawn
from course_lib.mocogan.training import Clips, Recipe
from course_lib.mocogan.vgan_tgan import TGAN, VGAN, Realness
from course_lib.mocogan.video_gan import MoCoGAN
from course_lib.training import video_gan_presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import count
from course_lib.training.loop import Plan, Readings
from course_lib.training.precision import short_floats
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import set_pace

GAMMA, EVERY = 5.0, 4  # weight of R1; it is due every so many steps, as many times over
FRAMES, FRAME_SHARE = 2, 0.1  # of each clip for the frame judge; its share of GAMMA
LEAD = 2.0  # a generator's rate, in those of its judges
WATCHED = 128  # clips that are drawn at every reading
LATENT, WIDTH = 100, 16  # of the rivals


class Game(NamedTuple):
    """All that changes while a game is played."""

    players: Any
    rng: Generator


class Kind(NamedTuple):
    """One sort of game: who plays, how they move, and how clips are drawn.

    ``move`` takes the players, real clips, the weight of R1 in this step and a
    generator; ``draw`` gives clips of a generator network.
    """

    seat: Callable[[Generator], Any]
    move: Callable[[Any, Clips, float, Generator], tuple[Any, NamedTuple]]
    draw: Callable[[Any], Draw]


def plan(kind: Kind, preset: LearningPreset, rng: Generator) -> Plan:
    """The training of a generator of clips, watched at every reading.

    Raises:
        ValueError: if several processes were started: a game is played by one.
    """
    if count() > 1:
        raise ValueError(
            "A game of judges and generators is not shared among processes; start "
            "`course train` without torchrun."
        )

    def step(state: Game, number: int) -> tuple[Game, Readings]:
        playing, rng = state
        for name, part in playing._asdict().items():
            if isinstance(part, Optimizer):
                lead = LEAD if name == "generator_optimiser" else 1.0
                set_pace(part, replace(preset, rate=lead * preset.rate), number)
        real = real_clips(preset.batch, rng)
        gamma = 0.0 if number % EVERY else EVERY * GAMMA
        with short_floats(rng.device):
            playing, losses = kind.move(playing, real, gamma, rng)
        return Game(playing, rng), losses._asdict()

    def watch(state: Game) -> Readings:
        found = seen(
            kind.draw(state.players.average)(WATCHED, Generator().manual_seed(1))
        )
        return found._asdict()

    return Plan(
        preset,
        Game(kind.seat(rng), rng),
        step,
        lambda state: state.players.average.eval(),
        lambda model: in_words(row(kind.draw(model))),
        watch,
    )


def _move_three(
    playing: train_state.Players, real: Clips, gamma: float, rng: Generator
) -> tuple[train_state.Players, training.StepLosses]:
    recipe = Recipe(gamma=gamma, frames=FRAMES, frame_gamma=FRAME_SHARE * gamma)
    return training.train_step(playing, real, recipe, rng)


def _move_two(
    playing: two_players.Players, real: Clips, gamma: float, rng: Generator
) -> tuple[two_players.Players, two_players.StepLosses]:
    moved = two_players.train_step(
        playing, real.videos, rng, NONSATURATING, r1_gamma=gamma
    )
    torch.clear_autocast_cache()
    return moved


def _seat_rival(make: Callable[[int, int, Generator], nn.Module], rng: Generator):
    """A rival, and the clip judge of the laptop's MoCoGAN, which names no category."""
    network = make(LATENT, WIDTH, rng)
    judge = Realness(stack_judge(train_state.LAPTOP_JUDGES, 0, rng))
    adams = (train_state.LAPTOP_ADAM(x.parameters()) for x in (network, judge))
    return two_players.Players(network, judge, copy.deepcopy(network), *adams)


def sizes(n: int) -> list[int]:
    """How many of n clips are drawn at a time."""
    return [min(AT_ONCE, n - start) for start in range(0, n, AT_ONCE)]


def _draw_asked(model: MoCoGAN) -> Draw:
    @torch.no_grad()
    def draw(n: int, rng: Generator) -> Clips:
        drawn = model.draw(n, rng)
        parts = zip(*(part.split(AT_ONCE) for part in drawn), strict=True)
        videos = torch.cat([model(Drawn(*part)) for part in parts])
        return Clips(videos, drawn.category)

    return draw


def _draw_unasked(model: nn.Module) -> Draw:
    """Clips of a rival; the category asked for is drawn by lot, and nobody hears it."""

    def draw(n: int, rng: Generator) -> Clips:
        videos = [two_players.generate(model, size, rng) for size in sizes(n)]
        return Clips(torch.cat(videos), torch.randint(2, (n,), generator=rng))

    return draw


KINDS: Mapping[str, Kind] = {
    "mocogan": Kind(train_state.laptop_players, _move_three, _draw_asked),
    "vgan": Kind(partial(_seat_rival, VGAN), _move_two, _draw_unasked),
    "tgan": Kind(partial(_seat_rival, TGAN), _move_two, _draw_unasked),
}
"""What is shipped, by the names of the checkpoints."""


def shipped(name: str, *, folder: Path = CHECKPOINTS) -> Any:
    """A trained generator of clips, from its checkpoint.

    Raises:
        ValueError: if there is none of that name, or for the reasons of
            ``load_weights``.
    """
    if name not in KINDS:
        raise ValueError(f"There is no game {name!r}; there are {', '.join(KINDS)}.")
    network = KINDS[name].seat(Generator()).average
    return load_weights(name, network, folder=folder).eval()


PLANS: Mapping[str, Mapping[str, Any]] = {
    name: {
        "smoke": partial(plan, kind, video_gan_presets.MOCOGAN_SMOKE),
        "laptop": partial(plan, kind, video_gan_presets.MOCOGAN_LAPTOP),
    }
    for name, kind in KINDS.items()
}
