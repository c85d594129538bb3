"""Break one line of the training step, read the fault off its curves: the lab.

Every faulty step is the good step with one thing wrong, as published code has it;
``symptom`` says where its curves leave those of ``run_healthy``.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from course_lib.gan.objectives import DiscriminatorLoss, discriminator_loss
from course_lib.gan.ring import RADIUS
from course_lib.gan.ring_curves import RingCurves, Step, ring_curves
from course_lib.gan.ring_training import NONSATURATING
from course_lib.gan.training import RING_GAMMA, Players, StepLosses, train_step

Stepped = tuple[Players, StepLosses]


class Fault(NamedTuple):
    """One faulty step: its letter in the lab, its name, what shows it, and why."""

    key: str
    name: str
    symptom: str
    explanation: str
    step: Step


def good_step(players: Players, real: Tensor, rng: torch.Generator) -> Stepped:
    """The step that all faulty ones are to be compared with."""
    return train_step(players, real, rng, NONSATURATING, r1_gamma=RING_GAMMA)


def fakes_called_real(players: Players, real: Tensor, rng: torch.Generator) -> Stepped:
    """The judge's turn labels the fakes 1 as well."""
    losses = NONSATURATING._replace(
        judge=lambda on_real, on_fake: DiscriminatorLoss(
            real=softplus(-on_real).mean(),
            fake=softplus(-on_fake).mean(),  # -log D: the label is 1
        )
    )
    return train_step(players, real, rng, losses, r1_gamma=RING_GAMMA)


def generator_wants_fake(
    players: Players, real: Tensor, rng: torch.Generator
) -> Stepped:
    """The generator's turn labels its fakes 0."""
    losses = NONSATURATING._replace(
        generator=lambda on_fake: softplus(on_fake).mean()  # -log(1 - D): label 0
    )
    return train_step(players, real, rng, losses, r1_gamma=RING_GAMMA)


def sigmoid_twice(players: Players, real: Tensor, rng: torch.Generator) -> Stepped:
    """Probabilities go into losses that expect logits."""
    losses = NONSATURATING._replace(
        judge=lambda on_real, on_fake: discriminator_loss(
            on_real.sigmoid(), on_fake.sigmoid()
        ),
        generator=lambda on_fake: softplus(-on_fake.sigmoid()).mean(),
    )
    return train_step(players, real, rng, losses, r1_gamma=RING_GAMMA)


def wrong_optimiser(players: Players, real: Tensor, rng: torch.Generator) -> Stepped:
    """Both turns step the judge's optimiser; nothing ever moves the generator."""
    mixed_up = players._replace(generator_optimiser=players.judge_optimiser)
    _, losses = train_step(mixed_up, real, rng, NONSATURATING, r1_gamma=RING_GAMMA)
    return players, losses


def wrong_range(players: Players, real: Tensor, rng: torch.Generator) -> Stepped:
    """The data are scaled to [0, 1]; the samples are read on the ring's own scale."""
    scaled = (real / RADIUS + 1) / 2
    return train_step(players, scaled, rng, NONSATURATING, r1_gamma=RING_GAMMA)


FAULTS = (
    Fault(
        key="A",
        name="the wrong optimiser is stepped",
        symptom="The judge's loss goes to 0 while the generator's climbs and climbs; "
        "the verdict on fakes goes to 0.",
        explanation="Both turns step the judge's optimiser, so the generator never "
        "moves. It pays more for the same fakes at every step.",
        step=wrong_optimiser,
    ),
    Fault(
        key="B",
        name="the data come in another range",
        symptom="Every loss and verdict looks healthy, calmer even than in the good "
        "run; but no sample is ever good.",
        explanation="The generator learns a ring, scaled to [0, 1]: not the one that "
        "its samples are compared with. No loss can tell; only a look at samples can.",
        step=wrong_range,
    ),
    Fault(
        key="C",
        name="the judge learns that fakes are real",
        symptom="Both losses go to 0, and both verdicts go to 1.",
        explanation="With the label 1 on both halves there is nothing to tell apart: "
        'the judge says "real" to all, and the generator is praised for anything.',
        step=fakes_called_real,
    ),
    Fault(
        key="D",
        name="a sigmoid before a loss on logits",
        symptom="The judge's loss rests near log 4, the price of knowing nothing, but "
        "the verdicts are nowhere near 1/2; samples turn good very slowly.",
        explanation="The loss takes the sigmoid of a sigmoid, which lies between .50 "
        "and .73: the judge cannot pay less than 1.01, and all slopes are squashed.",
        step=sigmoid_twice,
    ),
    Fault(
        key="E",
        name="the generator wants to be caught",
        symptom="Both losses go to 0, and the verdicts part: 1 on data, 0 on fakes.",
        explanation="With the label 0 in its own turn the generator helps the judge: "
        "it runs away from the data, and both are content.",
        step=generator_wants_fake,
    ),
)
"""The lab's five faults, in the order of their letters."""


def run_fault(fault: Fault, n_steps: int, rng: torch.Generator) -> RingCurves:
    """The curves of a faulty run: 30 readings or, below 30 steps, one a step."""
    return ring_curves(fault.step, n_steps, rng, every=max(n_steps // 30, 1))


def run_healthy(n_steps: int, rng: torch.Generator) -> RingCurves:
    """The curves of the good step, read as often as those of ``run_fault``."""
    return ring_curves(good_step, n_steps, rng, every=max(n_steps // 30, 1))
