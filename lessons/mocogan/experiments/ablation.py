"""Ablation of the image discriminator and of where the category enters.

It uses moving bars, on which twelve trainings take minutes and metrics are exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch

from course_lib.mocogan.discriminators import build_zero_discriminator
from course_lib.mocogan.train_state import TrainState, init_train_state
from course_lib.mocogan.training import train_step
from lessons.mocogan.experiments.moving_bars import (
    ADAM,
    BASELINE,
    BATCH,
    SIZES,
    BarMetrics,
    SmallMoCoGAN,
    build_small_discriminators,
    evaluate_generator,
    moving_bars,
)


class Variant(NamedTuple):
    """Whether there is an image discriminator, and where the category enters.

    The category is an input of the motion RNN or of the image generator.
    """

    image_discriminator: bool
    category_in_motion: bool

    def __str__(self) -> str:
        discriminators = "D_I and D_V" if self.image_discriminator else "D_V only"
        network = "RNN" if self.category_in_motion else "G_I"
        return f"{discriminators}, category in {network}"


VARIANTS = tuple(
    Variant(image_discriminator, category_in_motion)
    for image_discriminator in (True, False)
    for category_in_motion in (True, False)
)


def init_state(variant: Variant, rng: torch.Generator) -> TrainState:
    """Initial training state of one variant."""
    sizes = replace(SIZES, category_in_motion=variant.category_in_motion)
    generator = SmallMoCoGAN(rng, sizes=sizes)
    image_discriminator, video_discriminator = build_small_discriminators(rng)
    if not variant.image_discriminator:
        image_discriminator = build_zero_discriminator(rng)
    return init_train_state(generator, image_discriminator, video_discriminator, ADAM)


def run(variant: Variant, n_steps: int, rng: torch.Generator) -> BarMetrics:
    """Metrics of the averaged generator after one training."""
    state = init_state(variant, rng)
    for _ in range(n_steps):
        state, _ = train_step(state, moving_bars(BATCH, rng), BASELINE, rng)
    return evaluate_generator(state.ema_generator, rng)


def run_ablation(
    n_steps: int, seeds: Sequence[int]
) -> Iterator[tuple[str, BarMetrics]]:
    """The metrics of each variant and seed, one training after the other."""
    for seed in seeds:
        for variant in VARIANTS:
            rng = torch.Generator().manual_seed(seed)
            yield str(variant), run(variant, n_steps, rng)
