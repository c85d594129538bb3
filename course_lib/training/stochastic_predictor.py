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
from course_lib.evaluation.prediction_table import run_freely
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes, FramePredictor
from course_lib.shapes import Videos
from course_lib.training import predictor, presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import own_noise, own_part
from course_lib.training.elbo_step import elbo_step
from course_lib.training.loop import Plan, Readings
from course_lib.training.precision import short_floats
from course_lib.training.predictor import Film, length
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import Learning
from course_lib.vae.sampled_futures import sample_future, sequence_elbo
from course_lib.vae.sequential import SequenceSizes, SequentialVAE

RESTLESS_DIGITS = Film(restless_digits.sample_clips, CONTEXT, HORIZON)


def plan(preset: LearningPreset, rng: Generator) -> Plan:
    """The training plan of the sequential VAE: annealed KL, clips that grow longer."""

    def step(state: Learning, number: int) -> tuple[Learning, Readings]:
        model, optimizer, rng = state
        n_frames = length(number / preset.steps, RESTLESS_DIGITS)
        clips = RESTLESS_DIGITS.sample(preset.batch, rng, n_frames=n_frames)
        videos, noise = own_part(clips), own_noise(rng)
        with short_floats(rng.device):
            terms = sequence_elbo(model, videos, noise, n_context=CONTEXT)
        n_axes = videos[0, 1:].numel()
        elbo_step(terms, optimizer, preset, number, n_axes)
        return state, {
            "nats_per_number": -terms.bound.mean().item() / n_axes,
            "kl_per_frame": terms.kl.mean().item() / (n_frames - 1),
        }

    model = SequentialVAE(SequenceSizes(), rng).to(rng.device)
    start = Learning(model, Adam(model.parameters(), betas=(0.9, 0.98)), rng)
    return Plan(
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
    return partial(run_freely, model)


def load_pretrained(*, folder: Path = CHECKPOINTS) -> SequentialVAE:
    """The trained sequential VAE, from its checkpoint."""
    model = SequentialVAE(SequenceSizes(), Generator())
    return load_weights("stochastic_predictor", model, folder=folder)


def load_pretrained_baseline(*, folder: Path = CHECKPOINTS) -> FramePredictor:
    """The deterministic predictor trained on the same clips, from its checkpoint."""
    return load_weights("predictor_restless", _baseline(Generator()), folder=folder)


def _baseline(rng: Generator) -> FramePredictor:
    return ConvLSTMPredictor(ConvLSTMSizes(), rng)


def _baseline_plan(preset: LearningPreset, rng: Generator) -> Plan:
    def result(model: FramePredictor) -> str:
        return format_scores(score(deterministic_future(model), n_samples=1))

    plan = predictor.plan(_baseline, preset, rng, RESTLESS_DIGITS)
    return plan._replace(result=result)


PLANS: Mapping[str, Mapping[str, Any]] = {
    "stochastic_predictor": {
        "smoke": partial(plan, presets.STOCHASTIC_PREDICTOR_SMOKE),
        "laptop": partial(plan, presets.STOCHASTIC_PREDICTOR_LAPTOP),
        "gpu": partial(plan, presets.STOCHASTIC_PREDICTOR_GPU),
    },
    "predictor_restless": {
        "smoke": partial(_baseline_plan, presets.PREDICTOR_SMOKE),
        "laptop": partial(_baseline_plan, presets.PREDICTOR_RESTLESS_LAPTOP),
        "gpu": partial(_baseline_plan, presets.PREDICTOR_GPU),
    },
}
