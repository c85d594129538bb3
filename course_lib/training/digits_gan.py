"""Train the digit forger that the course ships.

``course train digits_gan --seed 0`` makes it anew.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Generator, nn

from course_lib.data.handwritten_digits import images
from course_lib.gan.digit_scores import digit_scores
from course_lib.gan.ring_training import NONSATURATING
from course_lib.gan.training import (
    DIGIT_GAMMA,
    Players,
    digit_players,
    generate,
    train_step,
)
from course_lib.training.distributed import own_noise, own_part
from course_lib.training.loop import Plan, Readings
from course_lib.training.presets import DIGITS_LAPTOP, DIGITS_SMOKE, Preset

SCORED = 1000  # forged digits behind the card's figures


class Forgery(NamedTuple):
    """All that changes while a forger learns."""

    players: Players
    rng: Generator


def plan(preset: Preset, rng: Generator) -> Plan:
    """The training of a forger, at its start."""
    real = images().images.to(rng.device)

    def step(state: Forgery, number: int) -> tuple[Forgery, Readings]:
        shape = (preset.batch,)
        chosen = torch.randint(len(real), shape, generator=rng, device=rng.device)
        shown, noise = own_part(real[chosen]), own_noise(rng)
        players, losses = train_step(
            state.players, shown, noise, NONSATURATING, r1_gamma=DIGIT_GAMMA
        )
        return Forgery(players, rng), losses._asdict()

    start = Forgery(digit_players(rng), rng)
    return Plan(preset, start, step, lambda state: state.players.average, scored)


def scored(forger: nn.Module) -> str:
    """The figures of a card: what real digits say of 1,000 forged ones, seed 1."""
    forged = generate(forger, SCORED, torch.Generator().manual_seed(1))
    found = digit_scores(forged, *images())
    return (
        f"readable {found.readable:.3f}, variety {found.variety:.3f}, "
        f"distance {found.distance:.3f}"
    )


PLANS: Mapping[str, Mapping[str, Any]] = {
    "digits_gan": {
        "smoke": partial(plan, DIGITS_SMOKE),
        "laptop": partial(plan, DIGITS_LAPTOP),
    }
}
