"""Train the sequential VAE that the course ships, and its rival that has one future.

``course train dreamer --seed 0`` makes it anew.
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
    Dreamer,
    in_words,
    score,
)
from course_lib.evaluation.prediction_table import run_freely
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes, FramePredictor
from course_lib.shapes import Videos
from course_lib.training import predictor, presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import own_noise, own_part
from course_lib.training.elbo_step import climb
from course_lib.training.loop import Plan, Readings
from course_lib.training.precision import short_floats
from course_lib.training.predictor import Film, length
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import Learning
from course_lib.vae.sampled_futures import sample_future, sequence_elbo
from course_lib.vae.sequential import SequenceSizes, SequentialVAE

RESTLESS = Film(restless_digits.sample_clips, CONTEXT, HORIZON)


def plan(preset: LearningPreset, rng: Generator) -> Plan:
    """The training of a sequential VAE: its codes grow dear, its clips grow long."""

    def step(state: Learning, number: int) -> tuple[Learning, Readings]:
        model, optimizer, rng = state
        frames = length(number / preset.steps, RESTLESS)
        clips = RESTLESS.sample(preset.batch, rng, n_frames=frames)
        videos, noise = own_part(clips), own_noise(rng)
        with short_floats(rng.device):
            terms = sequence_elbo(model, videos, noise, n_context=CONTEXT)
        n_axes = videos[0, 1:].numel()
        climb(terms, optimizer, preset, number, n_axes)
        return state, {
            "nats_per_number": -terms.bound.mean().item() / n_axes,
            "kl_per_frame": terms.kl.mean().item() / (frames - 1),
        }

    model = SequentialVAE(SequenceSizes(), rng).to(rng.device)
    start = Learning(model, Adam(model.parameters(), betas=(0.9, 0.98)), rng)
    return Plan(
        preset,
        start,
        step,
        lambda state: state.model,
        lambda model: in_words(score(dreams(model))),
    )


def dreams(model: SequentialVAE) -> Dreamer:
    """The model as a dreamer of the table: every call draws from one generator."""
    device = next(model.parameters()).device
    rng = Generator(device).manual_seed(1)

    def dream(context: Videos, horizon: int) -> Tensor:
        return sample_future(model, context.to(device), horizon, rng).to(context)

    return dream


def foresees(model: FramePredictor) -> Dreamer:
    """A predictor as a dreamer that always has the same dream."""
    return partial(run_freely, model)


def shipped(*, folder: Path = CHECKPOINTS) -> SequentialVAE:
    """The trained dreamer, from its checkpoint."""
    model = SequentialVAE(SequenceSizes(), Generator())
    return load_weights("dreamer", model, folder=folder)


def shipped_rival(*, folder: Path = CHECKPOINTS) -> FramePredictor:
    """The deterministic predictor trained on the same clips, from its checkpoint."""
    return load_weights("predictor_restless", _rival(Generator()), folder=folder)


def _rival(rng: Generator) -> FramePredictor:
    return ConvLSTMPredictor(ConvLSTMSizes(), rng)


def _plan_of_rival(preset: LearningPreset, rng: Generator) -> Plan:
    made = predictor.plan(_rival, preset, rng, RESTLESS)
    return made._replace(result=lambda model: in_words(score(foresees(model), tries=1)))


PLANS: Mapping[str, Mapping[str, Any]] = {
    "dreamer": {
        "smoke": partial(plan, presets.DREAMER_SMOKE),
        "laptop": partial(plan, presets.DREAMER_LAPTOP),
        "gpu": partial(plan, presets.DREAMER_GPU),
    },
    "predictor_restless": {
        "smoke": partial(_plan_of_rival, presets.PREDICTOR_SMOKE),
        "laptop": partial(_plan_of_rival, presets.RIVAL_LAPTOP),
        "gpu": partial(_plan_of_rival, presets.PREDICTOR_GPU),
    },
}
