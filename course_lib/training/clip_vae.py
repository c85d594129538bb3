"""Training of the shipped models of whole clips: VAE, autoencoder, conditional VAE.

``course train clip_vae --seed 0`` trains the first of them again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Generator, nn
from torch.optim import Adam

from course_lib.data.film_folder import FilmSplits
from course_lib.data.shape_classes import class_of
from course_lib.data.shape_motion import CLIP_FRAMES, FRAME_SHAPE, sample_clips
from course_lib.evaluation.clip_model_table import (
    autoencoder_nats,
    bits_interval,
    class_accuracy,
    code_distribution,
    format_result,
    test_clips,
    training_clips,
    vae_nats,
)
from course_lib.evaluation.film_table import Rows, density_rows
from course_lib.shapes import Labels, Latents, PerClip, Videos
from course_lib.training import classifier, presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import data_parallel, rank_generator, shard
from course_lib.training.elbo_step import elbo_step
from course_lib.training.loop import Metrics, Training, TrainingRun, TrainState
from course_lib.training.precision import bfloat16_autocast
from course_lib.training.predictor import N_VALIDATION_CLIPS, FrameShape
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import learning_rate_schedule
from course_lib.vae import autoencoder
from course_lib.vae.calibration import calibrate_sigma, standardize_latents
from course_lib.vae.clip_vae import ClipSizes, ClipVAE, clip_elbo
from course_lib.vae.conditional import (
    ConditionalVAE,
    conditional_elbo,
    drop_condition,
)
from course_lib.vae.elbo import Elbo
from course_lib.vae.gaussian import DiagonalGaussian, log_density, reparameterize

TrainingClips = Callable[[], Iterable[Videos]]  # in batches, always the same

N_CALIBRATION_CLIPS, BATCH_SIZE = 1024, 64  # training clips, of films too
SIGMA = 0.3
"""Sigma of the clip VAE until its first calibration.

After 6,000 steps the VAE had -2.43 bits per dimension with 4, and -2.47 with .3; with
.1 its clips were still black after 1,800 steps.
"""
CALIBRATION_TIMES = (0.8, 0.9)  # fractions of the steps after which sigma is calibrated
CODE_PENALTY = 0.1  # of an autoencoder, whose codes otherwise grow and stop learning


class ClipModel(NamedTuple):
    """How one kind of model of clips is built, trained and measured.

    Attributes:
        build: Makes the untrained model from a random generator, for frames of a shape.
        objective: ``objective(model, videos, classes, rng)``: both terms of the ELBO of
            clips, one number for each clip. ``classes`` is None for clips of films.
        finish: Changes the model after the last step, by means of training clips.
        result: The figures of the trained model as text, for its card.
        calibrate: Changes the model at CALIBRATION_TIMES, like ``finish``.
        nats: ``nats(model, videos, clips)``: upper bounds on -log p(x) of videos,
            by means of training clips; None for a model that needs labels.
    """

    build: Callable[..., nn.Module]
    objective: Callable[[Any, Videos, Any, Generator], Elbo]
    finish: Callable[[Any, TrainingClips], nn.Module]
    result: Callable[[Any], str]
    calibrate: Callable[[Any, TrainingClips], nn.Module] = lambda model, clips: model
    nats: Callable[[Any, Videos, TrainingClips], PerClip] | None = None


def training_run(
    kind: ClipModel,
    preset: LearningPreset,
    rng: Generator,
    films: FilmSplits | None = None,
) -> TrainingRun:
    """The training run of a model of clips, with an annealed KL term.

    On films the negative ELBO of clips of the validation split is logged, and the
    result is that on the test split.

    Raises:
        ValueError: if the frames do not fit the model.
    """
    frame = FRAME_SHAPE if films is None else films.train.frame_shape
    model = kind.build(rng, frame).to(rng.device)
    optimizer = Adam(model.parameters(), betas=(0.9, 0.98))
    scheduler = learning_rate_schedule(optimizer, preset)
    elbo_of = data_parallel(kind.objective, model)
    calibration_clips = partial(_calibration_clips, films)
    calibration_steps = {
        round(fraction * preset.steps) for fraction in CALIBRATION_TIMES
    }

    def step(state: TrainState, number: int) -> tuple[TrainState, Metrics]:
        if films is None:
            clips = sample_clips(preset.batch, rng)
            videos, classes = clips.videos, shard(class_of(clips.motion, clips.shape))
        else:
            videos, classes = films.train.sample(preset.batch, rng), None
        videos = shard(videos)
        with bfloat16_autocast(rng.device):
            terms = elbo_of(videos, classes, rank_generator(rng))
        n_axes = videos[0].numel()
        elbo_step(terms, optimizer, preset, number, n_axes)
        scheduler.step()
        if number == preset.steps:
            kind.finish(model, calibration_clips)
        elif number in calibration_steps:
            kind.calibrate(model, calibration_clips)
        return state, {
            "nats_per_dimension": -terms.bound.mean().item() / n_axes,
            "kl": terms.kl.mean().item(),
        }

    @torch.no_grad()
    def validate(state: TrainState) -> Metrics:
        clips = films.validation.clips(N_VALIDATION_CLIPS).to(rng.device)
        noise = Generator(rng.device).manual_seed(0)
        bound = kind.objective(model, clips, None, noise).bound.mean().item()
        return {"validation_nats_per_dimension": -bound / clips[0].numel()}

    run = TrainingRun(
        preset,
        TrainState(model, optimizer, scheduler, rng),
        step,
        lambda state: state.model,
        kind.result,
    )
    if films is None:
        return run
    return run._replace(
        evaluate=partial(_film_result, kind, films),
        validate=validate,
        data=films.describe(),
    )


def _calibration_clips(films: FilmSplits | None) -> Iterator[Videos]:
    """N_CALIBRATION_CLIPS training clips, always the same, in batches."""
    if films is None:
        return training_clips(N_CALIBRATION_CLIPS)
    rng, n = Generator().manual_seed(0), N_CALIBRATION_CLIPS
    sizes = (min(BATCH_SIZE, n - start) for start in range(0, n, BATCH_SIZE))
    return (films.train.sample(size, rng) for size in sizes)


def vae_objective(
    model: ClipVAE, videos: Videos, classes: Labels | None, rng: Generator
) -> Elbo:
    """The ELBO of a clip VAE."""
    return clip_elbo(model, videos, rng)


def conditional_objective(
    model: ConditionalVAE, videos: Videos, classes: Labels, rng: Generator
) -> Elbo:
    """The ELBO of a conditional VAE, with randomly dropped conditions."""
    condition = drop_condition(classes, videos[:, 0], rng)
    return conditional_elbo(model, videos, condition, rng)


def autoencoder_objective(
    model: ClipVAE, videos: Videos, classes: Labels | None, rng: Generator
) -> Elbo:
    """Objective of a regularized autoencoder: latents are means, with an L2 penalty.

    In place of the KL stands CODE_PENALTY times half the squared norm of the code.

    Source: Ghosh et al. 2020, their regularized autoencoder (RAE).
    """
    mu = model.encoder(videos).mu
    log_likelihood = log_density(videos, model.decoder(mu), model.sigma)
    return Elbo(log_likelihood, CODE_PENALTY * mu.square().sum(dim=1) / 2)


def calibrate_vae(model: ClipVAE, clips: TrainingClips) -> ClipVAE:
    """Calibrate sigma of a VAE, in place, with sampled latents."""
    rng = Generator().manual_seed(0)
    return _calibrate(model, clips, lambda q: reparameterize(*q, rng))


def standardize_and_calibrate(model: ClipVAE, clips: TrainingClips) -> ClipVAE:
    """Standardize the latents of a trained VAE, then calibrate sigma, in place."""
    device = model.raw_sigma.device
    standardize_latents(model.cpu(), clips())
    return calibrate_vae(model.to(device), clips)


def calibrate_autoencoder(model: ClipVAE, clips: TrainingClips) -> ClipVAE:
    """Calibrate sigma of an autoencoder, in place; its latents are the means."""
    return _calibrate(model, clips, lambda posterior: posterior.mu)


def _calibrate(
    model: ClipVAE,
    clips: TrainingClips,
    sample_latents: Callable[[DiagonalGaussian], Latents],
) -> ClipVAE:
    device = model.raw_sigma.device
    return calibrate_sigma(model.cpu(), clips(), sample_latents).to(device)


def _vae_nats(model: ClipVAE, videos: Videos, clips: TrainingClips) -> PerClip:
    return vae_nats(model, videos)


def _autoencoder_nats(model: ClipVAE, videos: Videos, clips: TrainingClips) -> PerClip:
    return autoencoder_nats(model, code_distribution(model, batches=clips()), videos)


def _result(nats: Callable[..., PerClip], model: ClipVAE) -> str:
    videos = test_clips()
    nats_of_clips = nats(model, videos, partial(_calibration_clips, None))
    bits = bits_interval(nats_of_clips, videos)
    return format_result(model, bits)


def _film_result(kind: ClipModel, films: FilmSplits, model: ClipVAE) -> Rows:
    return density_rows(
        lambda clips: kind.nats(model, clips, partial(_calibration_clips, films)),
        partial(autoencoder.reconstruct, model),
        films,
        min_sigma=model.sizes.min_sigma,
    )


def _conditional_result(model: ConditionalVAE) -> str:
    motion, shape, both = class_accuracy(model, classifier.load_pretrained())
    return (
        f"of 500 clips, motion recognised in {motion:.1%}, shape in {shape:.1%}, "
        f"both in {both:.1%}"
    )


def clip_sizes(frame: FrameShape, *, sigma: float = ClipSizes.sigma) -> ClipSizes:
    """Sizes of a VAE for clips with frames of this shape.

    Raises:
        ValueError: if the frames are not square.
    """
    channels, height, width = frame
    if height != width:
        raise ValueError(
            f"A VAE of clips needs square frames; got {height} x {width}. Resize the "
            "films with --size."
        )
    return ClipSizes(channels, CLIP_FRAMES, height, sigma=sigma)


def _build_vae(
    sigma: float, rng: Generator, frame: FrameShape = FRAME_SHAPE
) -> ClipVAE:
    return ClipVAE(clip_sizes(frame, sigma=sigma), rng)


def _build_conditional(
    rng: Generator, frame: FrameShape = FRAME_SHAPE
) -> ConditionalVAE:
    return ConditionalVAE(clip_sizes(frame), rng)


CLIP_MODELS: Mapping[str, ClipModel] = {
    "clip_vae": ClipModel(
        partial(_build_vae, SIGMA),
        vae_objective,
        standardize_and_calibrate,
        partial(_result, _vae_nats),
        calibrate_vae,
        _vae_nats,
    ),
    "autoencoder": ClipModel(
        partial(_build_vae, ClipSizes.sigma),
        autoencoder_objective,
        calibrate_autoencoder,
        partial(_result, _autoencoder_nats),
        nats=_autoencoder_nats,
    ),
    "conditional_vae": ClipModel(
        _build_conditional,
        conditional_objective,
        lambda model, clips: model,
        _conditional_result,
    ),
}
"""The shipped models, by the names of their checkpoints."""


def load_pretrained(name: str, *, folder: Path = CHECKPOINTS) -> Any:
    """A trained model of clips, from its checkpoint.

    Raises:
        ValueError: if there is no model of that name, or for the reasons of
            ``load_weights``.
    """
    if name not in CLIP_MODELS:
        raise ValueError(
            f"There is no model of clips named {name!r}; choose one of "
            f"{', '.join(CLIP_MODELS)}."
        )
    return load_weights(name, CLIP_MODELS[name].build(Generator()), folder=folder)


LAPTOP = {
    "clip_vae": presets.CLIP_VAE_LAPTOP,
    "autoencoder": presets.AUTOENCODER_LAPTOP,
    "conditional_vae": presets.CONDITIONAL_LAPTOP,
}
TRAININGS: Mapping[str, Training] = {
    name: Training(
        {
            "smoke": presets.CLIP_VAE_SMOKE,
            "laptop": LAPTOP[name],
            "gpu": presets.CLIP_VAE_GPU,
        },
        partial(training_run, kind),
        clip=(CLIP_FRAMES, *FRAME_SHAPE) if kind.nats else None,
        needs="" if kind.nats else "the class of each clip as a label",
    )
    for name, kind in CLIP_MODELS.items()
}
