"""Train the codes of whole clips that the course ships: with a bound, and without.

``course train clip_vae --seed 0`` makes the first of them anew.
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
    in_words,
    law_of,
    nats_of_autoencoder,
    nats_of_vae,
    price,
    recognised,
    test_clips,
    training_clips,
)
from course_lib.shapes import Latents
from course_lib.training import classifier, presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import own_noise, own_part
from course_lib.training.elbo_step import climb
from course_lib.training.loop import Plan, Readings
from course_lib.training.precision import short_floats
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import Learning
from course_lib.vae.calibration import calibrate, standardise
from course_lib.vae.clip_vae import ClipSizes, ClipVAE, Code, clip_elbo
from course_lib.vae.conditional import ConditionalVAE, conditional_elbo, forgetful
from course_lib.vae.elbo import Elbo
from course_lib.vae.gaussian import log_density, reparameterize

CALIBRATED_ON = 1024  # training clips
SIGMA = 0.3
"""Of a pixel of the clip VAE until its widths settle. In 6,000 steps it came to -2.43
bits with 4, to -2.47 with .3; with .1 its clips were still black after 1,800."""
SETTLED = (0.8, 0.9)  # of the steps: there its widths begin to fit its errors
TETHER = 0.1  # price of an autoencoder's codes: without one they run away, unlearnt


class Kind(NamedTuple):
    """What one sort of code is: how a model of it starts, what it climbs, what is done
    to it after the last step, its figures in words, and what is done on the way.

    ``objective`` gives the two terms of the bound on labelled clips, a number a clip.
    """

    make: Callable[[Generator], nn.Module]
    objective: Callable[[Any, LabelledClips, Generator], Elbo]
    finish: Callable[[Any], nn.Module]
    result: Callable[[Any], str]
    settle: Callable[[Any], nn.Module] = lambda model: model


def plan(kind: Kind, preset: LearningPreset, rng: Generator) -> Plan:
    """The training of a model of whole clips; the price of its code warms up."""
    settling = {round(share * preset.steps) for share in SETTLED}

    def step(state: Learning, number: int) -> tuple[Learning, Readings]:
        model, optimizer, rng = state
        clips = LabelledClips(*map(own_part, sample_clips(preset.batch, rng)))
        with short_floats(rng.device):
            terms = kind.objective(model, clips, own_noise(rng))
        n_axes = clips.videos[0].numel()
        climb(terms, optimizer, preset, number, n_axes)
        if number in settling:
            kind.settle(model)
        return state, {
            "nats_per_number": -terms.bound.mean().item() / n_axes,
            "kl": terms.kl.mean().item(),
        }

    model = kind.make(rng).to(rng.device)
    start = Learning(model, Adam(model.parameters(), betas=(0.9, 0.98)), rng)
    return Plan(
        preset, start, step, lambda state: kind.finish(state.model), kind.result
    )


def bound(model: ClipVAE, clips: LabelledClips, rng: Generator) -> Elbo:
    """What a VAE climbs."""
    return clip_elbo(model, clips.videos, rng)


def told_bound(model: ConditionalVAE, clips: LabelledClips, rng: Generator) -> Elbo:
    """What a conditional VAE climbs, each part of the condition half of the time."""
    classes = class_of(clips.motion, clips.shape)
    condition = forgetful(classes, clips.videos[:, 0], rng)
    return conditional_elbo(model, clips.videos, condition, rng)


def fit_alone(model: ClipVAE, clips: LabelledClips, rng: Generator) -> Elbo:
    """What an autoencoder climbs: its codes are points, and cost what lies far from 0.

    Half of their squared length, at a tenth of the price that a prior would ask.

    Source: Ghosh et al. 2020, their regularised autoencoder (RAE).
    """
    mu = model.encode(clips.videos).mu
    likelihood = log_density(clips.videos, model.decode(mu), model.sigma)
    return Elbo(likelihood, TETHER * mu.square().sum(dim=1) / 2)


def calibrated(model: ClipVAE) -> ClipVAE:
    """A trained VAE, as sure of every pixel as its errors allow."""
    rng = Generator().manual_seed(0)
    return _calibrated(model, lambda code: reparameterize(*code, rng))


def settled(model: ClipVAE) -> ClipVAE:
    """A trained VAE whose codes lie where its prior expects them, calibrated."""
    return calibrated(standardise(model.cpu(), training_clips(CALIBRATED_ON)))


def calibrated_alone(model: ClipVAE) -> ClipVAE:
    """The same for an autoencoder, whose codes are points."""
    return _calibrated(model, lambda code: code.mu)


def _calibrated(model: ClipVAE, draw: Callable[[Code], Latents]) -> ClipVAE:
    device = model.widths.device
    return calibrate(model.cpu(), training_clips(CALIBRATED_ON), draw).to(device)


def _result_of_vae(model: ClipVAE) -> str:
    clips = test_clips()
    return in_words(model, price(nats_of_vae(model, clips), clips))


def _result_of_autoencoder(model: ClipVAE) -> str:
    clips = test_clips()
    nats = nats_of_autoencoder(model, law_of(model), clips)
    return in_words(model, price(nats, clips))


def _result_of_conditional(model: ConditionalVAE) -> str:
    motion, shape, both = recognised(model, classifier.shipped())
    return (
        f"of 500 clips, motion recognised in {motion:.1%}, shape in {shape:.1%}, "
        f"both in {both:.1%}"
    )


def _of_width(sigma: float, rng: Generator) -> ClipVAE:
    return ClipVAE(ClipSizes(sigma=sigma), rng)


def _conditional(rng: Generator) -> ConditionalVAE:
    return ConditionalVAE(ClipSizes(), rng)


KINDS: Mapping[str, Kind] = {
    "clip_vae": Kind(
        partial(_of_width, SIGMA), bound, settled, _result_of_vae, calibrated
    ),
    "autoencoder": Kind(
        partial(_of_width, 4.0), fit_alone, calibrated_alone, _result_of_autoencoder
    ),
    "conditional_vae": Kind(
        _conditional, told_bound, lambda model: model, _result_of_conditional
    ),
}
"""What is shipped, by the names of the checkpoints."""


def shipped(name: str, *, folder: Path = CHECKPOINTS) -> Any:
    """A trained model of whole clips, from its checkpoint.

    Raises:
        ValueError: if there is none of that name, or for the reasons of
            ``load_weights``.
    """
    if name not in KINDS:
        raise ValueError(f"There is no code {name!r}; there are {', '.join(KINDS)}.")
    return load_weights(name, KINDS[name].make(Generator()), folder=folder)


LAPTOP = {
    "clip_vae": presets.CLIP_VAE_LAPTOP,
    "autoencoder": presets.AUTOENCODER_LAPTOP,
    "conditional_vae": presets.CONDITIONAL_LAPTOP,
}
PLANS: Mapping[str, Mapping[str, Any]] = {
    name: {
        "smoke": partial(plan, kind, presets.CLIP_VAE_SMOKE),
        "laptop": partial(plan, kind, LAPTOP[name]),
        "gpu": partial(plan, kind, presets.CLIP_VAE_GPU),
    }
    for name, kind in KINDS.items()
}
