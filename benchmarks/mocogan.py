"""One training step of MoCoGAN: both discriminators and the generator."""

from contextlib import nullcontext
from functools import partial

import torch

from benchmarks.plain import mocogan as released
from benchmarks.profiling import with_profile
from benchmarks.ratio import Pair, Work
from benchmarks.tables import side_of
from course_lib.data.shape_motion import sample_clips
from course_lib.mocogan.train_state import init_paper_mocogan
from course_lib.mocogan.training import Clips, TrainConfig, train_step
from course_lib.training.precision import bfloat16_autocast

TITLE = "one training step of MoCoGAN"
BATCH, BAR = 4, 1.8
CALLS = 0  # of a side in a fresh process, after the first
WORDS = f"""
The paper's networks in float32, {BATCH} clips of 16 frames of 64 x 64 pixels and as
many frames a batch, where the release takes 32. The peer is the released procedure,
written plainly in `benchmarks/plain/mocogan.py`. Where ours does less:

- Both discriminators use the same generated clips, made without a graph. The release
  generates frames and clips separately, with graphs that are thrown away, and rolls out
  2TB paths for B frames.
- The generator's gradients are computed for its own parameters only. In the release
  they are also computed for both discriminators, and discarded.
- The image generator and the image discriminator use channels-last memory format.

Where it does more: a moving average of the generator's weights is kept. A processor
that multiplies in 16 bits gets a third row; the course's trainings use them there.

What limits the ratio: the release does only 1.11 times as many multiplications and
additions as ours, and four fifths of both sides' time go into convolutions of equal
speed. In 32 bits a ratio of 1.8 is out of reach without another video discriminator.
The channels-last format in that discriminator, too, changed nothing here.
"""


def ours(noise: bool, short: bool) -> Work:
    """One training step of the library, without R1, as in the release."""
    rng = torch.Generator().manual_seed(0)
    clips = sample_clips(BATCH, rng)
    real, state = Clips(clips.videos, clips.motion), init_paper_mocogan(rng)
    config = TrainConfig(r1_gamma=0.0, input_noise=noise)

    def step() -> object:
        with bfloat16_autocast(rng.device) if short else nullcontext():
            return train_step(state, real, config, rng)

    return step


def plain(noise: bool) -> Work:
    """One training step of the released procedure."""
    rng = torch.Generator().manual_seed(0)
    clips, state = sample_clips(BATCH, rng), released.init_state()
    return lambda: released.train_step(
        state, clips.videos, clips.motion, rng, noise=noise
    )


def has_short_floats() -> bool:
    """Whether the course's trainings compute in 16 bits on this processor."""
    with bfloat16_autocast(torch.device("cpu")):
        return torch.is_autocast_enabled("cpu")


ROWS = {
    "with input noise": (True, False),
    "without input noise": (False, False),
    **({"with it, ours in bfloat16": (True, True)} if has_short_floats() else {}),
}
PAIRS = tuple(
    Pair(name, partial(ours, noise, short), partial(plain, noise), BAR, rounds=3)
    for name, (noise, short) in ROWS.items()
)


def prepare(name: str, side: str) -> Work:
    """One side of a pair."""
    return side_of(PAIRS, name, side)


def report() -> str:
    """Table of the ratios, with a profile and the share of the peak throughput."""
    return with_profile("mocogan", PAIRS, WORDS)
