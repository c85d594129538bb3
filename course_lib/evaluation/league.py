"""Rate every set of clips by one protocol: against real ones, with intervals.

Real clips are those of shape motion, 16 frames of 64 x 64 pixels in colour, every
second frame of a crossing. Features are those of the course's clip classifier: what is
computed on them is no FVD.
"""

from functools import cache, partial
from typing import NamedTuple

import torch
from torch import Generator

from course_lib.evaluation import video_gan_table
from course_lib.metrics.clip_sets import refuse_odd_clips
from course_lib.metrics.content import average_content_distance
from course_lib.metrics.feature_sets import Features
from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.intervals import Interval, bootstrap_interval, intervals_of
from course_lib.metrics.kernel_distance import kernel_distance
from course_lib.metrics.manifold import density_coverage, precision_recall
from course_lib.metrics.warping import warping_errors
from course_lib.mocogan.training import Clips
from course_lib.training.classifier import classifier, features_of

CLIPS, REAL_CLIPS, REAL_SEED = 256, 256, 2020  # rated; compared with, and their seed
SHAPE = (16, 3, 64, 64)  # of a clip
NEAREST, DRAWS, LEVEL, WARPED = 5, 100, 0.9, 48
FEWEST = 2 * (NEAREST + 1)  # clips that sets are compared with: half of them have balls

PROTOCOL = (
    f"{REAL_CLIPS} real clips of shape motion, 16 frames at stride 2, 64 x 64; "
    f"features: the course's clip classifier (64 numbers), no FVD; {NEAREST} nearest; "
    f"warping error of the first {WARPED} clips; intervals: {LEVEL:.0%}, of clips "
    "drawn anew from one model"
)


class Rating(NamedTuple):
    """A row of the table: each figure with its interval, None where it has none.

    ``distance`` (0 to 255), ``empty`` (share), ``step`` (pixels): the content distance.
    ``frechet``, ``kernel``, ``precision``, ``recall``, ``density``, ``coverage``:
    against the real clips; None for fewer than 12 clips. ``warping``: the warping
    error, pixels in [-1, 1]. ``motion``: the share of clips in which the classifier
    sees the motion that was asked for; None where none was asked for. The end of an
    interval may lie beyond what a share can be; recall and coverage are shares of the
    real clips, which are not drawn anew.
    """

    distance: Interval
    empty: Interval
    step: Interval
    frechet: Interval | None
    kernel: Interval | None
    precision: Interval | None
    recall: Interval | None
    density: Interval | None
    coverage: Interval | None
    warping: Interval
    motion: Interval | None


@torch.no_grad()
def rate(drawn: Clips, *, n_draws: int = DRAWS) -> Rating:
    """Every figure of one set of clips; asked twice, it answers the same.

    Raises:
        ValueError: unless there are two clips or more of 16 frames of 64 x 64 pixels in
            colour, finite, in [-1, 1].
    """
    videos = drawn.videos
    refuse_odd_clips(videos, clips=2)
    if videos.shape[1:] != SHAPE:
        raise ValueError(
            f"The classifier was trained on clips of {SHAPE}, (time, channel, height, "
            f"width); these are {tuple(videos.shape[1:])}. Cut and resize them first."
        )
    rng = Generator().manual_seed(0)
    mean = partial(bootstrap_interval, rng=rng, level=LEVEL)
    content = [average_content_distance(clip[None]) for clip in videos]
    columns = torch.tensor(content, dtype=torch.float64).T
    features = features_of(videos)
    sets = [None] * 6
    if len(videos) >= FEWEST:
        of_set = partial(against, real_features())
        sets = intervals_of(of_set, features, rng, level=LEVEL, n_draws=n_draws)
    motion = None
    if drawn.category is not None:
        named = classifier().heads[0](features.float()).argmax(dim=1)
        motion = mean((named == drawn.category).double())
    warping = mean(warping_errors(videos[:WARPED]).error)
    return Rating(*map(mean, columns), *sets, warping, motion)


def against(real: Features, drawn: Features) -> tuple[float, ...]:
    """The figures of a set against real features, in the order of a rating."""
    return (
        frechet_distance(real, drawn),
        kernel_distance(real, drawn),
        *precision_recall(real, drawn, k=NEAREST),
        *density_coverage(real, drawn, k=NEAREST),
    )


def noticed(broken: Interval | None, whole: Interval | None) -> bool:
    """Whether two figures differ beyond their intervals: these do not meet."""
    if broken is None or whole is None:
        return False
    return broken.low > whole.high or broken.high < whole.low


def real_clips(n: int = REAL_CLIPS, *, seed: int = REAL_SEED) -> Clips:
    """Real clips as a model would draw them; those of another seed are its rivals."""
    return video_gan_table.real_clips(n, Generator().manual_seed(seed))


@cache
def real_features() -> Features:
    """Features of the real clips that all others are compared with."""
    return features_of(real_clips().videos)
