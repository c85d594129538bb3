"""Clips made on the spot: thousands at once against one after the other."""

from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch

from benchmarks.plain import clips as plain
from benchmarks.ratio import Pair, Work, seconds
from benchmarks.tables import duration, pairs_table, side_of
from course_lib.data import moving_digits, shape_motion
from course_lib.data.handwritten_digits import images
from course_lib.data.splits import split_range

TITLE = "clips a second"
BATCH, BAR = 32, 20.0
CALLS = 0  # of a side in a fresh process, after the first
WORDS = f"""
{BATCH} clips of 64 x 64 pixels, float32 in [-1, 1]: 16 frames in colour of shape
motion, 20 grey frames of moving digits. The first peer of each is a loop over clips and
frames in NumPy (`benchmarks/plain/clips.py`), the second our own sampler asked for one
clip at a time, as a data set does that is read item by item. What all of them write is
the same: {BATCH * 16 * 3 * 64**2 * 4 / 1e6:.0f} MB and {
    BATCH * 20 * 64**2 * 4 / 1e6:.0f} MB.

No sampler is faster than memory: left black, the same batches took %s and %s here.
Beyond that ours writes the pixels of shapes and digits, and calls some hundred small
operators, which take a larger batch no longer.
"""


def at_once(sample: Callable[..., Any]) -> Work:
    """A sampler of the library, asked for all clips."""
    rng = torch.Generator().manual_seed(0)
    return lambda: sample(BATCH, rng)


def one_by_one(sample: Callable[..., Any]) -> Work:
    """The same, asked for one clip after the other; they are stacked in the end."""
    rng = torch.Generator().manual_seed(0)

    def videos() -> torch.Tensor:
        clip = sample(1, rng)
        return clip if isinstance(clip, torch.Tensor) else clip.videos

    return lambda: torch.cat([videos() for _ in range(BATCH)])


def shapes_in_a_loop() -> Work:
    """Shape motion in NumPy."""
    rng = np.random.default_rng(0)
    return lambda: plain.shape_clips(BATCH, rng)


def digits_in_a_loop() -> Work:
    """Moving digits in NumPy, of the digits that training shows."""
    pictures = images(size=moving_digits.DIGIT).images.numpy()[:, 0]
    chosen = split_range(len(pictures), "train")
    pictures, rng = pictures[chosen.start : chosen.stop], np.random.default_rng(0)
    return lambda: plain.digit_clips(BATCH, pictures, rng)


SHAPES, DIGITS = (
    partial(at_once, sample)
    for sample in (shape_motion.sample_clips, moving_digits.sample_clips)
)
PAIRS = (
    Pair("shape motion, NumPy loop", SHAPES, shapes_in_a_loop, BAR, rounds=5),
    Pair("moving digits, NumPy loop", DIGITS, digits_in_a_loop, BAR, rounds=5),
    Pair(
        "shape motion, one by one",
        SHAPES,
        partial(one_by_one, shape_motion.sample_clips),
        rounds=5,
    ),
    Pair(
        "moving digits, one by one",
        DIGITS,
        partial(one_by_one, moving_digits.sample_clips),
        rounds=5,
    ),
)


def prepare(name: str, side: str) -> Work:
    """One side of a pair."""
    return side_of(PAIRS, name, side)


def black(*shape: int) -> str:
    """The time in which a batch of black frames is written, in words."""
    write = partial(torch.full, (BATCH, *shape, 64, 64), -1.0)
    write()
    return duration(median(seconds(write, 20, perf_counter) for _ in range(7)))


def report() -> str:
    """The ratios."""
    table = pairs_table("clips", PAIRS)
    return f"{table}\n\n{WORDS.strip() % (black(16, 3), black(20, 1))}"
