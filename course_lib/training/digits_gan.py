"""Train the GAN for handwritten digits whose generator the course ships.

``course train digits_gan --seed 0`` repeats that training.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Generator, nn

from course_lib.data.handwritten_digits import images
from course_lib.gan.digit_scores import digit_scores
from course_lib.gan.objectives import NONSATURATING
from course_lib.gan.training import (
    DIGIT_GAMMA,
    TrainState,
    generate,
    init_digit_gan,
    train_step,
)
from course_lib.training.distributed import check_single_process, rank_generator
from course_lib.training.loop import Metrics, Training, TrainingRun
from course_lib.training.presets import DIGITS_LAPTOP, DIGITS_SMOKE, Preset

N_EVALUATED = 1000  # generated digits behind the scores on the card


class DigitTraining(NamedTuple):
    """All that changes during training: models, optimizers, random number generator."""

    gan: TrainState
    rng: Generator


def training_run(preset: Preset, rng: Generator) -> TrainingRun:
    """The training of the GAN for digits: non-saturating loss, with R1.

    Raises:
        ValueError: if several processes were started; one process trains a GAN.
    """
    check_single_process()
    real = images().images.to(rng.device)

    def step(state: DigitTraining, number: int) -> tuple[DigitTraining, Metrics]:
        shape = (preset.batch,)
        indices = torch.randint(len(real), shape, generator=rng, device=rng.device)
        noise = rank_generator(rng)
        _, metrics = train_step(
            state.gan, real[indices], noise, NONSATURATING, r1_gamma=DIGIT_GAMMA
        )
        return state, metrics._asdict()

    start = DigitTraining(init_digit_gan(rng), rng)
    return TrainingRun(
        preset, start, step, lambda state: state.gan.ema_generator, evaluation
    )


def evaluation(generator: nn.Module) -> str:
    """The scores for the card, in words: of 1,000 generated digits, with seed 1."""
    samples = generate(generator, N_EVALUATED, torch.Generator().manual_seed(1))
    scores = digit_scores(samples, *images())
    return ", ".join(f"{name} {score:.3f}" for name, score in scores._asdict().items())


TRAININGS: Mapping[str, Training] = {
    "digits_gan": Training(
        {"smoke": DIGITS_SMOKE, "laptop": DIGITS_LAPTOP},
        training_run,
        needs="single images of handwritten digits",
    )
}
