"""The registry of metrics: one entry for each, with its function, unit and direction.

``course evaluate``, the league and the tables of predictions are views of ``METRICS``:
they select metrics by name or by what they need, and compute them with ``measure``. A
new metric is one entry here, and its name in the columns of the tables that show it.

What a metric needs determines the arguments and the result of its function:

- "videos": ``function(videos)`` returns one value for each clip;
- "pairs": ``function(predicted, target)`` returns one value for each frame;
- "features": ``function(real, fake)`` returns one number for two feature sets;
- "labels": ``function(predictions, labels)`` returns one value for each clip;
- "probabilities": ``function(probabilities)`` returns one number for class
  probabilities, (sample, class).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from course_lib.metrics.content import average_content_distance
from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.inception_score import inception_score
from course_lib.metrics.kernel_distance import kernel_distance
from course_lib.metrics.manifold import density_coverage, precision_recall
from course_lib.metrics.pixel import psnr
from course_lib.metrics.ssim import ssim
from course_lib.metrics.warping import warping_errors
from course_lib.predictor.squared_error import frame_errors
from course_lib.shapes import Labels, PerClip, Videos

Needs = Literal["videos", "pairs", "features", "labels", "probabilities"]
Direction = Literal["lower", "higher"]

DATA_RANGE = 2.0  # of pixels in [-1, 1]
N_NEIGHBOURS = 5  # of precision, recall, density and coverage
N_WARPED = 48  # clips of a set whose warping error is computed, because it is slow


@dataclass(frozen=True)
class Metric:
    """One metric of images, clips or feature sets.

    Attributes:
        name: Its key in ``METRICS``, and its column in the tables.
        function: Computes it; see the docstring of this module.
        needs: The kind of input, one of ``Needs``.
        unit: The unit of its values, in words.
        direction: Whether "lower" or "higher" values are better; None if neither is.
        range: The smallest and the largest possible value.
        component: The field of the function's result that is the metric; None if the
            result itself is. Metrics with one function are computed together.
        max_clips: The number of clips of a set that are used, from the first on; None
            for all.
    """

    name: str
    function: Callable[..., Any]
    needs: Needs
    unit: str
    direction: Direction | None
    range: tuple[float, float]
    component: str | None = None
    max_clips: int | None = None


class ContentPerClip(NamedTuple):
    """``ContentDistance`` of each clip by itself."""

    distance: PerClip
    empty_fraction: PerClip
    step: PerClip


def content_per_clip(videos: Videos) -> ContentPerClip:
    """The average content distance of each clip, with its empty frames and its step."""
    rows = [average_content_distance(clip[None]) for clip in videos]
    return ContentPerClip(*torch.tensor(rows, dtype=torch.float64).T)


def label_accuracy(predictions: Labels, labels: Labels) -> PerClip:
    """1 for each clip whose predicted class is its label, 0 for all others; float64."""
    return (predictions == labels).double()


_precision_recall = partial(precision_recall, k=N_NEIGHBOURS)
_density_coverage = partial(density_coverage, k=N_NEIGHBOURS)

_FRACTION = (0.0, 1.0)
_POSITIVE = (0.0, inf)

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "frechet",
            frechet_distance,
            needs="features",
            unit="squared distance of features",
            direction="lower",
            range=_POSITIVE,
        ),
        Metric(
            "kernel",
            kernel_distance,
            needs="features",
            unit="squared MMD of the cubic kernel",
            direction="lower",
            range=(-inf, inf),
        ),
        Metric(
            "precision",
            _precision_recall,
            needs="features",
            unit="fraction of generated clips",
            direction="higher",
            range=_FRACTION,
            component="precision",
        ),
        Metric(
            "recall",
            _precision_recall,
            needs="features",
            unit="fraction of real clips",
            direction="higher",
            range=_FRACTION,
            component="recall",
        ),
        Metric(
            "density",
            _density_coverage,
            needs="features",
            unit="number of real neighbourhoods that contain a generated clip, over k",
            direction="higher",
            range=_POSITIVE,
            component="density",
        ),
        Metric(
            "coverage",
            _density_coverage,
            needs="features",
            unit="fraction of real clips",
            direction="higher",
            range=_FRACTION,
            component="coverage",
        ),
        Metric(
            "motion",
            label_accuracy,
            needs="labels",
            unit="fraction of clips with the requested motion",
            direction="higher",
            range=_FRACTION,
        ),
        Metric(
            "warping",
            warping_errors,
            needs="videos",
            unit="squared difference of pixels in [-1, 1]",
            direction="lower",
            range=(0.0, DATA_RANGE**2),
            component="error",
            max_clips=N_WARPED,
        ),
        Metric(
            "distance",
            content_per_clip,
            needs="videos",
            unit="distance of colours on the scale 0 to 255",
            direction="lower",
            range=(0.0, 255 * 3**0.5),
            component="distance",
        ),
        Metric(
            "empty",
            content_per_clip,
            needs="videos",
            unit="fraction of frames",
            direction="lower",
            range=_FRACTION,
            component="empty_fraction",
        ),
        Metric(
            "step",
            content_per_clip,
            needs="videos",
            unit="pixels a frame",
            direction=None,
            range=_POSITIVE,
            component="step",
        ),
        Metric(
            "mse",
            frame_errors,
            needs="pairs",
            unit="squared error, summed over the pixels of a frame in [0, 1]",
            direction="lower",
            range=_POSITIVE,
        ),
        Metric(
            "psnr",
            partial(psnr, data_range=DATA_RANGE),
            needs="pairs",
            unit="dB",
            direction="higher",
            range=(-inf, inf),
        ),
        Metric(
            "ssim",
            partial(ssim, data_range=DATA_RANGE),
            needs="pairs",
            unit="similarity",
            direction="higher",
            range=(-1.0, 1.0),
        ),
        Metric(
            "inception_score",
            inception_score,
            needs="probabilities",
            unit="effective number of classes",
            direction="higher",
            range=(1.0, inf),
        ),
    )
}
"""All metrics by name.

Tables compute metrics in this order. The league draws its intervals from one generator,
so another order changes their last digits.
"""


def select(needs: Needs, names: Iterable[str] = tuple(METRICS)) -> list[Metric]:
    """The metrics that need this kind of input and are among ``names``.

    In the order of ``METRICS``.
    """
    names = set(names)
    return [m for m in METRICS.values() if m.needs == needs and m.name in names]


def measure(metrics: Iterable[Metric], *inputs: Tensor) -> dict[str, Any]:
    """The values of metrics of one kind of input, by name.

    ``inputs`` are the arguments that this kind needs. A function of several metrics is
    called once.
    """
    results: dict[tuple[Callable[..., Any], int | None], Any] = {}
    values = {}
    for metric in metrics:
        key = metric.function, metric.max_clips
        if key not in results:
            results[key] = metric.function(*(x[: metric.max_clips] for x in inputs))
        result = results[key]
        values[metric.name] = (
            getattr(result, metric.component) if metric.component else result
        )
    return values
