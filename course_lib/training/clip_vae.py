"""Training of the shipped models of whole clips: VAE, autoencoder, conditional VAE.

``course train clip_vae --seed 0`` trains the first of them again.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import Generator, nn
from torch.optim import Adam

from course_lib.data.shape_classes import class_of
from course_lib.data.shape_motion import LabelledClips, sample_clips
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
from course_lib.shapes import Latents
from course_lib.training import classifier, presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import rank_generator, shard
from course_lib.training.elbo_step import elbo_step
from course_lib.training.loop import Metrics, TrainingRun, TrainState
from course_lib.training.precision import bfloat16_autocast
from course_lib.training.presets import LearningPreset
from course_lib.vae.calibration import calibrate_sigma, standardize_latents
from course_lib.vae.clip_vae import ClipSizes, ClipVAE, clip_elbo
from course_lib.vae.conditional import (
    ConditionalVAE,
    conditional_elbo,
    drop_condition,
)
from course_lib.vae.elbo import Elbo
from course_lib.vae.gaussian import DiagonalGaussian, log_density, reparameterize

N_CALIBRATION_CLIPS = 1024  # training clips
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
        build: Makes the untrained model from a random generator.
        objective: Both terms of the ELBO of labelled clips, one number for each clip.
        finish: Changes the model after the last step.
        result: The figures of the trained model as text, for its card.
        calibrate: Changes the model at CALIBRATION_TIMES.
    """

    build: Callable[[Generator], nn.Module]
    objective: Callable[[Any, LabelledClips, Generator], Elbo]
    finish: Callable[[Any], nn.Module]
    result: Callable[[Any], str]
    calibrate: Callable[[Any], nn.Module] = lambda model: model


def training_run(
    kind: ClipModel, preset: LearningPreset, rng: Generator
) -> TrainingRun:
    """The training run of a model of clips, with an annealed KL term."""
    calibration_steps = {
        round(fraction * preset.steps) for fraction in CALIBRATION_TIMES
    }

    def step(state: TrainState, number: int) -> tuple[TrainState, Metrics]:
        model, optimizer, rng = state
        clips = LabelledClips(*map(shard, sample_clips(preset.batch, rng)))
        with bfloat16_autocast(rng.device):
            terms = kind.objective(model, clips, rank_generator(rng))
        n_axes = clips.videos[0].numel()
        elbo_step(terms, optimizer, preset, number, n_axes)
        if number in calibration_steps:
            kind.calibrate(model)
        return state, {
            "nats_per_dimension": -terms.bound.mean().item() / n_axes,
            "kl": terms.kl.mean().item(),
        }

    model = kind.build(rng).to(rng.device)
    start = TrainState(model, Adam(model.parameters(), betas=(0.9, 0.98)), rng)
    return TrainingRun(
        preset, start, step, lambda state: kind.finish(state.model), kind.result
    )


def vae_objective(model: ClipVAE, clips: LabelledClips, rng: Generator) -> Elbo:
    """The ELBO of a clip VAE."""
    return clip_elbo(model, clips.videos, rng)


def conditional_objective(
    model: ConditionalVAE, clips: LabelledClips, rng: Generator
) -> Elbo:
    """The ELBO of a conditional VAE, with randomly dropped conditions."""
    classes = class_of(clips.motion, clips.shape)
    condition = drop_condition(classes, clips.videos[:, 0], rng)
    return conditional_elbo(model, clips.videos, condition, rng)


def autoencoder_objective(model: ClipVAE, clips: LabelledClips, rng: Generator) -> Elbo:
    """Objective of a regularized autoencoder: latents are means, with an L2 penalty.

    In place of the KL stands CODE_PENALTY times half the squared norm of the code.

    Source: Ghosh et al. 2020, their regularized autoencoder (RAE).
    """
    mu = model.encoder(clips.videos).mu
    log_likelihood = log_density(clips.videos, model.decoder(mu), model.sigma)
    return Elbo(log_likelihood, CODE_PENALTY * mu.square().sum(dim=1) / 2)


def calibrate_vae(model: ClipVAE) -> ClipVAE:
    """Calibrate sigma of a VAE, in place, with sampled latents."""
    rng = Generator().manual_seed(0)
    return _calibrate(model, lambda posterior: reparameterize(*posterior, rng))


def standardize_and_calibrate(model: ClipVAE) -> ClipVAE:
    """Standardize the latents of a trained VAE, then calibrate sigma, in place."""
    return calibrate_vae(
        standardize_latents(model.cpu(), training_clips(N_CALIBRATION_CLIPS))
    )


def calibrate_autoencoder(model: ClipVAE) -> ClipVAE:
    """Calibrate sigma of an autoencoder, in place; its latents are the means."""
    return _calibrate(model, lambda posterior: posterior.mu)


def _calibrate(
    model: ClipVAE, sample_latents: Callable[[DiagonalGaussian], Latents]
) -> ClipVAE:
    device = model.raw_sigma.device
    clips = training_clips(N_CALIBRATION_CLIPS)
    return calibrate_sigma(model.cpu(), clips, sample_latents).to(device)


def _vae_result(model: ClipVAE) -> str:
    clips = test_clips()
    return format_result(model, bits_interval(vae_nats(model, clips), clips))


def _autoencoder_result(model: ClipVAE) -> str:
    clips = test_clips()
    nats = autoencoder_nats(model, code_distribution(model), clips)
    return format_result(model, bits_interval(nats, clips))


def _conditional_result(model: ConditionalVAE) -> str:
    motion, shape, both = class_accuracy(model, classifier.load_pretrained())
    return (
        f"of 500 clips, motion recognised in {motion:.1%}, shape in {shape:.1%}, "
        f"both in {both:.1%}"
    )


def _build_vae(sigma: float, rng: Generator) -> ClipVAE:
    return ClipVAE(ClipSizes(sigma=sigma), rng)


def _build_conditional(rng: Generator) -> ConditionalVAE:
    return ConditionalVAE(ClipSizes(), rng)


CLIP_MODELS: Mapping[str, ClipModel] = {
    "clip_vae": ClipModel(
        partial(_build_vae, SIGMA),
        vae_objective,
        standardize_and_calibrate,
        _vae_result,
        calibrate_vae,
    ),
    "autoencoder": ClipModel(
        partial(_build_vae, 4.0),
        autoencoder_objective,
        calibrate_autoencoder,
        _autoencoder_result,
    ),
    "conditional_vae": ClipModel(
        _build_conditional,
        conditional_objective,
        lambda model: model,
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
RUNS: Mapping[str, Mapping[str, Any]] = {
    name: {
        "smoke": partial(training_run, kind, presets.CLIP_VAE_SMOKE),
        "laptop": partial(training_run, kind, LAPTOP[name]),
        "gpu": partial(training_run, kind, presets.CLIP_VAE_GPU),
    }
    for name, kind in CLIP_MODELS.items()
}
