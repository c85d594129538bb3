"""Training of the shipped stochastic predictor (SVG-LP) and of its baseline.

``course train stochastic_predictor --seed 0`` trains it again. The baseline is a
deterministic ConvLSTM that is trained on the same clips.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from torch import Generator, Tensor
from torch.optim import Adam

from course_lib.data import restless_digits
from course_lib.evaluation.future_table import (
    CONTEXT,
    HORIZON,
    FutureSampler,
    format_scores,
    score,
)
from course_lib.evaluation.prediction_table import predict_with_model
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes, FramePredictor
from course_lib.shapes import Videos
from course_lib.training import predictor, presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import rank_generator, shard
from course_lib.training.elbo_step import elbo_step
from course_lib.training.loop import Metrics, TrainingRun, TrainState
from course_lib.training.precision import bfloat16_autocast
from course_lib.training.predictor import PredictionTask, clip_length
from course_lib.training.presets import LearningPreset
from course_lib.vae.sampled_futures import sample_future, sequence_elbo
from course_lib.vae.sequential import SequenceSizes, SequentialVAE

RESTLESS_DIGITS = PredictionTask(restless_digits.sample_clips, CONTEXT, HORIZON)


def training_run(preset: LearningPreset, rng: Generator) -> TrainingRun:
    """The training run of the sequential VAE: annealed KL, clips that grow longer."""

    def step(state: TrainState, number: int) -> tuple[TrainState, Metrics]:
        model, optimizer, rng = state
        n_frames = clip_length(number / preset.steps, RESTLESS_DIGITS)
        clips = RESTLESS_DIGITS.sample(preset.batch, rng, n_frames=n_frames)
        videos, noise = shard(clips), rank_generator(rng)
        with bfloat16_autocast(rng.device):
            terms = sequence_elbo(model, videos, noise, n_context=CONTEXT)
        n_axes = videos[0, 1:].numel()
        elbo_step(terms, optimizer, preset, number, n_axes)
        return state, {
            "nats_per_dimension": -terms.bound.mean().item() / n_axes,
            "kl_per_frame": terms.kl.mean().item() / (n_frames - 1),
        }

    model = SequentialVAE(SequenceSizes(), rng).to(rng.device)
    start = TrainState(model, Adam(model.parameters(), betas=(0.9, 0.98)), rng)
    return TrainingRun(
        preset,
        start,
        step,
        lambda state: state.model,
        lambda model: format_scores(score(future_sampler(model))),
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
    model = SequentialVAE(SequenceSizes(), Generator())
    return load_weights("stochastic_predictor", model, folder=folder)


def load_pretrained_baseline(*, folder: Path = CHECKPOINTS) -> FramePredictor:
    """The deterministic predictor trained on the same clips, from its checkpoint."""
    return load_weights("predictor_restless", _baseline(Generator()), folder=folder)


def _baseline(rng: Generator) -> FramePredictor:
    return ConvLSTMPredictor(ConvLSTMSizes(), rng)


def _baseline_run(preset: LearningPreset, rng: Generator) -> TrainingRun:
    def result(model: FramePredictor) -> str:
        return format_scores(score(deterministic_future(model), n_samples=1))

    run = predictor.training_run(_baseline, preset, rng, RESTLESS_DIGITS)
    return run._replace(evaluate=result)


RUNS: Mapping[str, Mapping[str, Any]] = {
    "stochastic_predictor": {
        "smoke": partial(training_run, presets.STOCHASTIC_PREDICTOR_SMOKE),
        "laptop": partial(training_run, presets.STOCHASTIC_PREDICTOR_LAPTOP),
        "gpu": partial(training_run, presets.STOCHASTIC_PREDICTOR_GPU),
    },
    "predictor_restless": {
        "smoke": partial(_baseline_run, presets.PREDICTOR_SMOKE),
        "laptop": partial(_baseline_run, presets.PREDICTOR_RESTLESS_LAPTOP),
        "gpu": partial(_baseline_run, presets.PREDICTOR_GPU),
    },
}
