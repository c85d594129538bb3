"""Table of predictors on the fixed test clips of Moving MNIST, with trivial baselines.

From ten context frames, ten are predicted. The metrics are those of the registry that
need pairs of clips, averaged over clips for each predicted frame.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.data.moving_digits import TEST_CLIPS, sample_clips, test_clips
from course_lib.evaluation.registry import measure, select
from course_lib.metrics import baselines
from course_lib.predictor.rollout import rollout
from course_lib.shapes import Videos

CONTEXT, HORIZON = 10, 10
BATCH_SIZE = 50  # clips in memory, with all intermediate results

PerHorizon = Float[Tensor, "horizon"]
Predictor = Callable[[Videos, int], Tensor]


class Scores(NamedTuple):
    """Metrics of one predictor for each predicted frame, shape (horizon,).

    Attributes:
        mse: Squared error, summed over the pixels of a frame in [0, 1].
        psnr: Peak signal-to-noise ratio in dB.
        ssim: Structural similarity.
    """

    mse: PerHorizon
    psnr: PerHorizon
    ssim: PerHorizon


@torch.no_grad()
def score(
    predict: Predictor | nn.Module,
    *,
    n: int = TEST_CLIPS,
    batches: Iterable[Videos] | None = None,
    n_context: int = CONTEXT,
) -> Scores:
    """The metrics of a predictor on the first n test clips, or on other ``batches``.

    The first ``n_context`` frames of a clip are the context, all others are predicted.
    A module predicts by autoregressive rollout; a function is called with context and
    horizon. Predictions are clipped to [-1, 1], and metrics are computed in float32.
    """
    if isinstance(predict, nn.Module):
        predict = partial(predict_with_model, predict)
    metrics = select("pairs", Scores._fields)
    if batches is None:
        batches = test_clips(n).split(BATCH_SIZE)
    results = []
    for clips in batches:
        context, target = clips[:, :n_context], clips[:, n_context:]
        future = predict(context, target.shape[1]).clamp(-1, 1)
        values = measure(metrics, future, target)
        results.append(torch.stack([*values.values()]))  # (metric, clip, horizon)
    means = torch.cat(results, dim=1).mean(dim=1)
    names = (metric.name for metric in metrics)
    return Scores(**dict(zip(names, means, strict=True)))


def trivial_rows() -> Mapping[str, Predictor]:
    """The baselines of the table; one of them uses the mean frame of training clips."""
    return baselines.trivial_rows(mean_frame(sample_clips))


@cache
def mean_frame(sample: Callable[..., Videos]) -> Tensor:
    """The mean frame of 500 training clips of a sampler, (1, 64, 64)."""
    rng = torch.Generator().manual_seed(0)
    return sample(500, rng).mean(dim=(0, 1))


def format_scores(scores: Scores) -> str:
    """The means over all predicted frames in words, as on the card of a checkpoint."""
    mse, psnr, ssim = (values.mean().item() for values in scores)
    return f"mse {mse:.1f}, psnr {psnr:.2f}, ssim {ssim:.3f}"


def predict_with_model(model: nn.Module, context: Videos, horizon: int) -> Tensor:
    """The autoregressive rollout of a model, computed on the model's own device."""
    device = next(model.parameters()).device
    return rollout(model, context.to(device), horizon).to(context)
