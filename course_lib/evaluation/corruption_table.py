"""Table of real clips under known corruptions: which metric detects which corruption.

A metric detects a corruption if its intervals with and without it are disjoint.
"""

from collections.abc import Mapping
from functools import cache

import torch
from jaxtyping import Bool
from torch import Generator, Tensor

from course_lib.evaluation.league import (
    LEAGUE_METRICS,
    Scores,
    evaluate_clips,
    intervals_are_disjoint,
    real_clips,
)
from course_lib.metrics.corruptions import CORRUPTIONS
from course_lib.mocogan.training import Clips

N_CLIPS, SEED = 128, 2022
UNCORRUPTED = "as they are"  # the name of the row of real clips

Detections = Bool[Tensor, "corruption metric"]


@cache
def corruption_table(n: int = N_CLIPS, n_draws: int = 100) -> Mapping[str, Scores]:
    """The scores of n real clips, first unchanged, then under each corruption.

    The category is the motion of the clips before the corruption.
    """
    clips, motion = real_clips(n, seed=SEED)
    rng = Generator().manual_seed(0)
    corrupted = {name: corrupt(clips, rng) for name, corrupt in CORRUPTIONS.items()}
    return {
        name: evaluate_clips(Clips(videos, motion), n_draws=n_draws)
        for name, videos in {UNCORRUPTED: clips, **corrupted}.items()
    }


def detections(table: Mapping[str, Scores]) -> Detections:
    """Which corruption (row) each metric of the league (column) detects."""
    corruptions = [name for name in table if name != UNCORRUPTED]
    return torch.tensor(
        [
            [detects(table, metric, corruption) for metric in LEAGUE_METRICS]
            for corruption in corruptions
        ]
    )


def detects(table: Mapping[str, Scores], metric: str, corruption: str) -> bool:
    """Whether a metric of the table detects a corruption."""
    return intervals_are_disjoint(table[corruption][metric], table[UNCORRUPTED][metric])
