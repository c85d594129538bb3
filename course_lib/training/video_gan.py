"""Training of the shipped video GANs: MoCoGAN, VGAN and TGAN.

``course train mocogan --seed 0`` trains the first of them again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Generator, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.swa_utils import update_bn

from course_lib.data.film_folder import FilmSplits
from course_lib.data.shape_motion import CLIP_FRAMES, FRAME_SHAPE, MOTIONS
from course_lib.evaluation.film_table import (
    check_enough_clips,
    compare_clips,
    sample_rows,
)
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
from course_lib.mocogan.generator import SIDE
from course_lib.mocogan.latents import ClipLatents
from course_lib.mocogan.training import Clips, TrainConfig
from course_lib.mocogan.vgan_tgan import TGAN, VGAN, RealLogit
from course_lib.mocogan.video_gan import LAPTOP, MoCoGAN
from course_lib.training import presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import check_single_process
from course_lib.training.loop import Metrics, Training, TrainingRun
from course_lib.training.precision import bfloat16_autocast
from course_lib.training.predictor import FrameShape
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import learning_rate_schedule

R1_GAMMA = 5.0
R1_INTERVAL = 4  # lazy R1: every 4th step, with 4 times the weight
FRAMES_PER_CLIP = 2  # for the image discriminator
IMAGE_R1_FACTOR = 0.1  # weight of R1 on the image discriminator, relative to R1_GAMMA
LR_RATIO = 2.0  # learning rate of the generator over that of the discriminators
N_WATCHED = 128  # generated clips that are measured for every row of the log
N_NORM_BATCHES = 4  # of clips, for the statistics of batch norm
LATENT, WIDTH = 100, 16  # of VGAN and TGAN


class RunState(NamedTuple):
    """All that changes in a training.

    Attributes:
        state: Networks and their optimizers.
        schedulers: The learning-rate scheduler of each optimizer, by its name.
        rng: The random generator.
    """

    state: Any
    schedulers: Mapping[str, LRScheduler]
    rng: Generator


class VideoGAN(NamedTuple):
    """How one kind of video GAN is initialized and sampled.

    Attributes:
        init: Makes the initial networks and optimizers from a random generator. On
            films it also gets the shape of a frame; there are then no categories.
        sample_latents: Latents of n clips, from a generator network.
        sampler: Makes of a generator network a function that samples clips.
    """

    init: Callable[..., Any]
    sample_latents: Callable[[Any, int, Generator], Any]
    sampler: Callable[[Any], ClipSampler]


def training_run(
    kind: VideoGAN,
    preset: LearningPreset,
    rng: Generator,
    films: FilmSplits | None = None,
) -> TrainingRun:
    """The training run of a video GAN, which measures samples for each row of the log.

    On films the GAN is unconditional. Its samples are compared with clips of the
    validation split, and in the end with those of the test split.

    Raises:
        ValueError: if several processes were started, if the frames do not fit the
            networks, or if there are too few clips to compare with.
    """
    check_single_process()
    if films is None:
        gan = kind.init(rng)
    else:
        check_enough_clips(films)
        gan = kind.init(rng, films.train.frame_shape)
    schedulers = {
        name: learning_rate_schedule(
            part, preset, ratio=LR_RATIO if name == "generator_optimizer" else 1.0
        )
        for name, part in gan._asdict().items()
        if isinstance(part, Optimizer)
    }

    def step(run: RunState, number: int) -> tuple[RunState, Metrics]:
        r1_gamma = 0.0 if number % R1_INTERVAL else R1_INTERVAL * R1_GAMMA
        real = (
            real_clips(preset.batch, rng)
            if films is None
            else _unlabelled(films.train.sample(preset.batch, rng))
        )
        with bfloat16_autocast(rng.device):
            if isinstance(gan, train_state.TrainState):
                config = TrainConfig(
                    r1_gamma=r1_gamma,
                    frames_per_clip=FRAMES_PER_CLIP,
                    image_r1_gamma=IMAGE_R1_FACTOR * r1_gamma,
                )
                _, metrics = training.train_step(gan, real, config, rng)
            else:
                _, metrics = gan_training.train_step(
                    gan, real.videos, rng, NONSATURATING, r1_gamma=r1_gamma
                )
        for scheduler in schedulers.values():
            scheduler.step()
        return run, metrics._asdict()

    def averaged_generator(run: RunState) -> nn.Module:
        """The averaged generator; batch norm gets the statistics of its weights."""
        generator, noise = gan.ema_generator, Generator(rng.device).manual_seed(0)
        batches = (
            [kind.sample_latents(generator, BATCH_SIZE, noise)]
            for _ in range(N_NORM_BATCHES)
        )
        update_bn(batches, generator)
        return generator.eval()

    def validate(run: RunState) -> Metrics:
        sample = kind.sampler(averaged_generator(run))
        clips = sample(N_WATCHED, Generator().manual_seed(1))
        if films is None:
            return measure_clips(clips)._asdict()
        return compare_clips(films.validation, clips.videos)

    run = TrainingRun(
        preset,
        RunState(gan, schedulers, rng),
        step,
        averaged_generator,
        lambda model: format_row(measure_model(kind.sampler(model))),
        validate,
    )
    if films is None:
        return run

    def rows(model: nn.Module) -> Mapping[str, str]:
        sample = kind.sampler(model)
        return sample_rows(lambda n, rng: sample(n, rng).videos, films)

    return run._replace(evaluate=rows, data=films.describe())


def _unlabelled(videos: torch.Tensor) -> Clips:
    """Clips without labels: all have the same, single category."""
    return Clips(videos, torch.zeros(len(videos), dtype=torch.long).to(videos.device))


def _init_mocogan(
    rng: Generator, frame: FrameShape | None = None
) -> train_state.TrainState:
    """The laptop MoCoGAN; on films without categories and with the paper's generator.

    The generator for shape motion is restricted to one object over black.
    """
    n_categories, (channels, *_) = len(MOTIONS), FRAME_SHAPE
    if frame is not None:
        n_categories, channels = 1, _check_side(frame)
    latents = replace(LAPTOP.latents, categories=n_categories)
    sizes = replace(
        LAPTOP, latents=latents, channels=channels, object_generator=frame is None
    )
    return train_state.init_laptop_mocogan(rng, sizes)


def _init_baseline(
    build: Callable[..., nn.Module], rng: Generator, frame: FrameShape | None = None
) -> gan_training.TrainState:
    """VGAN or TGAN with the video discriminator of the laptop MoCoGAN."""
    channels = FRAME_SHAPE[0] if frame is None else _check_side(frame)
    generator = build(LATENT, WIDTH, rng, channels)
    discriminator = RealLogit(
        build_stacked_frames_discriminator(train_state.LAPTOP_WIDTH, 0, rng, channels)
    )
    optimizers = (
        train_state.LAPTOP_ADAM(network.parameters())
        for network in (generator, discriminator)
    )
    average = gan_training.average_weights(generator)
    return gan_training.TrainState(generator, discriminator, average, *optimizers)


def _check_side(frame: FrameShape) -> int:
    """The channels of a frame, if the generators can produce its height and width.

    Raises:
        ValueError: unless a frame has SIDE x SIDE pixels.
    """
    channels, height, width = frame
    if (height, width) != (SIDE, SIDE):
        raise ValueError(
            f"The video GANs of the course generate frames of {SIDE} x {SIDE} pixels; "
            f"got {height} x {width}. Resize the films with --size {SIDE}."
        )
    return channels


def batch_sizes(n: int) -> list[int]:
    """Sizes of the batches in which n clips are sampled."""
    return [min(BATCH_SIZE, n - start) for start in range(0, n, BATCH_SIZE)]


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


def _mocogan_sampler(model: MoCoGAN) -> ClipSampler:
    @torch.no_grad()
    def sample(n: int, rng: Generator) -> Clips:
        latents = model.sample_latents(n, rng)
        on_device = (part.to(_device(model)).split(BATCH_SIZE) for part in latents)
        batches = zip(*on_device, strict=True)
        videos = torch.cat([model(ClipLatents(*batch)) for batch in batches])
        return Clips(videos.to(rng.device), latents.category)

    return sample


def _baseline_latents(model: nn.Module, n: int, rng: Generator) -> torch.Tensor:
    return torch.randn(n, model.latent_dim, generator=rng, device=rng.device)


def _baseline_sampler(model: nn.Module) -> ClipSampler:
    """Clips of an unconditional generator with random categories, as a baseline."""

    def sample(n: int, rng: Generator) -> Clips:
        videos = [gan_training.generate(model, size, rng) for size in batch_sizes(n)]
        category = torch.randint(len(MOTIONS), (n,), generator=rng)
        return Clips(torch.cat(videos).to(rng.device), category)

    return sample


VIDEO_GANS: Mapping[str, VideoGAN] = {
    "mocogan": VideoGAN(_init_mocogan, MoCoGAN.sample_latents, _mocogan_sampler),
    "vgan": VideoGAN(
        partial(_init_baseline, VGAN), _baseline_latents, _baseline_sampler
    ),
    "tgan": VideoGAN(
        partial(_init_baseline, TGAN), _baseline_latents, _baseline_sampler
    ),
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


TRAININGS: Mapping[str, Training] = {
    name: Training(
        {"smoke": presets.MOCOGAN_SMOKE, "laptop": presets.MOCOGAN_LAPTOP},
        partial(training_run, kind),
        clip=(CLIP_FRAMES, *FRAME_SHAPE),
    )
    for name, kind in VIDEO_GANS.items()
}
