"""Trials: trainings on moving bars that each differ from a baseline in one setting.

``TRIALS`` begins with the baseline. The last two change several settings: those that
helped or saved time, and all that the laptop preset of MoCoGAN uses.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

from course_lib.mocogan.train_state import TrainState, init_train_state
from course_lib.mocogan.training import Clips, TrainConfig, train_step
from lessons.mocogan.experiments.moving_bars import (
    ADAM,
    BASELINE,
    BATCH,
    WIDTH,
    BarMetrics,
    SmallMoCoGAN,
    build_small_discriminators,
    evaluate_generator,
    moving_bars,
)


class Trial(NamedTuple):
    """Settings of one training.

    Attributes:
        config: Loss weights and regularization.
        r1_interval: Lazy R1: it is applied every so many steps, as many times as
            strongly.
        lr_ratio: Learning rate of the generator over that of the discriminators.
        width: Hidden units of the discriminators.
        init_gain: Factor of the discriminators' initial weights.
        spectral_norm: Whether the discriminators' layers have spectral norm 1.
        use_ema: Whether the averaged generator is evaluated, not the last one.
        n_clips: Size of the training set; None for new clips in every step.
    """

    config: TrainConfig = BASELINE
    r1_interval: int = 1
    lr_ratio: float = 1.0
    width: int = WIDTH
    init_gain: float = 1.0
    spectral_norm: bool = False
    use_ema: bool = True
    n_clips: int | None = None


NO_R1 = BASELINE._replace(r1_gamma=0.0)
TRIALS: Mapping[str, Trial] = {
    "baseline": Trial(),
    "no R1": Trial(NO_R1),
    "noise, no R1": Trial(NO_R1._replace(input_noise=True)),
    "spectral norm, no R1": Trial(NO_R1, spectral_norm=True),
    "R1 and noise": Trial(BASELINE._replace(input_noise=True)),
    "R1 every 4th step": Trial(r1_interval=4),
    "generator's lr x 2": Trial(lr_ratio=2.0),
    "initial weights x 2.4": Trial(init_gain=2.4),
    "D of width 16": Trial(width=16),
    "D of width 256": Trial(width=256),
    "R1 / 10 on frames": Trial(
        BASELINE._replace(image_r1_gamma=0.1 * BASELINE.r1_gamma)
    ),
    "2 frames a clip": Trial(BASELINE._replace(frames_per_clip=2)),
    "no EMA": Trial(use_ema=False),
    "64 clips only": Trial(n_clips=64),
    "lr x 2, R1 every 4th": Trial(r1_interval=4, lr_ratio=2.0),
    "laptop settings": Trial(
        BASELINE._replace(frames_per_clip=2, image_r1_gamma=0.1 * BASELINE.r1_gamma),
        r1_interval=4,
        lr_ratio=2.0,
        init_gain=2.4,
    ),
}


def run_trials(
    n_steps: int, seeds: Sequence[int]
) -> Iterator[tuple[str, int, BarMetrics]]:
    """The metrics of each trial and seed, one training after the other."""
    for seed in seeds:
        for name, trial in TRIALS.items():
            rng = torch.Generator().manual_seed(seed)
            yield name, seed, run(trial, n_steps, rng)


def run(trial: Trial, n_steps: int, rng: torch.Generator) -> BarMetrics:
    """Metrics of the generator after one training."""
    state, next_clips = init_state(trial, rng), _clip_source(trial, rng)
    for step in range(1, n_steps + 1):
        factor = 0 if step % trial.r1_interval else trial.r1_interval
        config = _with_scaled_r1(trial.config, factor)
        state, _ = train_step(state, next_clips(), config, rng)
    model = state.ema_generator if trial.use_ema else state.generator
    return evaluate_generator(model, rng)


def init_state(trial: Trial, rng: torch.Generator) -> TrainState:
    """Initial training state of one trial."""
    generator = SmallMoCoGAN(rng)
    discriminators = build_small_discriminators(
        rng, width=trial.width, gain=trial.init_gain
    )
    if trial.spectral_norm:
        for layer in (x for network in discriminators for x in network.layers):
            if isinstance(layer, nn.Linear):
                register_parametrization(layer, "weight", SpectralNorm())
    state = init_train_state(generator, *discriminators, ADAM)
    for group in state.generator_optimizer.param_groups:
        group["lr"] *= trial.lr_ratio
    return state


class SpectralNorm(nn.Module):
    """A matrix divided by its largest singular value.

    Source: Miyato et al. 2018, section 2.1; computed exactly, not by power iteration.
    """

    def forward(self, weight: Tensor) -> Tensor:
        """A matrix of spectral norm 1."""
        return weight / torch.linalg.matrix_norm(weight, 2)


def _with_scaled_r1(config: TrainConfig, factor: int) -> TrainConfig:
    """The configuration with the R1 weights of both discriminators multiplied."""
    image_r1_gamma = config.image_r1_gamma
    if image_r1_gamma is not None:
        image_r1_gamma = factor * image_r1_gamma
    return config._replace(
        r1_gamma=factor * config.r1_gamma, image_r1_gamma=image_r1_gamma
    )


def _clip_source(trial: Trial, rng: torch.Generator) -> Callable[[], Clips]:
    if trial.n_clips is None:
        return lambda: moving_bars(BATCH, rng)
    data, n = moving_bars(trial.n_clips, rng), trial.n_clips

    def random_batch() -> Clips:
        chosen = torch.randint(n, (BATCH,), generator=rng)
        return Clips(*(part[chosen] for part in data))

    return random_batch
