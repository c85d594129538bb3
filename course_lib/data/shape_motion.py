"""One coloured shape crosses the frame on a random curve: content apart from motion.

Squares and circles of 8 to 14 pixels in one colour on black, left to right or top to
bottom, never clipped, without anti-aliasing: the rules of the data set that MoCoGAN
was shown with, made here on the device and without end.

Source: Tulyakov, Liu, Yang and Kautz 2018, section 4; the rules are those of the
released files, which differ from the paper's text in their number and length.
"""

from functools import cache
from math import comb
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.data.compositing import BLACK, CANVAS, paste
from course_lib.shapes import Labels, PerClip, Videos

MOTIONS = ("left to right", "top to bottom")
SHAPES = ("square", "circle")
SIZES = (8, 10, 12, 14)  # pixels: the side, or the diameter
FRAMES = 32  # of a whole crossing
DEGREE = 4  # of the Bezier curve

Colours = Float[Tensor, "batch channel"]
Paths = Float[Tensor, "batch time axis"]
Weights = Float[Tensor, "time control"]


class LabelledClips(NamedTuple):
    """Clips in colour, and all that is behind them.

    ``motion`` and ``shape`` count through MOTIONS and SHAPES; ``size`` is in pixels;
    ``colour`` is red, green, blue in [-1, 1], a multiple of 1/255 of the range;
    ``path`` holds x, y of the centre in pixels from the top left corner of the frame,
    as drawn: whole numbers, where four pixels meet.
    """

    videos: Videos
    motion: Labels
    shape: Labels
    size: Labels
    colour: Colours
    path: Paths


def sample_clips(n: int, rng: torch.Generator, *, n_frames: int = 16) -> LabelledClips:
    """Draw n clips of 64 x 64 pixels, on the device of ``rng``.

    32 frames are the whole crossing; 16 are every second of them, from frame 0 or 1.

    Raises:
        ValueError: for another number of frames, or n below 1.
    """
    if n_frames not in (FRAMES, FRAMES // 2) or n < 1:
        raise ValueError(
            f"Shape motion has clips of {FRAMES // 2} or {FRAMES} frames, at least one "
            f"clip; got n_frames={n_frames}, n={n}."
        )
    motion, shape, which = (_labels(count, n, rng) for count in (2, 2, len(SIZES)))
    size = torch.tensor(SIZES, device=rng.device)[which]
    bytes_ = torch.randint(256, (n, 3), generator=rng, device=rng.device)
    colour = bytes_ / 127.5 - 1
    path = crossing(motion, size / 2, rng).round()
    if n_frames < FRAMES:
        first = _labels(2, n, rng)[:, None]
        path = torch.where(first[..., None] == 0, path[:, 0::2], path[:, 1::2])
    return LabelledClips(
        draw(shape, size, colour, path), motion, shape, size, colour, path
    )


def _labels(count: int, n: int, rng: torch.Generator) -> Labels:
    return torch.randint(count, (n,), generator=rng, device=rng.device)


def crossing(motion: Labels, radius: PerClip, rng: torch.Generator) -> Paths:
    """Centres of a shape that crosses the frame along a quartic Bezier curve.

    It starts one radius from one side, ends one radius from the other at the same
    height; the three inner control points lie anywhere that leaves the shape whole.
    """
    n = len(motion)
    along, across = torch.rand(2, n, DEGREE + 1, generator=rng, device=rng.device)
    along[:, 0], along[:, -1] = 0, 1
    across[:, -1] = across[:, 0]
    down = (motion == 1)[:, None]
    x, y = torch.where(down, across, along), torch.where(down, along, across)
    unit = bernstein(FRAMES, device=rng.device) @ torch.stack((x, y), dim=-1)
    radius = radius[:, None, None]
    return radius + (CANVAS - 2 * radius) * unit  # radius .. CANVAS - radius


@cache
def bernstein(n_times: int, device: torch.device) -> Weights:
    """Weights of the control points at n times from 0 to 1; each row sums to 1."""
    t = torch.linspace(0, 1, n_times, device=device)[:, None]
    k = torch.arange(DEGREE + 1, device=device)
    binomial = torch.tensor([comb(DEGREE, i) for i in range(DEGREE + 1)], device=device)
    return binomial * t**k * (1 - t) ** (DEGREE - k)


def draw(shape: Labels, size: Labels, colour: Colours, path: Paths) -> Videos:
    """Paint each shape around its path: a pixel belongs to it or does not.

    A pixel is inside if its middle is: at most a radius away from the centre, for a
    square along each axis, for a circle as the crow flies.
    """
    side = max(SIZES)
    centre = path.long()
    corner = (centre - side // 2).clamp(0, CANVAS - side)
    steps = torch.arange(side, device=path.device) + 0.5
    squares = (corner[..., None] + steps - centre[..., None]).square()
    x, y = squares[:, :, 0, None, :], squares[:, :, 1, :, None]
    circle = (shape == 1)[:, None, None, None]
    reach = torch.where(circle, x + y, torch.maximum(x, y))
    inside = reach <= (size / 2).square()[:, None, None, None]
    pictures = torch.where(inside[:, :, None], colour[:, None, :, None, None], BLACK)
    return paste(pictures[:, :, None], corner[:, :, None])
