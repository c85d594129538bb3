"""Train the clip classifier whose features and predictions evaluate clips.

``course train clip_classifier --seed 0`` repeats the training of the shipped one.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy
from torch.optim import Adam

from course_lib.data.shape_motion import SIZES, LabelledClips, sample_clips
from course_lib.metrics.features import ClipClassifier
from course_lib.shapes import Videos
from course_lib.training import presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import data_parallel, rank_generator, shard
from course_lib.training.loop import Metrics, Training, TrainingRun, TrainState
from course_lib.training.precision import bfloat16_autocast
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import learning_rate_schedule

Features = Float[Tensor, "clip feature"]

MAX_NOISE_STD = 0.1  # noise augmentation, because generated clips are not clean
N_TEST_CLIPS, BATCH_SIZE = 2000, 100  # of the accuracy on the card


class Accuracy(NamedTuple):
    """Fraction of clips with correct motion, shape and size, and with all three."""

    motion: float
    shape: float
    size: float
    all: float


def training_run(preset: LearningPreset, rng: Generator) -> TrainingRun:
    """The training of the classifier on clips with Gaussian noise of random std."""
    model = ClipClassifier(rng).to(rng.device)
    optimizer = Adam(model.parameters())
    scheduler = learning_rate_schedule(optimizer, preset)
    classify = data_parallel(ClipClassifier.forward, model)

    def step(state: TrainState, number: int) -> tuple[TrainState, Metrics]:
        clips = LabelledClips(*map(shard, sample_clips(preset.batch, rng)))
        videos = add_random_noise(clips.videos, rank_generator(rng))
        with bfloat16_autocast(rng.device):
            logits = classify(videos)
        pairs = zip(logits, labels(clips), strict=True)
        loss = torch.stack([cross_entropy(*pair) for pair in pairs]).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        return state, {"cross_entropy": loss.item()}

    return TrainingRun(
        preset,
        TrainState(model, optimizer, scheduler, rng),
        step,
        lambda state: state.model,
        evaluation,
    )


def labels(clips: LabelledClips) -> tuple[Tensor, Tensor, Tensor]:
    """Class indices of motion, shape and size of each clip."""
    sizes = torch.tensor(SIZES, device=clips.size.device)
    return clips.motion, clips.shape, torch.searchsorted(sizes, clips.size)


def add_random_noise(videos: Tensor, rng: Generator) -> Tensor:
    """Clips with Gaussian noise, whose std is uniform in [0, MAX_NOISE_STD] a clip."""
    stds = torch.rand(len(videos), generator=rng, device=rng.device) * MAX_NOISE_STD
    noise = torch.randn(videos.shape, generator=rng, device=rng.device)
    return videos + stds.view(-1, 1, 1, 1, 1) * noise


@torch.no_grad()
def accuracy(model: ClipClassifier, *, n: int = N_TEST_CLIPS) -> Accuracy:
    """The accuracy on n new clips, with seed 1."""
    rng, batches = Generator().manual_seed(1), []
    for start in range(0, n, BATCH_SIZE):
        clips = sample_clips(min(BATCH_SIZE, n - start), rng)
        predictions = torch.stack(model(clips.videos).predictions())
        batches.append(predictions == torch.stack(labels(clips)))
    correct = torch.cat(batches, dim=1)
    fractions = correct.double().mean(dim=1).tolist()
    return Accuracy(*fractions, all=correct.all(dim=0).double().mean().item())


def evaluation(model: ClipClassifier) -> str:
    """The accuracy for the card, in words."""
    fractions = accuracy(model)._asdict().items()
    text = ", ".join(f"{name} {fraction:.2%}" for name, fraction in fractions)
    return f"right on {N_TEST_CLIPS} fresh clips: {text}"


def load_pretrained(*, folder: Path = CHECKPOINTS) -> ClipClassifier:
    """The trained classifier, from its checkpoint."""
    return load_weights("clip_classifier", ClipClassifier(Generator()), folder=folder)


@cache
def classifier() -> ClipClassifier:
    """The shipped classifier, loaded once."""
    return load_pretrained()


@torch.no_grad()
def clip_features(videos: Videos) -> Features:
    """Features of each clip by the shipped classifier, shape (clip, 64)."""
    return torch.cat([classifier().features(x) for x in videos.split(BATCH_SIZE)])


TRAININGS: Mapping[str, Training] = {
    "clip_classifier": Training(
        {"smoke": presets.CLASSIFIER_SMOKE, "laptop": presets.CLASSIFIER_LAPTOP},
        training_run,
        needs="the motion, shape and size of each clip as labels",
    )
}
