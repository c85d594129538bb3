"""Train the class-conditional GAN for MNIST digits whose generator the course ships.

``course train digits_gan --seed 0`` repeats that training.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Generator, nn
from torch.optim import Adam, Optimizer
from torch.optim.swa_utils import AveragedModel

from course_lib.data.mnist_digits import MnistDigits, train_digits
from course_lib.gan.digit_networks import (
    DigitDiscriminator,
    DigitGenerator,
    initialize,
)
from course_lib.gan.digit_scores import digit_scores
from course_lib.gan.objectives import (
    discriminator_loss,
    nonsaturating_generator_loss,
)
from course_lib.gan.penalties import r1_penalty
from course_lib.gan.training import average_weights
from course_lib.training.digit_classifier import class_probabilities
from course_lib.training.distributed import check_single_process, rank_generator
from course_lib.training.loop import Metrics, Training, TrainingRun
from course_lib.training.presets import DIGITS_LAPTOP, DIGITS_SMOKE, Preset

LEARNING_RATE, BETAS = 2e-3, (0.0, 0.99)
R1_GAMMA = 0.5
EMA_DECAY = 0.99
N_PER_CLASS = 100  # generated digits of each class behind the scores on the card


class DigitTraining(NamedTuple):
    """All that changes during training: models, optimizers, random number generator."""

    generator: nn.Module
    discriminator: nn.Module
    average: AveragedModel
    optimizer_g: Optimizer
    optimizer_d: Optimizer
    rng: Generator


def start(rng: Generator, *, n_classes: int = 10) -> DigitTraining:
    """Untrained networks, an average of the generator's weights, Adam for both."""
    generator = DigitGenerator(n_classes=n_classes).to(rng.device)
    discriminator = DigitDiscriminator(n_classes=n_classes).to(rng.device)
    for network in (generator, discriminator):
        initialize(network, rng)
    return DigitTraining(
        generator,
        discriminator,
        average_weights(generator, EMA_DECAY),
        Adam(generator.parameters(), LEARNING_RATE, BETAS),
        Adam(discriminator.parameters(), LEARNING_RATE, BETAS),
        rng,
    )


def train_step(state: DigitTraining, digits: MnistDigits, rng: Generator) -> Metrics:
    """One step of the discriminator and one of the generator, on a labelled batch."""
    generator, discriminator, average, optimizer_g, optimizer_d, _ = state
    real, labels = digits
    z = torch.randn(len(real), generator.latent_dim, generator=rng, device=rng.device)

    fake = generator(z, labels)
    logits_real = discriminator(real, labels)
    logits_fake = discriminator(fake.detach(), labels)
    loss_d = discriminator_loss(logits_real, logits_fake).total
    penalty = r1_penalty(lambda x: discriminator(x, labels), real, gamma=R1_GAMMA)
    optimizer_d.zero_grad()
    (loss_d + penalty).backward()
    optimizer_d.step()

    loss_g = nonsaturating_generator_loss(discriminator(fake, labels))
    optimizer_g.zero_grad()
    loss_g.backward()
    optimizer_g.step()
    average.update_parameters(generator)
    return {
        "discriminator_loss": loss_d.item(),
        "generator_loss": loss_g.item(),
        "d_real": logits_real.sigmoid().mean().item(),
        "d_fake": logits_fake.sigmoid().mean().item(),
    }


def training_run(preset: Preset, rng: Generator) -> TrainingRun:
    """The training of the conditional GAN: non-saturating loss with R1.

    Raises:
        ValueError: if several processes were started; one process trains a GAN.
    """
    check_single_process()
    images, labels = (part.to(rng.device) for part in train_digits())

    def step(state: DigitTraining, number: int) -> tuple[DigitTraining, Metrics]:
        shape = (preset.batch,)
        indices = torch.randint(len(images), shape, generator=rng, device=rng.device)
        batch = MnistDigits(images[indices], labels[indices])
        return state, train_step(state, batch, rank_generator(rng))

    return TrainingRun(
        preset, start(rng), step, lambda state: state.average.module, evaluation
    )


@torch.no_grad()
def generate(generator: nn.Module, n_per_class: int, rng: Generator) -> MnistDigits:
    """Generated digits, ``n_per_class`` of each class, with the requested labels."""
    labels = torch.arange(generator.n_classes).repeat_interleave(n_per_class)
    z = torch.randn(len(labels), generator.latent_dim, generator=rng)
    return MnistDigits(generator(z, labels), labels)


def evaluation(generator: nn.Module) -> str:
    """The scores for the card, in words: of 1,000 generated digits, with seed 1."""
    samples = generate(generator.cpu(), N_PER_CLASS, Generator().manual_seed(1))
    train = train_digits().images
    scores = digit_scores(samples.images, samples.labels, train, class_probabilities)
    return ", ".join(f"{name} {score:.3f}" for name, score in scores._asdict().items())


TRAININGS: Mapping[str, Training] = {
    "digits_gan": Training(
        {"smoke": DIGITS_SMOKE, "laptop": DIGITS_LAPTOP},
        training_run,
        needs="single images of handwritten digits",
    )
}
