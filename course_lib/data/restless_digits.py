"""Two digits that leave a wall in a direction nobody can know: many futures.

The rules of ``moving_digits``, but for one: at a wall, a digit draws its direction
anew, uniformly among those that lead away from it. Its speed stays. Figures on these
clips and on moving digits are never put in one table.

Source: the idea is that of Denton and Fergus 2018, section 4.1; their digits change
their speed too.
"""

from math import pi

import torch

from course_lib.data.moving_digits import (
    STEP,
    Corners,
    Paths,
    draw,
    refuse_none,
    sample_scenes,
)
from course_lib.shapes import Videos

FRAMES = 15  # five to look at, ten to dream
TEST_CLIPS, TEST_SEED = 200, 2018


def sample_clips(
    n: int,
    rng: torch.Generator,
    *,
    n_frames: int = FRAMES,
    n_digits: int = 2,
    split: str = "train",
) -> Videos:
    """Draw n grey clips, on the device of ``rng``; each part has digits of its own.

    Raises:
        ValueError: if there is no such split, or a number is below 1.
    """
    refuse_none(n, n_frames, n_digits)
    scenes = sample_scenes(n, rng, n_digits=n_digits, split=split)
    return draw(scenes.images, wander(scenes.start, scenes.velocity, n_frames, rng))


def test_clips(n: int = TEST_CLIPS) -> Videos:
    """The first n of the clips that every table is made on, always the same.

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
    """Corners at each frame, 0 to 1 of the room: move, clamp, turn, then store."""
    place, path = start, []
    for _ in range(n_frames):
        place = (place + velocity).clamp(0, 1)
        angle = (
            2 * pi * torch.rand(place.shape[:-1], generator=rng, device=place.device)
        )
        drawn = STEP * torch.stack((angle.cos(), angle.sin()), dim=-1)
        inward = torch.where(place == 0, drawn.abs(), -drawn.abs())
        at_wall = place.frac() == 0  # of each axis
        turned = torch.where(at_wall, inward, drawn)
        velocity = torch.where(at_wall.any(dim=-1, keepdim=True), turned, velocity)
        path.append(place)
    return torch.stack(path, dim=1)
