"""Clips drawn one after the other, each frame by itself: the usual data set.

As in most published code: NumPy, a Python loop over clips and frames, and for every
frame a mask over its pixels, or a digit laid over what is there.
"""

from math import comb, cos, pi, sin

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

CANVAS, CROSSING, DEGREE = 64, 32, 4
SIZES = (8, 10, 12, 14)
DIGIT, STEP = 28, 0.1
ROOM = CANVAS - DIGIT


def shape_clips(n: int, rng: Generator) -> Tensor:
    """Clips of shape motion, 16 frames, float32 in [-1, 1]."""
    return torch.from_numpy(np.stack([shape_clip(rng) for _ in range(n)]))


def shape_clip(rng: Generator) -> NDArray:
    """One clip: every second frame of a crossing, from frame 0 or 1."""
    circle, size = bool(rng.integers(2)), SIZES[rng.integers(4)]
    colour = rng.integers(256, size=3) / 127.5 - 1
    path = crossing(bool(rng.integers(2)), size / 2, rng.random((2, DEGREE + 1)))
    path = path[rng.integers(2) :: 2]
    return np.stack([shape_frame(circle, size, colour, position) for position in path])


def crossing(down: bool, radius: float, points: NDArray) -> NDArray:
    """Places, (32, 2), on the curve of control points (along and across, 5), 0 to 1."""
    along, across = points.copy()
    along[0], along[-1], across[-1] = 0, 1, across[0]
    path = []
    for t in np.linspace(0, 1, CROSSING):
        share = [
            comb(DEGREE, k) * t**k * (1 - t) ** (DEGREE - k) for k in range(DEGREE + 1)
        ]
        position = np.dot(share, along), np.dot(share, across)
        path.append(position[::-1] if down else position)
    return np.round(radius + (CANVAS - 2 * radius) * np.array(path))


def shape_frame(circle: bool, size: int, colour: NDArray, position: NDArray) -> NDArray:
    """One frame, (channel, height, width): a pixel whose middle is inside is lit."""
    middle = np.arange(CANVAS) + 0.5
    x, y = (middle - position[0])[None, :], (middle - position[1])[:, None]
    far = x**2 + y**2 if circle else np.maximum(x**2, y**2)
    inside = far <= (size / 2) ** 2
    return np.where(inside, colour[:, None, None], -1.0).astype(np.float32)


def digit_clips(n: int, digits: NDArray, rng: Generator) -> Tensor:
    """Clips of two moving digits, 20 frames, float32 in [-1, 1]."""
    return torch.from_numpy(np.stack([digit_clip(digits, rng) for _ in range(n)]))


def digit_clip(digits: NDArray, rng: Generator) -> NDArray:
    """One clip, (time, 1, height, width): the brighter of two digits wins."""
    clip = np.full((20, 1, CANVAS, CANVAS), -1.0, dtype=np.float32)
    for _ in range(2):
        image = digits[rng.integers(len(digits))]
        for frame, (x, y) in zip(clip, bounce(rng, len(clip)), strict=True):
            lay(image, frame[0], x, y)
    return clip


def lay(image: NDArray, frame: NDArray, x: int, y: int) -> None:
    """Lay a digit into a frame, in place."""
    window = frame[y : y + DIGIT, x : x + DIGIT]
    np.maximum(window, image, out=window)


def bounce(rng: Generator, n_frames: int) -> list[tuple[int, int]]:
    """Corners in pixels: move, clamp and reflect at a wall, then store."""
    position, angle = rng.random(2), rng.uniform(0, 2 * pi)
    velocity, path = STEP * np.array((cos(angle), sin(angle))), []
    for _ in range(n_frames):
        position = position + velocity
        for axis in range(2):
            if position[axis] <= 0 or position[axis] >= 1:
                position[axis] = min(max(position[axis], 0.0), 1.0)
                velocity[axis] = -velocity[axis]
        path.append((int(ROOM * position[0]), int(ROOM * position[1])))
    return path
