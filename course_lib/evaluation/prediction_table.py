"""Put every predictor in one table, beside those that learnt nothing.

Ten frames are seen, ten predicted, on the fixed test clips. Errors are summed over the
pixels of a frame, in [0, 1]; SSIM and PSNR are means of frames.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.data.moving_digits import TEST_CLIPS, sample_clips, test_clips
from course_lib.metrics import baselines
from course_lib.metrics.pixel import psnr
from course_lib.metrics.ssim import ssim
from course_lib.predictor.rollout import rollout
from course_lib.predictor.squared_error import frame_errors
from course_lib.shapes import Videos

CONTEXT, HORIZON = 10, 10
AT_ONCE = 50  # clips held in memory with all that is made of them
RANGE = 2.0  # of pixels in [-1, 1]

PerHorizon = Float[Tensor, "horizon"]
Predictor = Callable[[Videos, int], Tensor]


class Scores(NamedTuple):
    """One row of the table, by horizon: squared error a frame, decibels, similarity."""

    mse: PerHorizon
    psnr: PerHorizon
    ssim: PerHorizon


@torch.no_grad()
def score(predict: Predictor | nn.Module, *, n: int = TEST_CLIPS) -> Scores:
    """A predictor's row on the first n test clips: a model, run freely, or a function.

    Predictions are cut off at -1 and 1; all is computed in 32 bits, as everywhere else.
    """
    if isinstance(predict, nn.Module):
        predict = partial(run_freely, predict)
    rows = []
    for clips in test_clips(n).split(AT_ONCE):
        future = predict(clips[:, :CONTEXT], HORIZON).clamp(-1, 1)
        truth = clips[:, CONTEXT:]
        decibels = psnr(future, truth, data_range=RANGE)
        alike = ssim(future, truth, data_range=RANGE)
        rows.append(torch.stack((frame_errors(future, truth), decibels, alike)))
    return Scores(*torch.cat(rows, dim=1).mean(dim=1))


def trivial_rows() -> Mapping[str, Predictor]:
    """The predictors that learnt nothing, or nothing but the mean of the data."""
    return baselines.trivial_rows(mean_frame(sample_clips))


@cache
def mean_frame(sample: Callable[..., Videos]) -> Tensor:
    """The mean frame of 500 training clips of a sampler, (1, 64, 64)."""
    rng = torch.Generator().manual_seed(0)
    return sample(500, rng).mean(dim=(0, 1))


def in_words(scores: Scores) -> str:
    """The means over all horizons, as they stand on a card."""
    mse, decibels, alike = (values.mean().item() for values in scores)
    return f"mse {mse:.1f}, psnr {decibels:.2f}, ssim {alike:.3f}"


def run_freely(model: nn.Module, context: Videos, horizon: int) -> Tensor:
    """A model's prediction, made on its own device and brought back."""
    device = next(model.parameters()).device
    return rollout(model, context.to(device), horizon).to(context)
