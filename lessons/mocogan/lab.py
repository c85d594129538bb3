"""Break one line of how three networks play, and read it off their curves: the lab.

Every faulty game is the good one with one thing wrong, as published code has it;
``symptom`` says where its curves leave those of ``run_healthy``.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.mocogan.train_state import Players, seated
from course_lib.mocogan.training import Recipe, train_step
from course_lib.shapes import Videos
from lessons.mocogan.experiments.moving_bars import (
    ADAM,
    BATCH,
    FRAMES,
    GOOD,
    SmallMoCoGAN,
    moving_bars,
    small_judges,
)

Curve = Float[Tensor, "reading"]


def mixed(videos: Videos) -> Videos:
    """Frames painted clip by clip, then cut into clips as if time by time."""
    return videos.transpose(0, 1).reshape(videos.shape)


def unit_range(videos: Videos) -> Videos:
    """Black at 0, white at 1."""
    return (videos + 1) / 2


class Fault(NamedTuple):
    """One faulty game: its letter in the lab, its name, what shows it, and why.

    ``data`` is what becomes of real clips, ``cut`` of forged ones; ``recipe`` is the
    game's; ``owned`` puts the judges among the generator's own layers.
    """

    key: str
    name: str
    symptom: str
    explanation: str
    data: Callable[[Tensor], Tensor] = lambda videos: videos
    cut: Callable[[Tensor], Tensor] = lambda videos: videos
    recipe: Recipe = GOOD
    owned: bool = False


class GameCurves(NamedTuple):
    """One value for every ``step``, the mean since the last one.

    ``frames_fool`` and ``clips_fool`` say how real fakes look to either judge, the
    mean of D, from 0 to 1. ``category`` is what the clip judge pays for the categories
    of real clips, ``obeyed`` for those of fakes, in nats. ``brightness`` is the mean
    pixel of the fakes, from -1 to 1.
    """

    step: Curve
    frames_fool: Curve
    clips_fool: Curve
    category: Curve
    obeyed: Curve
    brightness: Curve


FAULTS = (
    Fault(
        key="A",
        name="real clips come in another range",
        symptom="The fakes' brightness rises far above the healthy one, to about 0.",
        explanation="Real frames came in [0, 1], a tanh paints in [-1, 1]. The judges "
        "told them apart by black alone, and the generator learnt to paint it grey.",
        data=unit_range,
    ),
    Fault(
        key="B",
        name="the judge never hears the real categories",
        symptom="Both category curves come to rest at log 2: nobody is sure of "
        "anything. All else looks healthy.",
        explanation="The category term stood in the generator's loss only. L2 walks "
        "the judge's head to 0, and a head of 0 says log 2 to every clip.",
        recipe=GOOD._replace(category=0.0),
    ),
    Fault(
        key="C",
        name="frames are cut into the wrong clips",
        symptom="The judge knows real categories as in health, but those of fakes cost "
        "log 2 and more, and ever more; single frames fool as many as in health.",
        explanation="The painter's frames were flattened clip by clip and cut time by "
        "time. Every frame is fine, and no clip is what was asked for.",
        cut=mixed,
    ),
    Fault(
        key="D",
        name="the generator's optimiser moves the judges",
        symptom="Both judges call almost every fake real, from the first steps on.",
        explanation="The judges were set as attributes of the generator, so their "
        "weights are among its parameters. They learn in its turn to be fooled.",
        owned=True,
    ),
)
"""The lab's four faults, in the order of their letters."""

HEALTHY = Fault("", "", "", "")


def run_fault(fault: Fault, n_steps: int, rng: torch.Generator) -> GameCurves:
    """The curves of a faulty game: some 30 readings or, below 30 steps, one a step."""
    players, every = _seated(fault, rng), max(n_steps // 30, 1)
    readings, rows = [], []
    for step in range(1, n_steps + 1):
        real = moving_bars(BATCH, rng)
        real = real._replace(videos=fault.data(real.videos))
        players, seen = train_step(players, real, fault.recipe, rng)
        shown = players.generator.draw(BATCH, rng, FRAMES)
        with torch.no_grad():
            light = players.generator(shown).mean().item()
        rows.append(
            [seen.frames_fool, seen.clips_fool, seen.category, seen.obeyed, light]
        )
        if step % every == 0:
            readings.append([step, *torch.tensor(rows).mean(dim=0)])
            rows = []
    return GameCurves(*torch.tensor(readings).T)


def run_healthy(n_steps: int, rng: torch.Generator) -> GameCurves:
    """The curves of the good game, read as often as those of ``run_fault``."""
    return run_fault(HEALTHY, n_steps, rng)


def _seated(fault: Fault, rng: torch.Generator) -> Players:
    generator, judges = SmallMoCoGAN(rng, fault.cut), small_judges(rng)
    if fault.owned:
        generator.judges = nn.ModuleList(judges)
    return seated(generator, *judges, ADAM)
