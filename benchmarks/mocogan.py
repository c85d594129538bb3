"""One iteration of MoCoGAN: both judges and the generator move once."""

from functools import partial

import torch

from benchmarks.plain import mocogan as released
from benchmarks.profiling import peak, profile_table, roofline, where_time_goes
from benchmarks.ratio import Pair, Work
from benchmarks.tables import pairs_table, side_of
from course_lib.data.shape_motion import sample_clips
from course_lib.mocogan.players import paper_players
from course_lib.mocogan.training import Clips, Recipe, train_step

TITLE = "one iteration of MoCoGAN"
BATCH, BAR = 8, 1.8
CALLS = 1  # of a side in a fresh process, after the first
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

Where it does more: a running average of the generator is kept.
"""


def ours(noise: bool) -> Work:
    """One iteration of the library, its judges without R1, as in the release."""
    rng = torch.Generator().manual_seed(0)
    clips = sample_clips(BATCH, rng)
    real, playing = Clips(clips.videos, clips.motion), paper_players(rng)
    recipe = Recipe(gamma=0.0, noise=noise)
    return lambda: train_step(playing, real, recipe, rng)


def plain(noise: bool) -> Work:
    """One iteration of the released procedure."""
    rng = torch.Generator().manual_seed(0)
    clips, playing = sample_clips(BATCH, rng), released.players()
    return lambda: released.train_step(
        playing, clips.videos, clips.motion, rng, noise=noise
    )


PAIRS = tuple(
    Pair(name, partial(ours, noise), partial(plain, noise), BAR, rounds=5)
    for name, noise in (("with noise on what judges read", True), ("without it", False))
)


def prepare(name: str, side: str) -> Work:
    """One side of a pair."""
    return side_of(PAIRS, name, side)


def report() -> str:
    """The ratio, where the time goes, and how near that is to what is possible."""
    best = peak()
    table = pairs_table("mocogan", PAIRS)
    sides = PAIRS[0].ours(), PAIRS[0].peer()
    lines = [
        f"- {name}: {roofline(work, best)}."
        for name, work in zip(("ours", "peer"), sides, strict=True)
    ]
    where = profile_table(*map(where_time_goes, sides))
    return "\n\n".join((table, WORDS.strip(), "\n".join(lines), where))
