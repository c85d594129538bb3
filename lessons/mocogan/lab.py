"""Lab of lesson 04: four faults of a video GAN and the training curves they cause.

Each faulty training differs in one thing from the healthy one. ``symptom`` says how its
curves differ from those of ``run_healthy``.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.mocogan.train_state import TrainState, init_train_state
from course_lib.mocogan.training import TrainConfig, train_step
from course_lib.shapes import Videos
from lessons.mocogan.experiments.moving_bars import (
    ADAM,
    BASELINE,
    BATCH,
    FRAMES,
    SmallMoCoGAN,
    build_small_discriminators,
    moving_bars,
)

Curve = Float[Tensor, "reading"]


def mix_clips(videos: Videos) -> Videos:
    """Frames that were flattened clip by clip, unflattened as if time by time."""
    return videos.transpose(0, 1).reshape(videos.shape)


def to_unit_range(videos: Videos) -> Videos:
    """Pixels in [-1, 1] mapped to [0, 1]."""
    return (videos + 1) / 2


class Fault(NamedTuple):
    """One faulty training.

    Attributes:
        key: Its letter in the lab.
        name: The fault.
        symptom: How its curves differ from the healthy ones.
        explanation: Why.
        change_real: Applied to real clips.
        change_fake: Applied to generated clips.
        config: Loss weights.
        nested_discriminators: Whether the discriminators are submodules of the
            generator, and therefore among its parameters.
    """

    key: str
    name: str
    symptom: str
    explanation: str
    change_real: Callable[[Tensor], Tensor] = lambda videos: videos
    change_fake: Callable[[Tensor], Tensor] = lambda videos: videos
    config: TrainConfig = BASELINE
    nested_discriminators: bool = False


class TrainingCurves(NamedTuple):
    """Metrics of a training, each a mean over the steps since the previous reading.

    Attributes:
        step: Step of each reading.
        image_d_fake: Mean D(x) of the image discriminator over generated frames,
            0 to 1.
        video_d_fake: The same of the video discriminator over generated clips.
        real_category: Category loss of real clips, in nats.
        fake_category: Category loss of generated clips, in nats.
        brightness: Mean pixel of generated clips, -1 to 1.
    """

    step: Curve
    image_d_fake: Curve
    video_d_fake: Curve
    real_category: Curve
    fake_category: Curve
    brightness: Curve


FAULTS = (
    Fault(
        key="A",
        name="real clips have another value range",
        symptom="The brightness of generated clips rises far above the healthy one, to "
        "about 0.",
        explanation="Real frames were in [0, 1], while a tanh generates frames in "
        "[-1, 1]. The discriminators distinguished them by the black level alone, and "
        "the generator learned a grey background.",
        change_real=to_unit_range,
    ),
    Fault(
        key="B",
        name="the discriminator is not trained on real categories",
        symptom="Both category losses approach log 2, the loss of a uniform "
        "prediction. All other curves look healthy.",
        explanation="The category loss was in the generator's loss only. L2 shrinks "
        "the discriminator's category weights to 0, and logits of 0 cost log 2 for "
        "every clip.",
        config=BASELINE._replace(category_weight=0.0),
    ),
    Fault(
        key="C",
        name="frames are assembled into the wrong clips",
        symptom="The category loss of real clips falls as in the healthy training, but "
        "that of generated clips rises above log 2. The image discriminator's curve is "
        "as in the healthy training.",
        explanation="The generated frames were flattened clip by clip and unflattened "
        "time by time. Every frame is realistic, but clips mix frames of different "
        "categories.",
        change_fake=mix_clips,
    ),
    Fault(
        key="D",
        name="the generator's optimizer also updates the discriminators",
        symptom="Both discriminators classify almost all generated samples as real, "
        "from the first steps on.",
        explanation="The discriminators were attributes of the generator, so their "
        "parameters were among its parameters. Its optimizer trained them to classify "
        "generated samples as real.",
        nested_discriminators=True,
    ),
)
"""The lab's four faults, in the order of their letters."""

HEALTHY = Fault("", "", "", "")


def run_fault(fault: Fault, n_steps: int, rng: torch.Generator) -> TrainingCurves:
    """Curves of a faulty training: about 30 readings, or one for each step below 30."""
    state, every = _init_state(fault, rng), max(n_steps // 30, 1)
    readings, rows = [], []
    for step in range(1, n_steps + 1):
        real = moving_bars(BATCH, rng)
        real = real._replace(videos=fault.change_real(real.videos))
        state, metrics = train_step(state, real, fault.config, rng)
        latents = state.generator.sample_latents(BATCH, rng, FRAMES)
        with torch.no_grad():
            brightness = state.generator(latents).mean().item()
        rows.append(
            [
                metrics.image_d_fake,
                metrics.video_d_fake,
                metrics.real_category,
                metrics.fake_category,
                brightness,
            ]
        )
        if step % every == 0:
            readings.append([step, *torch.tensor(rows).mean(dim=0)])
            rows = []
    return TrainingCurves(*torch.tensor(readings).T)


def run_healthy(n_steps: int, rng: torch.Generator) -> TrainingCurves:
    """Curves of a training without a fault, with the same number of readings."""
    return run_fault(HEALTHY, n_steps, rng)


def _init_state(fault: Fault, rng: torch.Generator) -> TrainState:
    generator = SmallMoCoGAN(rng, fault.change_fake)
    discriminators = build_small_discriminators(rng)
    if fault.nested_discriminators:
        generator.discriminators = nn.ModuleList(discriminators)
    return init_train_state(generator, *discriminators, ADAM)
