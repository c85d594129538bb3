"""Train with nobody watching: one loop for every model, which reports now and then.

Home: 1.8 First pictures.

``python -m course_lib.runs.unattended digits`` makes the shipped forger of digits anew.
"""

import argparse
import platform
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

from course_lib.data.handwritten_digits import HandwrittenDigits, images
from course_lib.gan.digit_scores import DigitScores, digit_scores
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

SCORED = 1000  # forged digits behind each score

State = TypeVar("State")


def train_unattended(
    state: State,
    step: Callable[[State], State],
    n_steps: int,
    *,
    every: int,
    report: Callable[[State, int], None],
) -> State:
    """Apply ``step`` to the state ``n_steps`` times; hand it to ``report`` on the way.

    ``report`` gets the state and the number of steps done, every so many steps and
    after the last: the place to measure, print or save.

    Raises:
        ValueError: if ``every`` is below 1.
    """
    if every < 1:
        raise ValueError(f"every is {every}; it counts steps, so give 1 or more.")
    for done in range(1, n_steps + 1):
        state = step(state)
        if done % every == 0 or done == n_steps:
            report(state, done)
    return state


def train_digits(
    preset: Preset, seed: int, report: Callable[[Players, int], None]
) -> Players:
    """Train a forger of digits: recommended loss, batches drawn with replacement."""
    rng = torch.Generator().manual_seed(seed)
    real = images().images

    def step(players: Players) -> Players:
        batch = real[torch.randint(len(real), (preset.batch,), generator=rng)]
        return train_step(players, batch, rng, NONSATURATING, r1_gamma=DIGIT_GAMMA)[0]

    return train_unattended(
        digit_players(rng), step, preset.steps, every=preset.every, report=report
    )


def score_forger(players: Players, real: HandwrittenDigits) -> DigitScores:
    """Scores of the averaged generator, always on the same noise."""
    forged = generate(players.average, SCORED, torch.Generator().manual_seed(0))
    return digit_scores(forged, *real)


def spell(scores: DigitScores) -> str:
    """The scores in words and digits, for a card or a log."""
    return ", ".join(f"{name} {value:.3f}" for name, value in scores._asdict().items())


def main(arguments: Sequence[str] | None = None) -> None:
    """Train one model and keep its weights, with their card."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("model", choices=["digits"])
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args(arguments).seed
    real, began = images(), time.perf_counter()

    def report(players: Players, done: int) -> None:
        minutes = (time.perf_counter() - began) / 60
        print(f"{done} steps, {minutes:.1f} min: {spell(score_forger(players, real))}")

    players = train_digits(DIGITS_LAPTOP, seed, report)
    card = Card(
        command=f"python -m course_lib.runs.unattended digits --seed {seed}",
        seed=seed,
        minutes=round((time.perf_counter() - began) / 60, 1),
        machine=f"{platform.machine()}, {torch.get_num_threads()} threads",
        result=spell(score_forger(players, real)),
    )
    print(save_weights("digits_gan", players.average, card))


if __name__ == "__main__":
    main()
