"""Train the codes of whole clips that the course ships: with a bound, and without.

Home: 3.1 Squeezing, 3.5 A clip at once, 3.7 With a condition.

``course train clip_vae --seed 0`` makes the first of them anew.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Generator, nn
from torch.optim import Adam

from course_lib.data.shape_classes import class_of
from course_lib.data.shape_motion import LabelledClips, sample_clips
from course_lib.runs import classifiers, presets
from course_lib.runs.checkpoints import CHECKPOINTS, load_weights
from course_lib.runs.climbing import climb
from course_lib.runs.clip_table import (
    in_words,
    law_of,
    price_of_autoencoder,
    price_of_vae,
    recognised,
    test_clips,
)
from course_lib.runs.learning import Learning
from course_lib.runs.precision import short_floats
from course_lib.runs.presets import PredictorPreset
from course_lib.runs.processes import own_noise, own_part
from course_lib.runs.unattended import Plan, Readings
from course_lib.vae.autoencoder import reconstruct
from course_lib.vae.clip_vae import ClipSizes, ClipVAE, clip_elbo
from course_lib.vae.conditional import ConditionalVAE, conditional_elbo, forgetful
from course_lib.vae.elbo import Elbo, bits_per_dimension
from course_lib.vae.gaussian import log_density

TO_DRAW = 0.1  # least width of a pixel of the model that is to draw: codes cost less
HASTE = 10.0  # of the widths: they have far to go, along a smooth way

Objective = Callable[[Any, LabelledClips, Generator], Elbo]
"""The two terms of a model's bound on labelled clips, one number a clip."""


def plan(
    make: Callable[[Generator], nn.Module],
    objective: Objective,
    result: Callable[[Any], str],
    preset: PredictorPreset,
    rng: Generator,
) -> Plan:
    """The training of a model of whole clips; the price of its code warms up."""

    def step(state: Learning, number: int) -> tuple[Learning, Readings]:
        model, optimiser, rng = state
        clips = LabelledClips(*map(own_part, sample_clips(preset.batch, rng)))
        with short_floats(rng.device):
            terms = objective(model, clips, own_noise(rng))
        n_axes = clips.videos[0].numel()
        climb(terms, optimiser, preset, number, n_axes)
        bits = bits_per_dimension(-terms.bound.mean(), n_axes)
        return state, {
            "bits_per_dimension": bits.item(),
            "kl": terms.kl.mean().item(),
        }

    model = make(rng).to(rng.device)
    start = Learning(model, Adam(_groups(model), betas=(0.9, 0.98)), rng)
    return Plan(preset, start, step, lambda state: state.model, result)


def bound(model: ClipVAE, clips: LabelledClips, rng: Generator) -> Elbo:
    """What a VAE climbs."""
    return clip_elbo(model, clips.videos, rng)


def told_bound(model: ConditionalVAE, clips: LabelledClips, rng: Generator) -> Elbo:
    """What a conditional VAE climbs, each part of the condition half of the time."""
    classes = class_of(clips.motion, clips.shape)
    condition = forgetful(classes, clips.videos[:, 0], rng)
    return conditional_elbo(model, clips.videos, condition, rng)


def fit_alone(model: ClipVAE, clips: LabelledClips, rng: Generator) -> Elbo:
    """What an autoencoder climbs: its codes are points, and cost nothing."""
    decoded = reconstruct(model, clips.videos)
    likelihood = log_density(clips.videos, decoded, model.sigma)
    return Elbo(likelihood, torch.zeros_like(likelihood))


def _result_of_vae(model: ClipVAE) -> str:
    return in_words(model, price_of_vae(model, test_clips()))


def _result_of_autoencoder(model: ClipVAE) -> str:
    return in_words(model, price_of_autoencoder(model, law_of(model), test_clips()))


def _result_of_conditional(model: ConditionalVAE) -> str:
    motion, shape, both = recognised(model, classifiers.shipped())
    return (
        f"of 500 clips, motion recognised in {motion:.1%}, shape in {shape:.1%}, "
        f"both in {both:.1%}; sigma {model.clips.sigma.mean():.3f} in the mean"
    )


def _clip_vae(rng: Generator) -> ClipVAE:
    return ClipVAE(ClipSizes(), rng)


def _conditional(rng: Generator) -> ConditionalVAE:
    return ConditionalVAE(ClipSizes(floor=TO_DRAW), rng)


CODES: Mapping[str, Callable[[Generator], nn.Module]] = {
    "clip_vae": _clip_vae,
    "autoencoder": _clip_vae,
    "conditional_vae": _conditional,
}
"""The shipped models at their start, by the names of their checkpoints."""


def shipped(name: str, *, folder: Path = CHECKPOINTS) -> Any:
    """A trained model of whole clips, from its checkpoint.

    Raises:
        ValueError: if there is none of that name, or for the reasons of
            ``load_weights``.
    """
    if name not in CODES:
        raise ValueError(f"There is no code {name!r}; there are {', '.join(CODES)}.")
    return load_weights(name, CODES[name](Generator()), folder=folder)


def _groups(model: nn.Module) -> list[dict[str, Any]]:
    """A model's weights, and its widths, which are to learn faster."""
    widths = [w for name, w in model.named_parameters() if "log_sigma" in name]
    weights = [w for name, w in model.named_parameters() if "log_sigma" not in name]
    return [{"params": weights}, {"params": widths, "haste": HASTE}]


_TRAINED = {
    "clip_vae": (bound, _result_of_vae, presets.CLIP_VAE_LAPTOP),
    "autoencoder": (fit_alone, _result_of_autoencoder, presets.AUTOENCODER_LAPTOP),
    "conditional_vae": (told_bound, _result_of_conditional, presets.CONDITIONAL_LAPTOP),
}
PLANS: Mapping[str, Mapping[str, Any]] = {
    name: {
        preset: partial(plan, CODES[name], objective, result, length)
        for preset, length in (
            ("smoke", presets.CLIP_VAE_SMOKE),
            ("laptop", laptop),
            ("gpu", presets.CLIP_VAE_GPU),
        )
    }
    for name, (objective, result, laptop) in _TRAINED.items()
}
