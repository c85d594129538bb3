"""Seat the players: one generator, two judges, and who moves each of them."""

import copy
from functools import partial
from typing import NamedTuple

import torch
from torch.optim import Adam, Optimizer

from course_lib.mocogan.discriminators import (
    ClipJudge,
    FrameJudge,
    patch_judge,
    small_frame_judge,
    stack_judge,
    video_judge,
)
from course_lib.mocogan.video_gan import LAPTOP, PAPER, MoCoGAN, MoCoGANSizes

PULL = 1e-5  # L2, the paper's: where no other slope is, Adam follows it at full speed
PAPER_ADAM = partial(Adam, lr=2e-4, betas=(0.5, 0.999), weight_decay=PULL)
LAPTOP_JUDGES = 24  # channels of both judges at 32x32
LAPTOP_ADAM = partial(Adam, lr=1e-3, betas=(0.0, 0.9))  # a spike is soon forgotten


class Players(NamedTuple):
    """Three networks, the generator's running average, and who moves the three.

    Only the average is sampled from, only the others are trained.
    """

    generator: MoCoGAN
    frame_judge: FrameJudge
    clip_judge: ClipJudge
    average: MoCoGAN
    generator_optimiser: Optimizer
    frame_optimiser: Optimizer
    clip_optimiser: Optimizer


def paper_players(rng: torch.Generator, sizes: MoCoGANSizes = PAPER) -> Players:
    """The released recipe's players, at the start."""
    categories = sizes.latents.categories
    frame_judge = patch_judge(sizes.width, rng)
    clip_judge = video_judge(sizes.width, categories, rng)
    return seated(MoCoGAN(sizes, rng), frame_judge, clip_judge, PAPER_ADAM)


def laptop_players(rng: torch.Generator, sizes: MoCoGANSizes = LAPTOP) -> Players:
    """Players for two cores: cheap judges without batch norm, to be held by R1."""
    categories = sizes.latents.categories
    frame_judge = small_frame_judge(LAPTOP_JUDGES, rng)
    clip_judge = stack_judge(LAPTOP_JUDGES, categories, rng)
    return seated(MoCoGAN(sizes, rng), frame_judge, clip_judge, LAPTOP_ADAM)


def seated(
    generator: MoCoGAN, frame_judge: FrameJudge, clip_judge: ClipJudge, adam: partial
) -> Players:
    """These three with an optimiser each; the average begins as the generator."""
    networks = (generator, frame_judge, clip_judge)
    optimisers = (adam(network.parameters()) for network in networks)
    return Players(*networks, copy.deepcopy(generator), *optimisers)
