"""Two handwritten digits bounce in a frame: what will the next ten frames show?

The rules of Moving MNIST: 28-pixel digits on 64 pixels, 3.6 pixels a frame in any
direction; move, then store; at a wall clamp and reflect; overlaps take the brighter.

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
from course_lib.data.splits import part
from course_lib.shapes import Images, Videos

DIGIT = 28  # pixels, height and width
ROOM = CANVAS - DIGIT  # pixels that a digit's corner can move, 0 to 36
STEP = 0.1  # of the room, a frame
FRAMES = 20  # ten to look at, ten to predict
TEST_CLIPS, TEST_SEED = 1000, 2015

Corners = Float[Tensor, "batch digit axis"]
Paths = Float[Tensor, "batch time digit axis"]
Pictures = Float[Tensor, "batch digit side side"]


class Scenes(NamedTuple):
    """What decides a clip: which images, from where (0 to 1 of the room), how fast.

    Axes are x, y; ``velocity`` is in rooms a frame and STEP long.
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
    """Draw n grey clips, on the device of ``rng``; each part has digits of its own.

    Raises:
        ValueError: if there is no such split, or a number is below 1.
    """
    refuse_none(n, n_frames, n_digits)
    return render(sample_scenes(n, rng, n_digits=n_digits, split=split), n_frames)


def test_clips(n: int = TEST_CLIPS) -> Videos:
    """The first n of the thousand clips that every table is made on, on the CPU.

    Always the same clips, of digits that no other split shows; a thousand of them take
    330 MB.

    Raises:
        ValueError: if n is not between 1 and TEST_CLIPS.
    """
    if not 1 <= n <= TEST_CLIPS:
        raise ValueError(f"There are {TEST_CLIPS} test clips, got n={n}.")
    rng = torch.Generator().manual_seed(TEST_SEED)
    scenes = sample_scenes(TEST_CLIPS, rng, n_digits=2, split="test")
    return render(Scenes(*(field[:n] for field in scenes)), FRAMES)


def refuse_none(n: int, n_frames: int, n_digits: int) -> None:
    """Let numbers pass that a clip can be made of.

    Raises:
        ValueError: if one of them is below 1.
    """
    if min(n, n_frames, n_digits) < 1:
        raise ValueError(
            "Clips, frames and digits count from 1, got "
            f"n={n}, n_frames={n_frames}, n_digits={n_digits}."
        )


def sample_scenes(n: int, rng: torch.Generator, *, n_digits: int, split: str) -> Scenes:
    """Choose images with replacement, corners and directions uniformly."""
    chosen = part(len(_digits(rng.device)), split)
    shape = {"size": (n, n_digits), "generator": rng, "device": rng.device}
    which = torch.randint(chosen.start, chosen.stop, **shape)
    start = torch.rand(n, n_digits, 2, generator=rng, device=rng.device)
    angle = 2 * pi * torch.rand(**shape)
    velocity = STEP * torch.stack((angle.cos(), angle.sin()), dim=-1)
    return Scenes(_digits(rng.device)[which, 0], start, velocity)


def bounce(start: Corners, velocity: Corners, n_frames: int) -> Paths:
    """Corners at each frame, 0 to 1 of the room: move, clamp, reflect, then store."""
    place, path = start, []
    for _ in range(n_frames):
        place = (place + velocity).clamp(0, 1)
        at_wall = place.frac() == 0  # 0 or 1: there, or beyond before the clamp
        velocity = torch.where(at_wall, -velocity, velocity)
        path.append(place)
    return torch.stack(path, dim=1)


def render(scenes: Scenes, n_frames: int) -> Videos:
    """The frames of the scenes, whose digits bounce as a ball does."""
    return draw(scenes.images, bounce(scenes.start, scenes.velocity, n_frames))


def draw(images: Pictures, path: Paths) -> Videos:
    """Frames with each image at its path; corners are cut off to whole pixels."""
    corners = (ROOM * path).long()  # int(36 x)
    pictures = images[:, None, :, None].expand(-1, path.shape[1], -1, -1, -1, -1)
    return paste(pictures, corners)


@cache
def _digits(device: torch.device) -> Images:
    """All 1,797 digits, 28 pixels high, in [-1, 1]; read and enlarged once a device."""
    return images(size=DIGIT).images.to(device)
