"""Evaluation of clip sets by one protocol: metrics against real clips, with intervals.

Real clips are those of shape motion: 16 frames of 64 x 64 RGB pixels, every second
frame of a clip. Features are those of the course's clip classifier, so that distances
of them are not FVD. The metrics are entries of ``course_lib.evaluation.registry``.
"""

from collections.abc import Sequence
from functools import cache

import torch
from torch import Generator

from course_lib.evaluation import video_gan_table
from course_lib.evaluation.registry import N_NEIGHBOURS, N_WARPED, measure, select
from course_lib.metrics.clip_sets import check_clips
from course_lib.metrics.feature_sets import Features
from course_lib.metrics.intervals import (
    Interval,
    bootstrap_interval,
    subsampling_intervals,
)
from course_lib.mocogan.training import Clips
from course_lib.training.classifier import classifier, clip_features

N_CLIPS = 256  # of each evaluated set
N_REAL_CLIPS, REAL_SEED = 256, 2020  # of the real set that all others are compared with
SHAPE = (16, 3, 64, 64)  # of a clip
N_DRAWS, LEVEL = 100, 0.9  # of the intervals
MIN_CLIPS = 2 * (N_NEIGHBOURS + 1)  # for metrics of sets: intervals use half of a set

PROTOCOL = (
    f"{N_REAL_CLIPS} real clips of shape motion, 16 frames at stride 2, 64 x 64; "
    f"features: the course's clip classifier (64 numbers), no FVD; {N_NEIGHBOURS} "
    f"nearest; warping error of the first {N_WARPED} clips; intervals: {LEVEL:.0%}, "
    "of clips drawn anew from one model"
)

LEAGUE_METRICS = (
    "distance",
    "empty",
    "step",
    "frechet",
    "kernel",
    "precision",
    "recall",
    "density",
    "coverage",
    "warping",
    "motion",
)
"""The metrics of the league in the order of its columns."""

Scores = dict[str, Interval | None]
"""Each metric of the league with its interval; None if it cannot be computed.

An interval may extend beyond the range of its metric. Recall and coverage are fractions
of the real clips, which are not resampled.
"""


@torch.no_grad()
def evaluate_clips(clips: Clips, *, n_draws: int = N_DRAWS) -> Scores:
    """All metrics of the league for one set of clips; repeatable.

    Metrics that compare sets of features are None for fewer than ``MIN_CLIPS`` clips;
    "motion" is None for clips without a category. ``n_draws`` is the number of draws
    behind the intervals of metrics that compare sets.

    Raises:
        ValueError: unless there are two clips or more of 16 frames of 64 x 64 RGB
            pixels, finite, in [-1, 1].
    """
    videos = clips.videos
    check_clips(videos, min_clips=2)
    if videos.shape[1:] != SHAPE:
        raise ValueError(
            f"The classifier was trained on clips of shape {SHAPE}, (time, channel, "
            f"height, width), but these have {tuple(videos.shape[1:])}. Cut and resize "
            "them first."
        )
    rng = Generator().manual_seed(0)
    features = clip_features(videos)
    scores: Scores = dict.fromkeys(LEAGUE_METRICS)
    if len(videos) >= MIN_CLIPS:
        scores |= _set_scores(features, rng, n_draws)
    per_clip = {}
    if clips.category is not None:
        motion = classifier().heads[0](features.float()).argmax(dim=1)
        metrics = select("labels", LEAGUE_METRICS)
        per_clip |= measure(metrics, motion, clips.category)
    per_clip |= measure(select("videos", LEAGUE_METRICS), videos)
    for name, values in per_clip.items():
        scores[name] = bootstrap_interval(values, rng, level=LEVEL)
    return scores


def _set_scores(features: Features, rng: Generator, n_draws: int) -> Scores:
    metrics = select("features", LEAGUE_METRICS)

    def statistics(rows: Features) -> Sequence[float]:
        return [*measure(metrics, real_features(), rows).values()]

    intervals = subsampling_intervals(
        statistics, features, rng, level=LEVEL, n_draws=n_draws
    )
    names = (metric.name for metric in metrics)
    return dict(zip(names, intervals, strict=True))


def intervals_are_disjoint(a: Interval | None, b: Interval | None) -> bool:
    """Whether two metrics differ by more than their intervals; False without values."""
    if a is None or b is None:
        return False
    return a.low > b.high or a.high < b.low


def real_clips(n: int = N_REAL_CLIPS, *, seed: int = REAL_SEED) -> Clips:
    """Real clips with their motion as category.

    With the default seed they are the reference set; with another one they can be
    evaluated like the clips of a model.
    """
    return video_gan_table.real_clips(n, Generator().manual_seed(seed))


@cache
def real_features() -> Features:
    """Features of the reference set of real clips, (clip, feature)."""
    return clip_features(real_clips().videos)
