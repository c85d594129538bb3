"""Table of stochastic predictors: errors of one sample and of the best of twenty.

The context is five frames and the horizon ten, on the fixed test clips of restless
digits. The best of twenty samples is chosen with the true future, so it tells which
futures a model considers possible, but not how probable. Squared errors are summed over
the pixels of a frame, in [0, 1].
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.data.restless_digits import TEST_CLIPS, sample_clips, test_clips
from course_lib.evaluation.prediction_table import PerHorizon, mean_frame
from course_lib.evaluation.registry import DATA_RANGE
from course_lib.metrics import baselines
from course_lib.metrics.ssim import ssim
from course_lib.predictor.squared_error import frame_errors
from course_lib.shapes import Videos

CONTEXT, HORIZON, N_SAMPLES = 5, 10, 20
BATCH_SIZE = 10  # clips that are held in memory with all their sampled futures

PerSample = Float[Tensor, "samples"]
FutureSampler = Callable[[Videos, int], Tensor]
"""Takes context frames and a horizon; each call samples a new future of each clip."""


class FutureScores(NamedTuple):
    """One row of the table.

    Attributes:
        mse: Squared error by horizon, mean over all samples.
        ssim: SSIM by horizon, mean over all samples.
        best_mse: Squared error by horizon of the best sample of each clip, that with
            the smallest squared error over all frames.
        best_ssim: SSIM by horizon of the same samples.
        best_so_far: Squared error of the best of the first k samples, by k, mean over
            horizons.
    """

    mse: PerHorizon
    ssim: PerHorizon
    best_mse: PerHorizon
    best_ssim: PerHorizon
    best_so_far: PerSample


@torch.no_grad()
def score(
    sample: FutureSampler,
    *,
    n: int = TEST_CLIPS,
    n_samples: int = N_SAMPLES,
    videos: Videos | None = None,
) -> FutureScores:
    """Scores of a sampler on the first n test clips, with ``n_samples`` for each.

    Other clips, ``videos``, of as many frames can take the place of the test clips.
    """
    rows, best_so_far = [], []
    for clips in (test_clips(n) if videos is None else videos).split(BATCH_SIZE):
        repeated = clips.repeat_interleave(n_samples, dim=0)
        futures = sample(repeated[:, :CONTEXT], HORIZON).clamp(-1, 1)
        errors = frame_errors(futures, repeated[:, CONTEXT:])
        similarities = ssim(futures, repeated[:, CONTEXT:], data_range=DATA_RANGE)
        scores = torch.stack((errors, similarities))
        scores = scores.unflatten(1, (len(clips), n_samples))
        best = scores[0].sum(dim=2).argmin(dim=1)
        best_so_far.append(scores[0].mean(dim=2).cummin(dim=1).values)
        of_best = scores[:, torch.arange(len(clips)), best]
        rows.append(torch.cat((scores.mean(dim=2), of_best)))
    by_horizon = torch.cat(rows, dim=1).mean(dim=1)
    return FutureScores(*by_horizon, torch.cat(best_so_far).mean(dim=0))


def trivial_rows() -> Mapping[str, FutureSampler]:
    """Baselines that learn nothing, or only the mean frame of the data."""
    return baselines.trivial_rows(mean_frame(sample_clips))


def format_scores(scores: FutureScores) -> str:
    """Means over all horizons as text, for a checkpoint's card."""
    mse, similarity, best_mse, best_ssim = (row.mean().item() for row in scores[:4])
    return (
        f"mse {mse:.1f}, ssim {similarity:.3f}; "
        f"best of {len(scores[-1])}: mse {best_mse:.1f}, ssim {best_ssim:.3f}"
    )
