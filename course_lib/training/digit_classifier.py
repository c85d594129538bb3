"""Train the classifier of MNIST digits that lesson 01 scores generators with.

``course train digit_classifier --seed 0`` repeats the training of the shipped one.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import torch
from torch import Generator, Tensor
from torch.nn.functional import affine_grid, cross_entropy, grid_sample
from torch.optim import Adam

from course_lib.data.mnist_digits import held_out_digits, train_digits
from course_lib.metrics.digit_classifier import DigitClassifier
from course_lib.shapes import Images
from course_lib.training import presets
from course_lib.training.checkpoints import CHECKPOINTS, load_weights
from course_lib.training.distributed import data_parallel, rank_generator, shard
from course_lib.training.loop import Metrics, Training, TrainingRun, TrainState
from course_lib.training.presets import LearningPreset
from course_lib.training.schedules import learning_rate_schedule

MAX_WARP = 0.15  # of a random affine map: entries of the matrix, shift in half widths


def training_run(preset: LearningPreset, rng: Generator) -> TrainingRun:
    """The training of the classifier on digits under random affine maps."""
    images, labels = (part.to(rng.device) for part in train_digits())
    model = DigitClassifier(rng).to(rng.device)
    optimizer = Adam(model.parameters())
    scheduler = learning_rate_schedule(optimizer, preset)
    classify = data_parallel(DigitClassifier.forward, model)

    def step(state: TrainState, number: int) -> tuple[TrainState, Metrics]:
        shape = (preset.batch,)
        indices = torch.randint(len(images), shape, generator=rng, device=rng.device)
        batch, targets = shard(images[indices]), shard(labels[indices])
        logits = classify(warp_randomly(batch, rank_generator(rng)))
        loss = cross_entropy(logits, targets)
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


def warp_randomly(images: Images, rng: Generator) -> Images:
    """Each image under its own affine map: the identity plus uniform noise."""
    noise = torch.rand(len(images), 2, 3, generator=rng, device=rng.device) * 2 - 1
    maps = torch.eye(2, 3, device=rng.device) + MAX_WARP * noise
    grid = affine_grid(maps, list(images.shape), align_corners=False)
    moved = grid_sample(images + 1, grid, align_corners=False)  # + 1: black outside
    return moved - 1


@torch.no_grad()
def held_out_accuracy(model: DigitClassifier) -> float:
    """The fraction of the 1,000 held-out digits that are recognized."""
    images, labels = held_out_digits()
    return (model(images).argmax(dim=1) == labels).double().mean().item()


def evaluation(model: DigitClassifier) -> str:
    """The accuracy for the card, in words."""
    return f"right on {held_out_accuracy(model):.2%} of 1,000 held-out digits"


def load_pretrained(*, folder: Path = CHECKPOINTS) -> DigitClassifier:
    """The trained classifier, from its checkpoint."""
    return load_weights("digit_classifier", DigitClassifier(Generator()), folder=folder)


@cache
def digit_classifier() -> DigitClassifier:
    """The shipped classifier, loaded once."""
    return load_pretrained()


def class_probabilities(images: Images) -> Tensor:
    """Class probabilities by the shipped classifier, shape (batch, 10)."""
    return digit_classifier().probabilities(images)


TRAININGS: Mapping[str, Training] = {
    "digit_classifier": Training(
        {
            "smoke": presets.DIGIT_CLASSIFIER_SMOKE,
            "laptop": presets.DIGIT_CLASSIFIER_LAPTOP,
        },
        training_run,
        needs="the class of each digit as a label",
    )
}
