"""Prepare what grows: a step of each model, a draw of each sampler, each metric."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.optim import Adam

from benchmarks.ratio import Work
from course_lib.data import shape_motion
from course_lib.metrics.features import ClipClassifier
from course_lib.metrics.ssim import ssim
from course_lib.mocogan.train_state import init_paper_mocogan
from course_lib.mocogan.training import Clips, TrainConfig, train_step
from course_lib.predictor.model import FramePredictor
from course_lib.predictor.rollout import teacher_forcing
from course_lib.predictor.squared_error import squared_error
from course_lib.training import presets
from course_lib.training.video_gan import VIDEO_GANS, training_run
from course_lib.vae.clip_vae import ClipSizes, ClipVAE, clip_elbo
from course_lib.vae.sampled_futures import sequence_elbo
from course_lib.vae.sequential import SequenceSizes, SequentialVAE


class Form(NamedTuple):
    """The form of a batch of clips."""

    batch: int = 4
    frames: int = 10
    side: int = 64


def rng() -> Generator:
    """The same numbers in every process."""
    return Generator().manual_seed(0)


def descending(model: nn.Module, loss: Callable[[], Tensor]) -> Work:
    """One step of Adam."""
    adam = Adam(model.parameters())

    def step() -> None:
        adam.zero_grad()
        loss().backward()
        adam.step()

    return step


def grey(form: Form) -> Tensor:
    """Clips without meaning: nothing here depends on what they show."""
    shape = form.batch, form.frames, 1, form.side, form.side
    return 2 * torch.rand(shape, generator=rng()) - 1


def predictor(make: Callable[[int], FramePredictor], form: Form) -> Work:
    """A step of a predictor, teacher forced."""
    model, videos = make(form.side), grey(form)
    return descending(
        model, lambda: squared_error(teacher_forcing(model, videos), videos[:, 1:])
    )


def stochastic_predictor(form: Form) -> Work:
    """A training step of the sequential VAE (SVG-LP)."""
    model, videos = SequentialVAE(SequenceSizes(side=form.side), rng()), grey(form)
    return descending(
        model, lambda: -sequence_elbo(model, videos, rng(), n_context=2).bound.mean()
    )


def clip_vae(form: Form) -> Work:
    """A training step of the clip VAE."""
    model = ClipVAE(ClipSizes(channels=1, frames=form.frames, side=form.side), rng())
    videos = grey(form)
    return descending(model, lambda: -clip_elbo(model, videos, rng()).bound.mean())


def classifier(form: Form) -> Work:
    """A step of the clip classifier."""
    model = ClipClassifier(rng())
    videos = shape_motion.sample_clips(form.batch, rng()).videos
    return descending(model, lambda: model(videos).motion.square().mean())


def video_gan(name: str, form: Form) -> Work:
    """A training step of one of the shipped video GANs, without R1."""
    preset = replace(presets.MOCOGAN_SMOKE, batch=form.batch)
    run = training_run(VIDEO_GANS[name], preset, rng())
    return lambda: run.step(run.state, 1)


def paper_mocogan(form: Form) -> Work:
    """A training step of MoCoGAN at the paper's sizes."""
    clips, state = (
        shape_motion.sample_clips(form.batch, rng()),
        init_paper_mocogan(rng()),
    )
    real = Clips(clips.videos, clips.motion)
    return lambda: train_step(state, real, TrainConfig(r1_gamma=0.0), rng())


def sample_of_clips(sample: Callable[..., Any], n: int) -> Work:
    """Clips drawn at once."""
    return lambda: sample(n, rng())


def metric_of_features(metric: Callable[[Tensor, Tensor], Any], n: int) -> Work:
    """A metric of two sets of n clips, by 64 features of each."""
    return partial(metric, *torch.randn(2, n, 64, generator=rng()))


def ssim_of_clips(n: int) -> Work:
    """SSIM of n clips of 16 frames."""
    a, b = torch.rand(2, n, 16, 1, 64, 64, generator=rng())
    return lambda: ssim(a, b, data_range=1)
