"""Comparison table of the video GANs: metrics of generated clips with intervals.

Each metric is measured on 256 clips of 16 frames, for five random seeds. Real clips are
new clips of shape motion. A pixel belongs to a shape if max(red, green, blue) > 25 on
the scale 0 to 255.
"""

from collections.abc import Callable, Mapping
from functools import cache
from statistics import fmean, stdev
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from course_lib.data.shape_motion import SIZES, sample_clips
from course_lib.metrics.content import SHAPE_THRESHOLD, average_content_distance
from course_lib.metrics.corruptions import freeze
from course_lib.metrics.intervals import Interval
from course_lib.metrics.manifold import density_coverage
from course_lib.mocogan.training import Clips
from course_lib.shapes import Videos
from course_lib.training.classifier import classifier, clip_features

N_CLIPS, N_REPEATS = 256, 5
BATCH_SIZE = 64  # clips that are generated at once
REAL_SEED, N_NEIGHBOURS = 77, 5
T_90 = {2: 6.314, 3: 2.920, 4: 2.353, 5: 2.132}  # Student's t, two-sided 90 %, by n
ClipSampler = Callable[[int, Generator], Clips]

Colours = Float[Tensor, "clip channel"]


class ClipMetrics(NamedTuple):
    """Metrics of one set of clips.

    Attributes:
        content_distance: Average content distance, on the colour scale 0 to 255.
        empty_fraction: Fraction of frames without a shape.
        speed: Median displacement of the shape's centre, in pixels a frame.
        category_accuracy: Fraction of clips whose motion, according to the classifier,
            is the category that they were conditioned on.
        coverage: Fraction of real clips with a generated clip among their neighbours,
            in the classifier's features.
        square_fraction: Fraction of clips classified as squares.
        rarest_size_fraction: Fraction of clips classified as the least frequent size.
        colour_ks: Largest Kolmogorov-Smirnov distance of a channel of the mean colour
            from its uniform distribution in the data.
    """

    content_distance: float
    empty_fraction: float
    speed: float
    category_accuracy: float
    coverage: float
    square_fraction: float
    rarest_size_fraction: float
    colour_ks: float


@torch.no_grad()
def measure_clips(clips: Clips) -> ClipMetrics:
    """All metrics of one set of clips."""
    features = clip_features(clips.videos)
    motion, shape, size = (head(features).argmax(dim=1) for head in classifier().heads)
    manifold = density_coverage(_real_features(), features, k=N_NEIGHBOURS)
    return ClipMetrics(
        *average_content_distance(clips.videos),
        category_accuracy=_fraction(motion == clips.category),
        coverage=manifold.coverage,
        square_fraction=_fraction(shape == 0),
        rarest_size_fraction=min(_fraction(size == i) for i in range(len(SIZES))),
        colour_ks=_distance_from_uniform(_mean_colours(clips.videos)),
    )


def measure_model(
    sample: ClipSampler, *, n: int = N_CLIPS, repeats: int = N_REPEATS
) -> dict[str, Interval]:
    """Mean of each metric over ``repeats`` sets of n clips, with its 90 % interval."""
    metrics = [
        measure_clips(sample(n, Generator().manual_seed(seed)))
        for seed in range(repeats)
    ]
    return {
        name: _mean_interval([getattr(one, name) for one in metrics])
        for name in ClipMetrics._fields
    }


def real_clips(n: int, rng: Generator) -> Clips:
    """Real clips with their motion as category: the best possible row of the table."""
    clips = sample_clips(n, rng)
    return Clips(clips.videos, clips.motion)


def frozen_clips(n: int, rng: Generator) -> Clips:
    """Real clips whose frames are all the same: a baseline without motion."""
    clips = real_clips(n, rng)
    return clips._replace(videos=freeze(clips.videos, rng))


def format_row(row: Mapping[str, Interval]) -> str:
    """Each metric with its interval as one line of text, for a checkpoint's card."""
    return ", ".join(
        f"{name} {interval.value:.3g} ({interval.low:.3g} to {interval.high:.3g})"
        for name, interval in row.items()
    )


@cache
@torch.no_grad()
def _real_features() -> Tensor:
    clips = sample_clips(N_CLIPS, Generator().manual_seed(REAL_SEED))
    return clip_features(clips.videos)


def _fraction(condition: Tensor) -> float:
    return condition.double().mean().item()


def _mean_interval(values: list[float]) -> Interval:
    """Mean of at most 5 values and its interval, which has no width for one value."""
    mean = fmean(values)
    n = len(values)
    half_width = T_90[n] * stdev(values) / n**0.5 if n > 1 else 0.0
    return Interval(mean - half_width, mean, mean + half_width)


def _mean_colours(videos: Videos) -> Colours:
    """Mean colour, 0 to 255, of the shape in each clip that has one."""
    pixels = (videos.double() + 1) * 127.5
    mask = (pixels.amax(dim=2, keepdim=True) > SHAPE_THRESHOLD).expand_as(pixels)
    area = mask.sum(dim=(1, 3, 4))
    colours = (pixels * mask).sum(dim=(1, 3, 4)) / area.clamp(min=1)
    return colours[area[:, 0] > 0]


def _distance_from_uniform(colours: Colours) -> float:
    """Largest Kolmogorov-Smirnov distance of a channel from uniform on 0 to 255."""
    if not len(colours):
        return 1.0
    ordered = colours.sort(dim=0).values
    uniform_cdf = (ordered / 255).clamp(0, 1)
    below = torch.arange(len(ordered), dtype=uniform_cdf.dtype).unsqueeze(1)
    below = below / len(ordered)
    above = below + 1 / len(ordered)
    return torch.maximum(
        (uniform_cdf - below).max(), (above - uniform_cdf).max()
    ).item()
