"""Put every generator of clips in one table: what stays, what moves, what is missing.

256 clips of 16 frames, drawn five times over; real ones are fresh clips of shape
motion. A pixel is shape where max(red, green, blue) > 25 of 255.
"""

from collections.abc import Callable, Mapping
from functools import cache
from statistics import fmean, stdev
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from course_lib.data.shape_motion import SIZES, sample_clips
from course_lib.metrics.content import SEEN, average_content_distance
from course_lib.metrics.corruptions import freeze
from course_lib.metrics.intervals import Interval
from course_lib.metrics.manifold import density_coverage
from course_lib.mocogan.training import Clips
from course_lib.shapes import Videos
from course_lib.training.classifier import classifier, features_of

DRAWN, DRAWS = 256, 5
AT_ONCE = 64  # clips drawn together
REAL_SEED, NEAREST = 77, 5
STUDENT_90 = 2.132  # of five numbers: their mean is that many standard errors off
Draw = Callable[[int, Generator], Clips]

Colours = Float[Tensor, "clip channel"]


class Seen(NamedTuple):
    """What one set of clips shows.

    ``distance``, ``empty``, ``pace``: the content distance in 0 to 255, the share of
    frames without a shape, the median way of a shape's middle, in pixels a frame.
    ``as_asked``: the share of clips in which the classifier sees the motion that was
    asked for. ``coverage``: the share of real clips with a generated one near, in the
    classifier's features. ``squares`` and ``rarest``: shares of clips seen as squares,
    and of the size that is seen least. ``colours``: the largest Kolmogorov-Smirnov
    distance of a colour's channel from its law in the data.
    """

    distance: float
    empty: float
    pace: float
    as_asked: float
    coverage: float
    squares: float
    rarest: float
    colours: float


@torch.no_grad()
def seen(clips: Clips) -> Seen:
    """All measures of one set of clips."""
    features = features_of(clips.videos)
    motion, shape, size = (head(features).argmax(dim=1) for head in classifier().heads)
    near = density_coverage(_real_features(), features, k=NEAREST)
    return Seen(
        *average_content_distance(clips.videos),
        as_asked=_share(motion == clips.category),
        coverage=near.coverage,
        squares=_share(shape == 0),
        rarest=min(_share(size == place) for place in range(len(SIZES))),
        colours=_away_from_uniform(_colours(clips.videos)),
    )


def row(draw: Draw, *, n: int = DRAWN, draws: int = DRAWS) -> dict[str, Interval]:
    """A model's row: each measure over some draws of n clips."""
    every = [seen(draw(n, Generator().manual_seed(seed))) for seed in range(draws)]
    return {name: _span([getattr(one, name) for one in every]) for name in Seen._fields}


def real_clips(n: int, rng: Generator) -> Clips:
    """Real clips as a model would draw them: the row that no model beats."""
    clips = sample_clips(n, rng)
    return Clips(clips.videos, clips.motion)


def frozen_clips(n: int, rng: Generator) -> Clips:
    """The same, stopped: the row that shows what standing still is worth."""
    clips = real_clips(n, rng)
    return clips._replace(videos=freeze(clips.videos, rng))


def in_words(found: Mapping[str, Interval]) -> str:
    """The figures of a card."""
    return ", ".join(
        f"{name} {span.value:.3g} ({span.low:.3g} to {span.high:.3g})"
        for name, span in found.items()
    )


@cache
@torch.no_grad()
def _real_features() -> Tensor:
    return features_of(sample_clips(DRAWN, Generator().manual_seed(REAL_SEED)).videos)


def _share(hits: Tensor) -> float:
    return hits.double().mean().item()


def _span(values: list[float]) -> Interval:
    mean = fmean(values)
    off = STUDENT_90 * stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return Interval(mean - off, mean, mean + off)


def _colours(videos: Videos) -> Colours:
    """The mean colour of every clip's shape, 0 to 255, of clips that show one."""
    pixels = (videos.double() + 1) * 127.5
    inside = (pixels.amax(dim=2, keepdim=True) > SEEN).expand_as(pixels)
    area = inside.sum(dim=(1, 3, 4))
    colours = (pixels * inside).sum(dim=(1, 3, 4)) / area.clamp(min=1)
    return colours[area[:, 0] > 0]


def _away_from_uniform(colours: Colours) -> float:
    """The largest distance of a channel's shares from those of a uniform byte."""
    if not len(colours):
        return 1.0
    ordered = colours.sort(dim=0).values
    law = (ordered / 255).clamp(0, 1)
    below = torch.arange(len(ordered), dtype=law.dtype).unsqueeze(1) / len(ordered)
    above = below + 1 / len(ordered)
    return torch.maximum((law - below).max(), (above - law).max()).item()
