"""Restless digits: moving digits that leave a wall in a random direction.

The rules are those of ``moving_digits`` with one exception: at a wall, a digit gets a
new direction, uniform among those that lead away from the wall. Its speed does not
change. Results on these clips are not comparable with results on moving digits.

Source: after Denton and Fergus 2018, section 4.1, whose digits also change their speed.
"""

from math import pi

import torch

from course_lib.data.compositing import CANVAS
from course_lib.data.moving_digits import (
    STEP,
    Corners,
    Paths,
    check_positive_counts,
    draw,
    sample_scenes,
)
from course_lib.shapes import Videos

FRAMES = 15  # five of context, ten to sample
FRAME_SHAPE = (1, CANVAS, CANVAS)  # channels, height, width
TEST_CLIPS, TEST_SEED = 200, 2018


def sample_clips(
    n: int,
    rng: torch.Generator,
    *,
    n_frames: int = FRAMES,
    n_digits: int = 2,
    split: str = "train",
) -> Videos:
    """Sample n grey clips, on the device of ``rng``; no digit is in two splits.

    Shape (n, n_frames, 1, 64, 64), in [-1, 1].

    Raises:
        ValueError: if there is no such split, or a number is below 1.
    """
    check_positive_counts(n, n_frames, n_digits)
    scenes = sample_scenes(n, rng, n_digits=n_digits, split=split)
    return draw(scenes.images, wander(scenes.start, scenes.velocity, n_frames, rng))


def test_clips(n: int = TEST_CLIPS) -> Videos:
    """The first n of the fixed test clips of all tables, on the CPU.

    Raises:
        ValueError: if n is not between 1 and TEST_CLIPS.
    """
    if not 1 <= n <= TEST_CLIPS:
        raise ValueError(f"There are {TEST_CLIPS} test clips, got n={n}.")
    rng = torch.Generator().manual_seed(TEST_SEED)
    return sample_clips(TEST_CLIPS, rng, split="test")[:n]


def wander(
    start: Corners, velocity: Corners, n_frames: int, rng: torch.Generator
) -> Paths:
    """Positions in each frame, from 0 to 1: move, clamp, new direction at the walls."""
    position, path = start, []
    for _ in range(n_frames):
        position = (position + velocity).clamp(0, 1)
        uniform = torch.rand(position.shape[:-1], generator=rng, device=position.device)
        angle = 2 * pi * uniform
        random = STEP * torch.stack((angle.cos(), angle.sin()), dim=-1)
        inward = torch.where(position == 0, random.abs(), -random.abs())
        at_wall = position.frac() == 0  # for each axis
        turned = torch.where(at_wall, inward, random)
        velocity = torch.where(at_wall.any(dim=-1, keepdim=True), turned, velocity)
        path.append(position)
    return torch.stack(path, dim=1)
