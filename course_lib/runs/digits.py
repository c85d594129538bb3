"""Train the digit forger that the course ships, and write its card.

Home: 1.8 First pictures.

``python -m course_lib.runs.digits --seed 0`` makes the checkpoint ``digits_gan`` anew.
"""

import argparse
import platform
import time
from collections.abc import Callable, Sequence

import torch

from course_lib.data.handwritten_digits import images
from course_lib.gan.digit_scores import digit_scores
from course_lib.gan.games import NONSATURATING
from course_lib.gan.training import (
    DIGIT_GAMMA,
    Players,
    digit_players,
    generate,
    train_step,
)
from course_lib.runs.checkpoints import Card, save_weights
from course_lib.runs.presets import DIGITS_LAPTOP, Preset
from course_lib.runs.unattended import train_unattended

SCORED = 1000  # forged digits behind the card's figures


def train_digits(
    preset: Preset, seed: int, *, say: Callable[[str], object] = print
) -> Players:
    """Train for as long as the preset says; report scores on the way."""
    rng = torch.Generator().manual_seed(seed)
    pictures = images().images

    def step(players: Players) -> Players:
        chosen = torch.randint(len(pictures), (preset.batch,), generator=rng)
        real = pictures[chosen]
        return train_step(players, real, rng, NONSATURATING, r1_gamma=DIGIT_GAMMA)[0]

    def report(players: Players, done: int) -> None:
        say(f"step {done}: {scored(players)}")

    start = digit_players(rng)
    return train_unattended(
        start, step, preset.steps, every=preset.every, report=report
    )


def scored(players: Players) -> str:
    """The figures of a card: what real digits say of 1,000 forged ones, seed 1."""
    forged = generate(players.average, SCORED, torch.Generator().manual_seed(1))
    found = digit_scores(forged, *images())
    return (
        f"readable {found.readable:.3f}, variety {found.variety:.3f}, "
        f"distance {found.distance:.3f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and keep the averaged generator with its card."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args(arguments).seed
    began = time.perf_counter()
    players = train_digits(DIGITS_LAPTOP, seed)
    card = Card(
        command=f"python -m course_lib.runs.digits --seed {seed}",
        seed=seed,
        minutes=round((time.perf_counter() - began) / 60, 1),
        machine=f"{platform.machine()}, {torch.get_num_threads()} threads",
        result=scored(players),
    )
    print(save_weights("digits_gan", players.average, card), card)


if __name__ == "__main__":
    main()
