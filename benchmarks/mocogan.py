"""One iteration of MoCoGAN: both judges and the generator move once."""

from contextlib import nullcontext
from functools import partial

import torch

from benchmarks.plain import mocogan as released
from benchmarks.profiling import with_profile
from benchmarks.ratio import Pair, Work
from benchmarks.tables import side_of
from course_lib.data.shape_motion import sample_clips
from course_lib.mocogan.train_state import paper_players
from course_lib.mocogan.training import Clips, Recipe, train_step
from course_lib.training.precision import short_floats

TITLE = "one iteration of MoCoGAN"
BATCH, BAR = 4, 1.8
CALLS = 0  # of a side in a fresh process, after the first
WORDS = f"""
The paper's networks in float32, {BATCH} clips of 16 frames of 64 x 64 pixels and as
many frames a batch, where the release takes 32. The peer is the released procedure,
written plainly in `benchmarks/plain/mocogan.py`. Where ours does less:

- One batch of fakes serves both judges, drawn without a graph. The release draws frames
  and clips apart, with graphs that are thrown away, and rolls out 2TB paths for B
  frames.
- The generator's slopes are taken in its own weights alone. In the release they are
  computed in both judges, too, and forgotten.
- Painter and frame judge keep channels last in memory.

Where it does more: a running average of the generator is kept. A processor that
multiplies in 16 bits gets a third row; the course's trainings use them there.

What was left: the release multiplies and adds 1.11 times as much as ours, no more, and
four fifths of both sides' time go into convolutions of equal speed. In 32 bits a bar of
1.8 is out of reach without another judge of clips. Channels last in that judge, too,
brought nothing here.
"""


def ours(noise: bool, short: bool) -> Work:
    """One iteration of the library, its judges without R1, as in the release."""
    rng = torch.Generator().manual_seed(0)
    clips = sample_clips(BATCH, rng)
    real, playing = Clips(clips.videos, clips.motion), paper_players(rng)
    recipe = Recipe(gamma=0.0, noise=noise)

    def step() -> object:
        with short_floats(rng.device) if short else nullcontext():
            return train_step(playing, real, recipe, rng)

    return step


def plain(noise: bool) -> Work:
    """One iteration of the released procedure."""
    rng = torch.Generator().manual_seed(0)
    clips, playing = sample_clips(BATCH, rng), released.players()
    return lambda: released.train_step(
        playing, clips.videos, clips.motion, rng, noise=noise
    )


def has_short_floats() -> bool:
    """Whether the course's trainings compute in 16 bits on this processor."""
    with short_floats(torch.device("cpu")):
        return torch.is_autocast_enabled("cpu")


ROWS = {
    "with noise on what judges read": (True, False),
    "without it": (False, False),
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
    """The ratios, where the time goes, and how near that is to what is possible."""
    return with_profile("mocogan", PAIRS, WORDS)
