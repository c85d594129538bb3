"""Training of the shipped stochastic predictor (SVG-LP) and of its baseline.

``course train stochastic_predictor --seed 0`` trains it again. The baseline is a
deterministic ConvLSTM that is trained on the same clips.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Generator, Tensor
from torch.optim import Adam

from course_lib.data import restless_digits
from course_lib.data.film_folder import FilmSplits
from course_lib.evaluation.film_table import future_rows
from course_lib.evaluation.future_table import (
    CONTEXT,
    HORIZON,
    FutureSampler,
    format_scores,
    score,
)
from course_lib.evaluation.prediction_table import predict_with_model
from course_lib.predictor.model import FramePredictor
from course_lib.shapes import Videos
from course_lib.training import predictor, presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import data_parallel, rank_generator, shard
from course_lib.training.elbo_step import elbo_step
from course_lib.training.loop import Metrics, Training, TrainingRun, TrainState
from course_lib.training.precision import bfloat16_autocast
from course_lib.training.predictor import (
    N_VALIDATION_CLIPS,
    FrameShape,
    PredictionTask,
    build_conv_lstm,
    clip_length,
)
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import learning_rate_schedule
from course_lib.vae.sampled_futures import sample_future, sequence_elbo
from course_lib.vae.sequential import SequenceSizes, SequentialVAE

RESTLESS_DIGITS = PredictionTask(
    restless_digits.sample_clips, restless_digits.FRAME_SHAPE, CONTEXT, HORIZON
)
SIZES = SequenceSizes()


def build(
    rng: Generator, frame: FrameShape = restless_digits.FRAME_SHAPE
) -> SequentialVAE:
    """An untrained sequential VAE for frames of this shape.

    Raises:
        ValueError: if the frames are not square with a multiple of SIZES.block pixels.
    """
    channels, height, width = frame
    if height != width or height % SIZES.block:
        raise ValueError(
            f"The stochastic predictor needs square frames whose side is a multiple of "
            f"{SIZES.block} pixels; got {height} x {width}. Resize the films with "
            "--size."
        )
    return SequentialVAE(replace(SIZES, channels=channels, side=height), rng)


def training_run(
    preset: LearningPreset, rng: Generator, films: FilmSplits | None = None
) -> TrainingRun:
    """The training run of the sequential VAE: annealed KL, clips that grow longer.

    On films the negative ELBO of clips of the validation split is logged, and the
    result is that of sampled futures on the test split.

    Raises:
        ValueError: if the frames do not fit the model.
    """
    task = RESTLESS_DIGITS
    if films is not None:
        task = task._replace(sample=films.train.sample, frame=films.train.frame_shape)
    model = build(rng, task.frame).to(rng.device)
    optimizer = Adam(model.parameters(), betas=(0.9, 0.98))
    scheduler = learning_rate_schedule(optimizer, preset)
    elbo_of = data_parallel(sequence_elbo, model)

    def step(state: TrainState, number: int) -> tuple[TrainState, Metrics]:
        n_frames = clip_length(number / preset.steps, task)
        videos = shard(task.sample(preset.batch, rng, n_frames=n_frames))
        with bfloat16_autocast(rng.device):
            terms = elbo_of(videos, rank_generator(rng), n_context=task.n_context)
        n_axes = videos[0, 1:].numel()
        elbo_step(terms, optimizer, preset, number, n_axes)
        scheduler.step()
        return state, {
            "nats_per_dimension": -terms.bound.mean().item() / n_axes,
            "kl_per_frame": terms.kl.mean().item() / (n_frames - 1),
        }

    @torch.no_grad()
    def validate(state: TrainState) -> Metrics:
        clips = films.validation.clips(N_VALIDATION_CLIPS).to(rng.device)
        noise = Generator(rng.device).manual_seed(0)
        terms = sequence_elbo(model, clips, noise, n_context=task.n_context)
        nats = -terms.bound.mean().item() / clips[0, 1:].numel()
        return {"validation_nats_per_dimension": nats}

    run = TrainingRun(
        preset,
        TrainState(model, optimizer, scheduler, rng),
        step,
        lambda state: state.model,
        lambda model: format_scores(score(future_sampler(model))),
    )
    if films is None:
        return run
    return run._replace(
        evaluate=lambda model: future_rows(future_sampler(model), films),
        validate=validate,
        data=films.describe(),
    )


def future_sampler(model: SequentialVAE) -> FutureSampler:
    """The model as a row of the table: all calls sample from one random generator."""
    device = next(model.parameters()).device
    rng = Generator(device).manual_seed(1)

    def sample(context: Videos, horizon: int) -> Tensor:
        return sample_future(model, context.to(device), horizon, rng).to(context)

    return sample


def deterministic_future(model: FramePredictor) -> FutureSampler:
    """A deterministic predictor as a row of the table: all samples are the same."""
    return partial(predict_with_model, model)


def load_pretrained(*, folder: Path = CHECKPOINTS) -> SequentialVAE:
    """The trained sequential VAE, from its checkpoint."""
    return load_weights("stochastic_predictor", build(Generator()), folder=folder)


def load_pretrained_baseline(*, folder: Path = CHECKPOINTS) -> FramePredictor:
    """The deterministic predictor trained on the same clips, from its checkpoint."""
    model = build_conv_lstm(Generator(), restless_digits.FRAME_SHAPE)
    return load_weights("predictor_restless", model, folder=folder)


def _baseline_run(
    preset: LearningPreset, rng: Generator, films: FilmSplits | None = None
) -> TrainingRun:
    def result(model: FramePredictor) -> str:
        return format_scores(score(deterministic_future(model), n_samples=1))

    run = predictor.training_run(
        build_conv_lstm, preset, rng, films, task=RESTLESS_DIGITS
    )
    return run if films else run._replace(evaluate=result)


CLIP = (CONTEXT + HORIZON, *restless_digits.FRAME_SHAPE)
TRAININGS: Mapping[str, Training] = {
    "stochastic_predictor": Training(
        {
            "smoke": presets.STOCHASTIC_PREDICTOR_SMOKE,
            "laptop": presets.STOCHASTIC_PREDICTOR_LAPTOP,
            "gpu": presets.STOCHASTIC_PREDICTOR_GPU,
        },
        training_run,
        CLIP,
    ),
    "predictor_restless": Training(
        {
            "smoke": presets.PREDICTOR_SMOKE,
            "laptop": presets.PREDICTOR_RESTLESS_LAPTOP,
            "gpu": presets.PREDICTOR_GPU,
        },
        _baseline_run,
        CLIP,
    ),
}
