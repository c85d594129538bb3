"""Moving digits: clips of two handwritten digits that bounce inside the frame.

The rules are those of Moving MNIST. Digits have 28 pixels, frames 64. A digit moves 3.6
pixels a frame in a random direction and is reflected at the borders. Where digits
overlap, the brighter pixel is shown.

Source: Srivastava, Mansimov and Salakhutdinov 2015, section 3.2, and their code.
"""

from functools import cache
from math import pi
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.data.compositing import CANVAS, paste
from course_lib.data.handwritten_digits import images
from course_lib.data.splits import split_range
from course_lib.shapes import Images, Videos

DIGIT = 28  # pixels, height and width
ROOM = CANVAS - DIGIT  # pixels that a digit's corner can move, 0 to 36
STEP = 0.1  # of the room, a frame
FRAMES = 20  # ten of context, ten to predict
FRAME_SHAPE = (1, CANVAS, CANVAS)  # channels, height, width
TEST_CLIPS, TEST_SEED = 1000, 2015

Corners = Float[Tensor, "batch digit axis"]
Paths = Float[Tensor, "batch time digit axis"]
Pictures = Float[Tensor, "batch digit side side"]


class Scenes(NamedTuple):
    """Images, initial positions and velocities of the digits of each clip.

    Axes are x, y. Positions are fractions of ROOM, from 0 to 1; ``velocity`` is in the
    same unit for each frame, and its norm is STEP.
    """

    images: Pictures
    start: Corners
    velocity: Corners


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
    return render(sample_scenes(n, rng, n_digits=n_digits, split=split), n_frames)


def test_clips(n: int = TEST_CLIPS) -> Videos:
    """The first n of the thousand test clips of all tables, on the CPU.

    They are always the same, with digits of the test split. All of them take 330 MB.

    Raises:
        ValueError: if n is not between 1 and TEST_CLIPS.
    """
    if not 1 <= n <= TEST_CLIPS:
        raise ValueError(f"There are {TEST_CLIPS} test clips, got n={n}.")
    rng = torch.Generator().manual_seed(TEST_SEED)
    scenes = sample_scenes(TEST_CLIPS, rng, n_digits=2, split="test")
    return render(Scenes(*(field[:n] for field in scenes)), FRAMES)


def check_positive_counts(n: int, n_frames: int, n_digits: int) -> None:
    """Check that numbers of clips, frames and digits are at least 1.

    Raises:
        ValueError: if one of them is below 1.
    """
    if min(n, n_frames, n_digits) < 1:
        raise ValueError(
            "Clips, frames and digits count from 1, got "
            f"n={n}, n_frames={n_frames}, n_digits={n_digits}."
        )


def sample_scenes(n: int, rng: torch.Generator, *, n_digits: int, split: str) -> Scenes:
    """Sample images with replacement, positions and directions uniformly."""
    sources = split_range(len(_digits(rng.device)), split)
    shape = {"size": (n, n_digits), "generator": rng, "device": rng.device}
    indices = torch.randint(sources.start, sources.stop, **shape)
    start = torch.rand(n, n_digits, 2, generator=rng, device=rng.device)
    angle = 2 * pi * torch.rand(**shape)
    velocity = STEP * torch.stack((angle.cos(), angle.sin()), dim=-1)
    return Scenes(_digits(rng.device)[indices, 0], start, velocity)


def bounce(start: Corners, velocity: Corners, n_frames: int) -> Paths:
    """Positions in each frame, from 0 to 1: move, clamp, reflect at the walls."""
    position, path = start, []
    for _ in range(n_frames):
        position = (position + velocity).clamp(0, 1)
        at_wall = position.frac() == 0  # 0 or 1, also if clamped
        velocity = torch.where(at_wall, -velocity, velocity)
        path.append(position)
    return torch.stack(path, dim=1)


def render(scenes: Scenes, n_frames: int) -> Videos:
    """The clips of these scenes; digits are reflected at the walls."""
    return draw(scenes.images, bounce(scenes.start, scenes.velocity, n_frames))


def draw(images: Pictures, path: Paths) -> Videos:
    """Clips with each image along its path; positions are truncated to whole pixels."""
    corners = (ROOM * path).long()  # int(36 x)
    layers = images[:, None, :, None].expand(-1, path.shape[1], -1, -1, -1, -1)
    return paste(layers, corners)


@cache
def _digits(device: torch.device) -> Images:
    """All 1,797 digits with 28 pixels, in [-1, 1]; cached for each device."""
    return images(size=DIGIT).images.to(device)
