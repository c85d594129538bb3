"""Let both players move once: the judge first, then the forger, never jointly."""

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer

from course_lib.gan.networks import (
    DigitGenerator,
    DigitJudge,
    DigitSizes,
    PointGenerator,
    PointJudge,
    PointSizes,
)
from course_lib.gan.penalties import r1_penalty
from course_lib.gan.ring_training import GameLosses

RING_RATE = 0.12
RING_GAMMA = 0.07  # weight of R1: with .05 one seed of eight was late by 3,000 steps
DIGIT_RATE = 2e-3
DIGIT_GAMMA = 1.0
AVERAGING = 0.995  # share of the averaged weights that one step keeps


class Players(NamedTuple):
    """Both networks with their optimisers, and the generator's running average.

    The game circles while it closes in; ``average`` sits in the middle of the circle.
    Only the average is sampled from, only the generator is trained.
    """

    generator: nn.Module
    judge: nn.Module
    average: nn.Module
    generator_optimiser: Optimizer
    judge_optimiser: Optimizer


class StepLosses(NamedTuple):
    """What one step showed: losses as descended, R1 aside, and the judge's verdicts.

    A verdict is the mean of D = sigmoid(logit), 0 to 1, over the real or the fake half.
    """

    judge: float
    generator: float
    verdict_real: float
    verdict_fake: float


def train_step(
    players: Players,
    real: Tensor,
    rng: torch.Generator,
    losses: GameLosses,
    *,
    r1_gamma: float,
) -> tuple[Players, StepLosses]:
    """One step of the judge on ``real`` and as many fakes, then one of the generator.

    As everywhere in PyTorch, the optimisers move the weights in place: the players
    that come back are those that went in, one step older. ``r1_gamma`` weighs the R1
    penalty on the judge; 0 leaves it out.
    """
    fake = _forge(players.generator, len(real), rng)
    logits_real, logits_fake = players.judge(real), players.judge(fake.detach())
    judged = losses.judge(logits_real, logits_fake).total
    slope = r1_penalty(players.judge, real, gamma=r1_gamma) if r1_gamma else 0.0
    descend(players.judge_optimiser, judged + slope)

    players.judge.requires_grad_(False)  # the forger feels the judge, does not move it
    forged = losses.generator(players.judge(fake))
    descend(players.generator_optimiser, forged)
    players.judge.requires_grad_(True)

    follow(players.average, players.generator)
    verdicts = logits_real.sigmoid().mean(), logits_fake.sigmoid().mean()
    return players, StepLosses(*(x.item() for x in (judged, forged, *verdicts)))


def descend(optimiser: Optimizer, loss: Tensor) -> None:
    """Move the optimiser's weights one step down the slope of ``loss``, in place."""
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module) -> None:
    """Draw the averaged weights towards the network's, in place, by 1 - AVERAGING."""
    pairs = zip(average.parameters(), network.parameters(), strict=True)
    for mean, weight in pairs:
        mean.lerp_(weight, 1 - AVERAGING)


@torch.no_grad()
def generate(generator: nn.Module, n: int, rng: torch.Generator) -> Tensor:
    """Draw n fakes from fresh noise, without a graph."""
    return _forge(generator, n, rng)


def ring_players(rng: torch.Generator, sizes: PointSizes | None = None) -> Players:
    """Players for points, at the start; both walk straight down their slopes.

    Plain gradient descent, because Adam divides every slope by its own recent size:
    it repairs part of what section 1.4 shows, so the ring would not show it.
    """
    sizes = sizes or PointSizes()
    generator, judge = PointGenerator(sizes, rng), PointJudge(sizes, rng)
    return Players(
        generator,
        judge,
        average=copy.deepcopy(generator),
        generator_optimiser=SGD(generator.parameters(), lr=RING_RATE),
        judge_optimiser=SGD(judge.parameters(), lr=RING_RATE),
    )


def digit_players(rng: torch.Generator, sizes: DigitSizes | None = None) -> Players:
    """Players for 32x32 digits, at the start; both use Adam without momentum."""
    sizes = sizes or DigitSizes()
    generator, judge = DigitGenerator(sizes, rng), DigitJudge(sizes, rng)
    for network in (generator, judge):
        network.to(memory_format=torch.channels_last)
    return Players(
        generator,
        judge,
        average=copy.deepcopy(generator),
        generator_optimiser=Adam(generator.parameters(), DIGIT_RATE, betas=(0.0, 0.99)),
        judge_optimiser=Adam(judge.parameters(), DIGIT_RATE, betas=(0.0, 0.99)),
    )


def _forge(generator: nn.Module, n: int, rng: torch.Generator) -> Tensor:
    weight = next(generator.parameters())
    z = torch.randn(n, generator.latent, generator=rng)
    return generator(z.to(weight))
