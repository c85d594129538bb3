"""Score many futures of one past: one at random, and the best of twenty.

Five frames are seen, ten dreamt, on the fixed clips of restless digits. The best of
twenty is chosen by looking at the truth: it says what a model holds possible, not how
often. Errors are summed over the pixels of a frame, in [0, 1].
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.data.restless_digits import TEST_CLIPS, sample_clips, test_clips
from course_lib.evaluation.prediction_table import RANGE, PerHorizon, mean_frame
from course_lib.metrics import baselines
from course_lib.metrics.ssim import ssim
from course_lib.predictor.squared_error import frame_errors
from course_lib.shapes import Videos

CONTEXT, HORIZON, TRIES = 5, 10, 20
AT_ONCE = 10  # clips held in memory with all their futures

PerTry = Float[Tensor, "tries"]
Dreamer = Callable[[Videos, int], Tensor]
"""Takes the frames seen and a horizon; a random one answers anew at every call."""


class FutureScores(NamedTuple):
    """One row of the table, by horizon: the mean of all tries, and the best of them.

    Best is, for each clip, the try whose squared error over all frames is smallest;
    ``best_so_far`` is that error for the first tries only, the mean over horizons.
    """

    mse: PerHorizon
    ssim: PerHorizon
    best_mse: PerHorizon
    best_ssim: PerHorizon
    best_so_far: PerTry


@torch.no_grad()
def score(dream: Dreamer, *, n: int = TEST_CLIPS, tries: int = TRIES) -> FutureScores:
    """A dreamer's row on the first n test clips, with so many tries a clip."""
    rows, falling = [], []
    for clips in test_clips(n).split(AT_ONCE):
        many = clips.repeat_interleave(tries, dim=0)
        futures = dream(many[:, :CONTEXT], HORIZON).clamp(-1, 1)
        errors = frame_errors(futures, many[:, CONTEXT:])
        alike = ssim(futures, many[:, CONTEXT:], data_range=RANGE)
        both = torch.stack((errors, alike)).unflatten(1, (len(clips), tries))
        best = both[0].sum(dim=2).argmin(dim=1)
        falling.append(both[0].mean(dim=2).cummin(dim=1).values)
        chosen = both[:, torch.arange(len(clips)), best]
        rows.append(torch.cat((both.mean(dim=2), chosen)))
    by_horizon = torch.cat(rows, dim=1).mean(dim=1)
    return FutureScores(*by_horizon, torch.cat(falling).mean(dim=0))


def trivial_rows() -> Mapping[str, Dreamer]:
    """The dreamers that learnt nothing, or nothing but the mean of the data."""
    return baselines.trivial_rows(mean_frame(sample_clips))


def in_words(scores: FutureScores) -> str:
    """The means over all horizons, as they stand on a card."""
    mse, alike, best_mse, best_alike = (row.mean().item() for row in scores[:4])
    return (
        f"mse {mse:.1f}, ssim {alike:.3f}; "
        f"best of {TRIES}: mse {best_mse:.1f}, ssim {best_alike:.3f}"
    )
