"""Training of the shipped video GANs: MoCoGAN, VGAN and TGAN.

``course train mocogan --seed 0`` trains the first of them again.
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
    BATCH_SIZE,
    ClipSampler,
    format_row,
    measure_clips,
    measure_model,
    real_clips,
)
from course_lib.gan import training as gan_training
from course_lib.gan.objectives import NONSATURATING
from course_lib.mocogan import train_state, training
from course_lib.mocogan.discriminators import build_stacked_frames_discriminator
from course_lib.mocogan.latents import ClipLatents
from course_lib.mocogan.training import Clips, TrainConfig
from course_lib.mocogan.vgan_tgan import TGAN, VGAN, RealLogit
from course_lib.mocogan.video_gan import MoCoGAN
from course_lib.training import presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import world_size
from course_lib.training.loop import Metrics, TrainingRun
from course_lib.training.precision import bfloat16_autocast
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import set_learning_rate

R1_GAMMA = 5.0
R1_INTERVAL = 4  # lazy R1: every 4th step, with 4 times the weight
FRAMES_PER_CLIP = 2  # for the image discriminator
IMAGE_R1_FACTOR = 0.1  # weight of R1 on the image discriminator, relative to R1_GAMMA
LR_RATIO = 2.0  # learning rate of the generator over that of the discriminators
N_WATCHED = 128  # generated clips that are measured for every row of the log
LATENT, WIDTH = 100, 16  # of VGAN and TGAN


class RunState(NamedTuple):
    """All that changes in a training: networks, optimizers and random generator."""

    state: Any
    rng: Generator


class VideoGAN(NamedTuple):
    """How one kind of video GAN is initialized, trained and sampled.

    Attributes:
        init: Makes the initial networks and optimizers from a random generator.
        train_step: Takes the networks and optimizers, real clips, the weight of R1 in
            this step and a random generator.
        sampler: Makes of a generator network a function that samples clips.
    """

    init: Callable[[Generator], Any]
    train_step: Callable[[Any, Clips, float, Generator], tuple[Any, NamedTuple]]
    sampler: Callable[[Any], ClipSampler]


def training_run(kind: VideoGAN, preset: LearningPreset, rng: Generator) -> TrainingRun:
    """The training run of a video GAN, which measures samples for each row of the log.

    Raises:
        ValueError: if several processes were started; one process trains a GAN.
    """
    if world_size() > 1:
        raise ValueError(
            "A video GAN is trained in one process; start `course train` without "
            "torchrun."
        )

    def step(run: RunState, number: int) -> tuple[RunState, Metrics]:
        state, rng = run
        for name, part in state._asdict().items():
            if isinstance(part, Optimizer):
                ratio = LR_RATIO if name == "generator_optimizer" else 1.0
                set_learning_rate(
                    part, replace(preset, rate=ratio * preset.rate), number
                )
        real = real_clips(preset.batch, rng)
        gamma = 0.0 if number % R1_INTERVAL else R1_INTERVAL * R1_GAMMA
        with bfloat16_autocast(rng.device):
            state, metrics = kind.train_step(state, real, gamma, rng)
        return RunState(state, rng), metrics._asdict()

    def validate(run: RunState) -> Metrics:
        sample = kind.sampler(run.state.ema_generator)
        return measure_clips(sample(N_WATCHED, Generator().manual_seed(1)))._asdict()

    return TrainingRun(
        preset,
        RunState(kind.init(rng), rng),
        step,
        lambda run: run.state.ema_generator.eval(),
        lambda model: format_row(measure_model(kind.sampler(model))),
        validate,
    )


def _mocogan_step(
    state: train_state.TrainState, real: Clips, r1_gamma: float, rng: Generator
) -> tuple[train_state.TrainState, training.StepMetrics]:
    config = TrainConfig(
        r1_gamma=r1_gamma,
        frames_per_clip=FRAMES_PER_CLIP,
        image_r1_gamma=IMAGE_R1_FACTOR * r1_gamma,
    )
    return training.train_step(state, real, config, rng)


def _baseline_step(
    state: gan_training.TrainState, real: Clips, r1_gamma: float, rng: Generator
) -> tuple[gan_training.TrainState, gan_training.StepMetrics]:
    result = gan_training.train_step(
        state, real.videos, rng, NONSATURATING, r1_gamma=r1_gamma
    )
    torch.clear_autocast_cache()  # it holds 16-bit copies of the old weights
    return result


def _init_baseline(
    build: Callable[[int, int, Generator], nn.Module], rng: Generator
) -> gan_training.TrainState:
    """VGAN or TGAN with the video discriminator of the laptop MoCoGAN."""
    generator = build(LATENT, WIDTH, rng)
    discriminator = RealLogit(
        build_stacked_frames_discriminator(train_state.LAPTOP_WIDTH, 0, rng)
    )
    optimizers = (
        train_state.LAPTOP_ADAM(network.parameters())
        for network in (generator, discriminator)
    )
    return gan_training.TrainState(
        generator, discriminator, copy.deepcopy(generator), *optimizers
    )


def batch_sizes(n: int) -> list[int]:
    """Sizes of the batches in which n clips are sampled."""
    return [min(BATCH_SIZE, n - start) for start in range(0, n, BATCH_SIZE)]


def _mocogan_sampler(model: MoCoGAN) -> ClipSampler:
    @torch.no_grad()
    def sample(n: int, rng: Generator) -> Clips:
        latents = model.sample_latents(n, rng)
        batches = zip(*(part.split(BATCH_SIZE) for part in latents), strict=True)
        videos = torch.cat([model(ClipLatents(*batch)) for batch in batches])
        return Clips(videos, latents.category)

    return sample


def _baseline_sampler(model: nn.Module) -> ClipSampler:
    """Clips of an unconditional generator with random categories, as a baseline."""

    def sample(n: int, rng: Generator) -> Clips:
        videos = [gan_training.generate(model, size, rng) for size in batch_sizes(n)]
        return Clips(torch.cat(videos), torch.randint(2, (n,), generator=rng))

    return sample


VIDEO_GANS: Mapping[str, VideoGAN] = {
    "mocogan": VideoGAN(
        train_state.init_laptop_mocogan, _mocogan_step, _mocogan_sampler
    ),
    "vgan": VideoGAN(partial(_init_baseline, VGAN), _baseline_step, _baseline_sampler),
    "tgan": VideoGAN(partial(_init_baseline, TGAN), _baseline_step, _baseline_sampler),
}
"""The shipped video GANs by the names of their checkpoints."""


def load_pretrained(name: str, *, folder: Path = CHECKPOINTS) -> Any:
    """A trained generator from its checkpoint, in evaluation mode.

    Raises:
        ValueError: if there is no video GAN of that name, or for the reasons of
            ``load_weights``.
    """
    if name not in VIDEO_GANS:
        raise ValueError(
            f"There is no video GAN {name!r}; choose one of {', '.join(VIDEO_GANS)}."
        )
    network = VIDEO_GANS[name].init(Generator()).ema_generator
    return load_weights(name, network, folder=folder).eval()


RUNS: Mapping[str, Mapping[str, Any]] = {
    name: {
        "smoke": partial(training_run, kind, presets.MOCOGAN_SMOKE),
        "laptop": partial(training_run, kind, presets.MOCOGAN_LAPTOP),
    }
    for name, kind in VIDEO_GANS.items()
}
