"""Break real clips in every known way, and see which figures notice.

A figure notices where its interval and that of the whole clips do not meet.
"""

from collections.abc import Mapping
from functools import cache

import torch
from jaxtyping import Bool
from torch import Generator, Tensor

from course_lib.evaluation.league import Rating, noticed, rate, real_clips
from course_lib.metrics.corruptions import CORRUPTIONS
from course_lib.mocogan.training import Clips

CLIPS, SEED = 128, 2022
WHOLE = "as they are"

Notices = Bool[Tensor, "corruption measure"]


@cache
def corruption_table(n: int = CLIPS, n_draws: int = 100) -> Mapping[str, Rating]:
    """The ratings of n real clips: as they are, then after each corruption.

    The motion asked for is that of the clips before they were broken.
    """
    clips, motion = real_clips(n, seed=SEED)
    rng = Generator().manual_seed(0)
    broken = {name: corrupt(clips, rng) for name, corrupt in CORRUPTIONS.items()}
    sets = {WHOLE: clips, **broken}
    return {k: rate(Clips(v, motion), n_draws=n_draws) for k, v in sets.items()}


def notices(table: Mapping[str, Rating]) -> Notices:
    """Which measure, a column each, notices which corruption, a row each."""
    broken = [name for name in table if name != WHOLE]
    return torch.tensor([[sees(table, m, b) for m in Rating._fields] for b in broken])


def sees(table: Mapping[str, Rating], measure: str, corruption: str) -> bool:
    """Whether a measure of a rating notices a corruption."""
    return noticed(getattr(table[corruption], measure), getattr(table[WHOLE], measure))
