"""Train the eye that scores whole clips.

``course train clip_classifier --seed 0`` makes it anew.
"""

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

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
from course_lib.training.distributed import own_noise, own_part
from course_lib.training.loop import Plan, Readings
from course_lib.training.precision import short_floats
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import Learning, set_pace

Features = Float[Tensor, "clip feature"]

ROUGHEST = 0.1  # the widest noise laid over a clip: models' clips are not clean either
HELD_OUT, AT_ONCE = 2000, 100  # fresh clips behind the card's figures; held at a time


class Accuracy(NamedTuple):
    """Shares of clips whose motion, shape and size are named right, and all three."""

    motion: float
    shape: float
    size: float
    all: float


def plan(preset: LearningPreset, rng: Generator) -> Plan:
    """The training of the classifier on clips under noise of every width."""

    def step(state: Learning, number: int) -> tuple[Learning, Readings]:
        model, optimizer, rng = state
        set_pace(optimizer, preset, number)
        clips = LabelledClips(*map(own_part, sample_clips(preset.batch, rng)))
        videos = roughened(clips.videos, own_noise(rng))
        with short_floats(rng.device):
            verdicts = model(videos)
        pairs = zip(verdicts, labels(clips), strict=True)
        loss = torch.stack([cross_entropy(*pair) for pair in pairs]).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return state, {"cross_entropy": loss.item()}

    model = ClipClassifier(rng).to(rng.device)
    start = Learning(model, Adam(model.parameters()), rng)
    return Plan(preset, start, step, lambda state: state.model, result)


def labels(clips: LabelledClips) -> tuple[Tensor, Tensor, Tensor]:
    """Motion, shape and size of each clip as places in their lists."""
    sizes = torch.tensor(SIZES, device=clips.size.device)
    return clips.motion, clips.shape, torch.searchsorted(sizes, clips.size)


def roughened(videos: Tensor, rng: Generator) -> Tensor:
    """Clips under Gaussian noise, each of another width up to ROUGHEST."""
    widths = torch.rand(len(videos), generator=rng, device=rng.device) * ROUGHEST
    noise = torch.randn(videos.shape, generator=rng, device=rng.device)
    return videos + widths.view(-1, 1, 1, 1, 1) * noise


@torch.no_grad()
def accuracy(model: ClipClassifier, *, n: int = HELD_OUT) -> Accuracy:
    """How often the classifier is right on n fresh clips, seed 1."""
    rng, right = Generator().manual_seed(1), []
    for start in range(0, n, AT_ONCE):
        clips = sample_clips(min(AT_ONCE, n - start), rng)
        named = torch.stack(model(clips.videos).named())
        right.append(named == torch.stack(labels(clips)))
    found = torch.cat(right, dim=1)
    each = found.double().mean(dim=1).tolist()
    return Accuracy(*each, all=found.all(dim=0).double().mean().item())


def result(model: ClipClassifier) -> str:
    """The figures of a card."""
    found = accuracy(model)._asdict().items()
    said = ", ".join(f"{name} {share:.2%}" for name, share in found)
    return f"right on {HELD_OUT} fresh clips: {said}"


def shipped(*, folder: Path = CHECKPOINTS) -> ClipClassifier:
    """The trained classifier, from its checkpoint."""
    return load_weights("clip_classifier", ClipClassifier(Generator()), folder=folder)


@cache
def classifier() -> ClipClassifier:
    """The shipped one, read once."""
    return shipped()


@torch.no_grad()
def features_of(videos: Videos) -> Features:
    """What the shipped classifier sees in each clip, (clip, 64)."""
    return torch.cat([classifier().features(x) for x in videos.split(AT_ONCE)])


PLANS: Mapping[str, Mapping[str, Any]] = {
    "clip_classifier": {
        "smoke": partial(plan, presets.CLASSIFIER_SMOKE),
        "laptop": partial(plan, presets.CLASSIFIER_LAPTOP),
    }
}
