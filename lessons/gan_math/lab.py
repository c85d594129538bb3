"""The lab of lesson 01: GAN training steps with one fault each, and their curves.

Every faulty step differs from the correct step in one point, as in published code.
``symptom`` describes where its training curves differ from those of ``run_healthy``.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from course_lib.gan.objectives import (
    NONSATURATING,
    DiscriminatorLoss,
    GANLosses,
    discriminator_loss,
)
from course_lib.gan.penalties import r1_penalty
from course_lib.gan.ring import RADIUS
from course_lib.gan.ring_training import RingCurves, TrainStep, train_ring_gan
from course_lib.gan.training import RING_GAMMA, StepMetrics, TrainState, train_step

StepResult = tuple[TrainState, StepMetrics]


class Fault(NamedTuple):
    """A faulty training step: its letter in the lab, name, symptom and explanation."""

    key: str
    name: str
    symptom: str
    explanation: str
    step: TrainStep


def healthy_step(
    state: TrainState,
    real: Tensor,
    rng: torch.Generator,
    losses: GANLosses = NONSATURATING,
) -> StepResult:
    """The correct training step, with which all faulty ones are compared."""
    return train_step(state, real, rng, losses, r1_gamma=RING_GAMMA)


def fakes_labelled_real(
    state: TrainState, real: Tensor, rng: torch.Generator
) -> StepResult:
    """The discriminator's loss gives generated samples the label 1 as well."""
    losses = NONSATURATING._replace(
        discriminator=lambda logits_real, logits_fake: DiscriminatorLoss(
            real=softplus(-logits_real).mean(),
            fake=softplus(-logits_fake).mean(),  # -log D: the label is 1
        )
    )
    return healthy_step(state, real, rng, losses)


def generator_labels_fake(
    state: TrainState, real: Tensor, rng: torch.Generator
) -> StepResult:
    """The generator's loss gives generated samples the label 0."""
    losses = NONSATURATING._replace(
        generator=lambda logits_fake: softplus(logits_fake).mean()  # -log(1 - D)
    )
    return healthy_step(state, real, rng, losses)


def sigmoid_twice(state: TrainState, real: Tensor, rng: torch.Generator) -> StepResult:
    """Losses that expect logits are called with probabilities."""
    losses = NONSATURATING._replace(
        discriminator=lambda logits_real, logits_fake: discriminator_loss(
            logits_real.sigmoid(), logits_fake.sigmoid()
        ),
        generator=lambda logits_fake: softplus(-logits_fake.sigmoid()).mean(),
    )
    return healthy_step(state, real, rng, losses)


def wrong_optimizer(
    state: TrainState, real: Tensor, rng: torch.Generator
) -> StepResult:
    """Both updates step the discriminator's optimizer, in ordinary PyTorch.

    ``backward`` of the generator's loss also fills the gradients of the discriminator,
    so the second step moves the discriminator along them.
    """
    generator, discriminator, *_, optimizer_d = state
    noise = torch.randn(len(real), generator.latent_dim, generator=rng)

    logits_real = discriminator(real)
    logits_fake = discriminator(generator(noise).detach())
    d_loss = discriminator_loss(logits_real, logits_fake).total
    penalty = r1_penalty(discriminator, real, gamma=RING_GAMMA)
    optimizer_d.zero_grad()
    (d_loss + penalty).backward()
    optimizer_d.step()

    g_loss = softplus(-discriminator(generator(noise))).mean()
    optimizer_d.zero_grad()
    g_loss.backward()
    optimizer_d.step()  # the generator's optimizer is meant

    means = logits_real.sigmoid().mean(), logits_fake.sigmoid().mean()
    values = (value.item() for value in (d_loss, g_loss, *means))
    return state, StepMetrics(*values)


def wrong_range(state: TrainState, real: Tensor, rng: torch.Generator) -> StepResult:
    """The data are scaled to [0, 1]; samples are evaluated on the original scale."""
    return healthy_step(state, (real / RADIUS + 1) / 2, rng)


FAULTS = (
    Fault(
        key="A",
        name="the wrong optimizer is stepped",
        symptom="Both losses settle near log 2 = 0.69; D(x) goes to 1 on real samples "
        "and to 1/2 on fake ones, and no sample is ever of high quality.",
        explanation="The generator never changes. The discriminator takes a step on "
        "its own loss, and then one that makes its output on fake samples larger. On "
        "fake samples the two cancel at D = 1/2; on real ones nothing opposes D = 1.",
        step=wrong_optimizer,
    ),
    Fault(
        key="B",
        name="the data come in another range",
        symptom="Losses and D(x) look healthy, and even calmer than in the healthy "
        "run; but no sample is ever of high quality.",
        explanation="The generator learns the ring scaled to [0, 1], and its samples "
        "are compared with the original ring. Both losses look healthy, only calmer "
        "than usual. A look at samples shows the fault.",
        step=wrong_range,
    ),
    Fault(
        key="C",
        name="the discriminator learns that fakes are real",
        symptom="Both losses go to 0, and D(x) goes to 1 on real and fake samples.",
        explanation="With the label 1 on both halves of the batch there is nothing to "
        "discriminate. The discriminator outputs 1 for every sample, and every sample "
        "of the generator has a low loss.",
        step=fakes_labelled_real,
    ),
    Fault(
        key="D",
        name="a sigmoid before a loss on logits",
        symptom="The discriminator's loss stays near log 4, the value for D = 1/2, but "
        "D(x) is far from 1/2; high-quality samples appear very slowly.",
        explanation="The loss applies a second sigmoid, so its probabilities lie "
        "between .50 and .73. The discriminator's loss cannot fall below 1.006, and "
        "all gradients are small.",
        step=sigmoid_twice,
    ),
    Fault(
        key="E",
        name="the generator wants to be recognized as fake",
        symptom="Both losses go to 0, and D(x) goes to 1 on real and to 0 on fake "
        "samples.",
        explanation="With the label 0 in its own loss the generator helps the "
        "discriminator: it moves away from the data, and both losses fall.",
        step=generator_labels_fake,
    ),
)
"""The lab's five faults, in the order of their letters."""


def run_fault(fault: Fault, n_steps: int, rng: torch.Generator) -> RingCurves:
    """The training curves of a faulty run, with 30 records (one a step below 30)."""
    return train_ring_gan(fault.step, n_steps, rng, every=max(n_steps // 30, 1))


def run_lab(steps: int) -> tuple[dict[str, RingCurves], RingCurves]:
    """The curves of all faulty runs by letter, and of the correct run; seed 0."""
    faulty = {
        fault.key: run_fault(fault, steps, torch.Generator().manual_seed(0))
        for fault in FAULTS
    }
    return faulty, run_healthy(steps, torch.Generator().manual_seed(0))


def run_healthy(n_steps: int, rng: torch.Generator) -> RingCurves:
    """The training curves of the correct step, recorded as often as a faulty run's."""
    return train_ring_gan(healthy_step, n_steps, rng, every=max(n_steps // 30, 1))
