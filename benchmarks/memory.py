"""Freed memory, kept for the next tensor or given back: what does a step take?"""

import ctypes
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import median

from benchmarks import mocogan
from benchmarks.fresh import Cost, in_fresh_processes
from benchmarks.ratio import Work, spread
from benchmarks.tables import duration, markdown, size, with_ends
from benchmarks.works import Form, predictor, rng, sample_of_clips, video_gan
from course_lib.allocator import M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, keep_freed_memory
from course_lib.data import shape_motion
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes

TITLE = "freed memory, kept or given back"
CALLS, ROUNDS = 7, 3
HIGHEST = 2**25  # bytes: up to there glibc raises its own threshold, piece by piece
WORKS: Mapping[str, Callable[[], Work]] = {
    "MoCoGAN, laptop: a step, 16 clips": partial(video_gan, "mocogan", Form(16)),
    "MoCoGAN, paper: a step, 4 clips": partial(mocogan.ours, True, False),
    "the same as released": partial(mocogan.plain, True),
    "ConvLSTM predictor: a step, 16 clips of 20 frames": partial(
        predictor, lambda side: ConvLSTMPredictor(ConvLSTMSizes(), rng()), Form(16, 20)
    ),
    "shape motion: 128 clips": partial(sample_of_clips, shape_motion.sample_clips, 128),
}
PARTS = ("kept", "given back")
HEAD = ("", *PARTS, "given back / kept", *(f"memory, {part}" for part in PARTS))
WORDS = f"""
Each figure is the median of {CALLS} calls after the first, in a fresh process; the two
take turns, {ROUNDS} times. "Kept" is what `import course_lib` asks glibc for
(`course_lib/allocator.py`); "given back" are the thresholds that glibc comes to by
itself: pieces above {HIGHEST / 1e6:.0f} MB go back at once, and so does the end of the
heap. Every page that comes anew is cleared by the system first: in a step of MoCoGAN at
the paper's sizes some 140,000 of them, of 4 kB.

What is kept holds for a whole process, so in the other sections the peers have it, too:
row two kept, beside row three given back, is our iteration beside the released one as
two commands.
"""


def prepare(name: str, part: str) -> Work:
    """A work, with freed memory kept or given back."""
    give_back() if part == "given back" else keep_freed_memory()
    return WORKS[name]()


def give_back() -> None:
    """Undo what the course asks for: the thresholds that glibc itself comes to."""
    mallopt = ctypes.CDLL(None).mallopt
    mallopt(M_MMAP_THRESHOLD, HIGHEST)
    mallopt(M_TRIM_THRESHOLD, 2 * HIGHEST)


def row(name: str, rounds: Sequence[Sequence[Cost]]) -> tuple[str, ...]:
    """The cells of a work: kept and given back, round by round."""
    sides = [*zip(*rounds, strict=True)]
    times = [duration(median(cost.seconds for cost in side)) for side in sides]
    held = [size(median(cost.bytes for cost in side)) for side in sides]
    ratio = spread([back.seconds / kept.seconds for kept, back in rounds])
    return (name, *times, with_ends(ratio), *held)


def report() -> str:
    """The works, one after the other."""
    rows = []
    for name in WORKS:
        arguments = [(name, part) for part in PARTS]
        rounds = [in_fresh_processes("memory", *arguments) for _ in range(ROUNDS)]
        rows.append(row(name, rounds))
    return f"{markdown(HEAD, rows)}\n\n{WORDS.strip()}"
