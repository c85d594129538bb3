"""The ring as an experiment: optimizer x learning rate x R1 x averaging, eight seeds.

python -m lessons.gan_math.ring_grid     train the runs that data/ring_grid.json lacks

The training loop is the one of the lesson's section 1.8. Some settings were trained
longer too, to see what the length of the grid's runs hides.
"""

import copy
import json
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import nn

from course_lib.atomic_write import write_atomically
from course_lib.gan.moving_average import update_ema
from course_lib.gan.objectives import (
    discriminator_loss,
    nonsaturating_generator_loss,
)
from course_lib.gan.penalties import r1_penalty
from course_lib.gan.ring import mode_coverage, sample_ring
from course_lib.gan.ring_networks import RingDiscriminator, RingGenerator
from course_lib.initialization import reset_parameters
from course_lib.paths import DATA

FILE = DATA / "ring_grid.json"
STEPS, BATCH, LATENT_DIM = 3000, 128, 2
R1_GAMMA, EMA_DECAY = 0.1, 0.995
N_RECORDS, N_SAMPLES = 12, 2048
SEEDS = tuple(range(8))


class Setting(NamedTuple):
    """One cell of the grid: optimizer ("SGD" or "Adam"), its rate, weight of R1."""

    optimizer: str
    rate: float
    r1_gamma: float


class Coverage(NamedTuple):
    """Covered modes (0 to 8) and high-quality fraction, a value for each record."""

    modes: list[int]
    high_quality: list[float]


class RingRun(NamedTuple):
    """One training: its setting, seed, numbers of steps, raw and averaged generator."""

    setting: Setting
    seed: int
    steps: list[int]
    raw: Coverage
    averaged: Coverage


OPTIMIZERS = (("SGD", 0.12), ("SGD", 0.03), ("SGD", 0.01), ("Adam", 0.001))
SETTINGS = tuple(
    Setting(name, rate, gamma) for name, rate in OPTIMIZERS for gamma in (0.0, R1_GAMMA)
)
LONGER = {  # steps of the longer runs
    Setting("SGD", rate, gamma): steps
    for rate, steps in ((0.03, 6000), (0.01, 9000))
    for gamma in (0.0, R1_GAMMA)
}
LONGER_SEEDS = (0, 1)


def make_optimizer(setting: Setting, network: nn.Module) -> torch.optim.Optimizer:
    """Plain SGD, or Adam with betas (0.5, 0.9)."""
    if setting.optimizer == "SGD":
        return torch.optim.SGD(network.parameters(), lr=setting.rate)
    return torch.optim.Adam(network.parameters(), lr=setting.rate, betas=(0.5, 0.9))


def train_ring(setting: Setting, seed: int, steps: int = STEPS) -> RingRun:
    """Train one GAN on the ring; measure raw and averaged generator on the way."""
    rng = torch.Generator().manual_seed(seed)
    generator, discriminator = RingGenerator(LATENT_DIM), RingDiscriminator()
    for network in (generator, discriminator):
        reset_parameters(network, rng)
    average = copy.deepcopy(generator)
    optimizer_g = make_optimizer(setting, generator)
    optimizer_d = make_optimizer(setting, discriminator)
    run = RingRun(setting, seed, [], Coverage([], []), Coverage([], []))
    every = max(1, steps // N_RECORDS)
    for step in range(1, steps + 1):
        real = sample_ring(BATCH, rng)
        noise = torch.randn(BATCH, LATENT_DIM, generator=rng)

        fake = generator(noise).detach()
        loss_d = discriminator_loss(discriminator(real), discriminator(fake)).total
        if setting.r1_gamma:
            loss_d = loss_d + r1_penalty(discriminator, real, gamma=setting.r1_gamma)
        optimizer_d.zero_grad()
        loss_d.backward()
        optimizer_d.step()

        loss_g = nonsaturating_generator_loss(discriminator(generator(noise)))
        optimizer_g.zero_grad()
        loss_g.backward()
        optimizer_g.step()
        update_ema(average, generator, EMA_DECAY)

        if step % every == 0:
            run.steps.append(step)
            _measure(generator, run.raw, rng)
            _measure(average, run.averaged, rng)
    return run


@torch.no_grad()
def _measure(generator: nn.Module, into: Coverage, rng: torch.Generator) -> None:
    samples = generator(torch.randn(N_SAMPLES, LATENT_DIM, generator=rng))
    modes, high_quality, _ = mode_coverage(samples)
    into.modes.append(modes)
    into.high_quality.append(round(high_quality, 4))


def read_grid(*, longer: bool = False) -> list[RingRun]:
    """The recorded runs of the grid, or the longer ones.

    Raises:
        ValueError: if the file is missing or unreadable.
    """
    try:
        rows = json.loads(FILE.read_text())["longer" if longer else "runs"]
        return [
            RingRun(
                Setting(*row["setting"]),
                row["seed"],
                row["steps"],
                Coverage(*row["raw"]),
                Coverage(*row["averaged"]),
            )
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{FILE} cannot be read ({error!r}); make it again with "
            "`python -m lessons.gan_math.ring_grid`."
        ) from error


def write_grid(
    runs: Sequence[RingRun], longer: Sequence[RingRun], minutes: float
) -> None:
    """Write the runs, and how they were made."""
    card = {
        "command": "python -m lessons.gan_math.ring_grid",
        "minutes": round(minutes, 1),
        "steps": STEPS,
        "ema_decay": EMA_DECAY,
        "runs": [run._asdict() for run in runs],
        "longer": [run._asdict() for run in longer],
    }
    write_atomically(FILE, (json.dumps(card) + "\n").encode())


def main(say: Callable[[str], object] = print) -> None:
    """Train every setting with every seed, as far as missing; write after each run."""
    began = time.perf_counter()
    runs, longer = (read_grid(longer=x) if FILE.exists() else [] for x in (False, True))
    minutes = json.loads(FILE.read_text())["minutes"] if runs else 0.0
    todo = [(runs, STEPS, setting, seed) for seed in SEEDS for setting in SETTINGS]
    todo += [
        (longer, steps, setting, seed)
        for seed in LONGER_SEEDS
        for setting, steps in LONGER.items()
    ]
    for into, steps, setting, seed in todo:
        if (setting, seed) in {(run.setting, run.seed) for run in into}:
            continue
        last = train_ring(setting, seed, steps)
        into.append(last)
        say(
            f"{setting} seed {seed}, {steps} steps: raw {last.raw.modes[-1]} modes "
            f"{last.raw.high_quality[-1]:.2f}, averaged {last.averaged.modes[-1]} "
            f"{last.averaged.high_quality[-1]:.2f}"
        )
        write_grid(runs, longer, minutes + (time.perf_counter() - began) / 60)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(lambda text: print(text, flush=True))
