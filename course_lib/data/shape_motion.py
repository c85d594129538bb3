"""Shape motion: labelled clips of one coloured shape that crosses the frame.

A square or circle of 8 to 14 pixels in one colour moves on a random curve over black,
from left to right or from top to bottom. It never leaves the frame and is not
anti-aliased. These are the rules of the Shape Motion data set of MoCoGAN; the clips are
generated on the device of the random generator.

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
CLIP_FRAMES = FRAMES // 2  # of a clip, by default: every second frame
FRAME_SHAPE = (3, CANVAS, CANVAS)  # channels, height, width
DEGREE = 4  # of the Bezier curve

Colours = Float[Tensor, "batch channel"]
Paths = Float[Tensor, "batch time axis"]
Weights = Float[Tensor, "time control"]


class LabelledClips(NamedTuple):
    """RGB clips and their labels.

    Attributes:
        videos: Clips in [-1, 1].
        motion: Index into MOTIONS.
        shape: Index into SHAPES.
        size: Side or diameter in pixels.
        colour: Red, green, blue in [-1, 1], each one of 256 levels.
        path: x, y of the centre in each frame, in pixels from the top left corner of
            the frame. They are integers: the corner at which four pixels meet.
    """

    videos: Videos
    motion: Labels
    shape: Labels
    size: Labels
    colour: Colours
    path: Paths


def sample_clips(
    n: int, rng: torch.Generator, *, n_frames: int = CLIP_FRAMES
) -> LabelledClips:
    """Sample n clips of 64 x 64 pixels, on the device of ``rng``.

    With 32 frames a clip shows the whole crossing; with 16 it shows every second of
    these frames, from frame 0 or frame 1 on.

    Raises:
        ValueError: for another number of frames, or n below 1.
    """
    if n_frames not in (FRAMES, CLIP_FRAMES) or n < 1:
        raise ValueError(
            f"Shape motion has clips of {CLIP_FRAMES} or {FRAMES} frames, at least one "
            f"clip; got n_frames={n_frames}, n={n}."
        )
    motion, shape, size_index = (
        _labels(len(values), n, rng) for values in (MOTIONS, SHAPES, SIZES)
    )
    size = torch.tensor(SIZES, device=rng.device)[size_index]
    levels = torch.randint(256, (n, 3), generator=rng, device=rng.device)
    colour = levels / 127.5 - 1
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

    The curve starts one radius from one side and ends one radius from the opposite side
    at the same height. The three inner control points are uniform over all positions at
    which the shape lies inside the frame.
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
    """Bernstein polynomials at n times from 0 to 1, (time, control point).

    Each row holds the weights of the control points and sums to 1.
    """
    t = torch.linspace(0, 1, n_times, device=device)[:, None]
    k = torch.arange(DEGREE + 1, device=device)
    binomial = torch.tensor([comb(DEGREE, i) for i in range(DEGREE + 1)], device=device)
    return binomial * t**k * (1 - t) ** (DEGREE - k)


def draw(shape: Labels, size: Labels, colour: Colours, path: Paths) -> Videos:
    """Render each shape along its path, without anti-aliasing.

    A pixel belongs to the shape if its centre is at most one radius away from the
    centre of the shape: in the maximum norm for a square, in the Euclidean norm for a
    circle.
    """
    side = max(SIZES)
    centre = path.long()
    corner = (centre - side // 2).clamp(0, CANVAS - side)
    steps = torch.arange(side, device=path.device) + 0.5
    squares = (corner[..., None] + steps - centre[..., None]).square()
    x, y = squares[:, :, 0, None, :], squares[:, :, 1, :, None]
    circle = (shape == 1)[:, None, None, None]
    squared_distance = torch.where(circle, x + y, torch.maximum(x, y))
    inside = squared_distance <= (size / 2).square()[:, None, None, None]
    pictures = torch.where(inside[:, :, None], colour[:, None, :, None, None], BLACK)
    return paste(pictures[:, :, None], corner[:, :, None])
