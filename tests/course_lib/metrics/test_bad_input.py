"""Every metric raises an error for invalid input, or returns what its docstring says.

Each case is a metric, its arguments and the expected result: a value that the docstring
states, or ``REFUSED`` for a ValueError with a message in words.
"""

import math

import pytest
import torch

from course_lib.metrics.bradley_terry import strengths
from course_lib.metrics.content import average_content_distance
from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.inception_score import inception_score
from course_lib.metrics.intervals import bootstrap_interval, subsampling_interval
from course_lib.metrics.kernel_distance import kernel_distance
from course_lib.metrics.manifold import density_coverage, precision_recall
from course_lib.metrics.optical_flow import lucas_kanade, pyramidal_flow
from course_lib.metrics.pixel import mse_per_frame, psnr
from course_lib.metrics.ssim import ssim
from course_lib.metrics.warping import warping_errors

REFUSED = "refused"
RNG = torch.Generator().manual_seed(0)
CLIPS = torch.rand(3, 4, 3, 16, 16, generator=RNG) * 2 - 1
OTHER = torch.rand(3, 4, 3, 16, 16, generator=RNG) * 2 - 1
ROWS = torch.randn(9, 4, generator=RNG)
GREY_CLIPS = torch.full_like(CLIPS, -0.25)
EQUAL_ROWS = torch.ones_like(ROWS)
PROBABILITIES = ROWS.softmax(dim=1)
NAN_CLIPS, NAN_ROWS = CLIPS.clone(), ROWS.clone()
NAN_CLIPS[1, 2, 0, 3, 4] = NAN_ROWS[4] = math.nan


def mean_over_frames(metric):
    """The mean over frames, with ``OTHER`` as the default second argument."""
    return lambda a, b=OTHER: metric(a, b).mean().item()


def mean_of_all(rows):
    return rows.mean().item()


PIXEL_METRICS = {
    "mse": mean_over_frames(mse_per_frame),
    "psnr": mean_over_frames(lambda a, b: psnr(a, b, data_range=2)),
    "ssim": mean_over_frames(lambda a, b: ssim(a, b, data_range=2)),
}
CLIP_METRICS = {
    "content": lambda clips: tuple(average_content_distance(clips)),
    "warping": lambda clips: tuple(x.mean().item() for x in warping_errors(clips)),
}
SET_METRICS = {
    "frechet": frechet_distance,
    "kernel": kernel_distance,
    "precision": lambda a, b: precision_recall(a, b, k=3),
    "density": lambda a, b: density_coverage(a, b, k=3),
}
INTERVALS = {
    "bootstrap": lambda rows: bootstrap_interval(rows[:, 0], RNG, n_draws=40),
    "subsampling": lambda rows: subsampling_interval(
        mean_of_all, rows, RNG, n_draws=40
    ),
}
FLOWS = {
    "lucas_kanade": lucas_kanade,
    "pyramid": lambda a, b: pyramidal_flow(a, b, window=3, damping=0.1),
}

CASES = [
    *[
        (PIXEL_METRICS[name], bad, REFUSED)
        for name in PIXEL_METRICS
        for bad in ((CLIPS[:0], OTHER[:0]), (NAN_CLIPS,), (CLIPS[:, :2],))
    ],
    *[  # pixels in [0, 255] with a range of 2; the mean squared error takes no range
        (PIXEL_METRICS[name], ((CLIPS + 1) * 127.5, (OTHER + 1) * 127.5), REFUSED)
        for name in ("psnr", "ssim")
    ],
    (PIXEL_METRICS["mse"], (CLIPS, CLIPS), 0.0),
    (PIXEL_METRICS["psnr"], (GREY_CLIPS, GREY_CLIPS), math.inf),
    (PIXEL_METRICS["ssim"], (GREY_CLIPS, GREY_CLIPS), 1.0),
    (PIXEL_METRICS["ssim"], (CLIPS[..., :10, :], OTHER[..., :10, :]), REFUSED),
    *[
        (CLIP_METRICS[name], (bad,), REFUSED)
        for name in CLIP_METRICS
        for bad in (
            CLIPS[:0],
            CLIPS[:, :1],
            NAN_CLIPS,
            CLIPS / 0,
            (CLIPS + 1) / 2,
            (CLIPS + 1) * 127.5,
        )
    ],
    (CLIP_METRICS["content"], (CLIPS[:, :, :1],), REFUSED),
    (CLIP_METRICS["content"], (GREY_CLIPS,), (0, 0, 0)),  # no motion
    (CLIP_METRICS["content"], (GREY_CLIPS - 0.75,), (0, 1, 0)),  # all empty
    (CLIP_METRICS["warping"], (GREY_CLIPS,), (0, 0, 0)),  # no change between frames
    *[
        (SET_METRICS[name], bad, REFUSED)
        for name in SET_METRICS
        for bad in (
            (ROWS[:0], ROWS),
            (ROWS[:1], ROWS),
            (ROWS, ROWS[:1]),
            (NAN_ROWS, ROWS),
            (ROWS, NAN_ROWS),
            (ROWS[:, :2], ROWS),
        )
    ],
    *[
        (SET_METRICS[name], (ROWS[:3], ROWS), REFUSED)
        for name in ("precision", "density")
    ],
    *[
        (SET_METRICS[name], (EQUAL_ROWS, ROWS), REFUSED)
        for name in ("precision", "density")
    ],
    (SET_METRICS["frechet"], (EQUAL_ROWS, EQUAL_ROWS), 0.0),
    (SET_METRICS["frechet"], (EQUAL_ROWS, EQUAL_ROWS + 1), 4.0),  # 1 in each feature
    (SET_METRICS["kernel"], (EQUAL_ROWS, EQUAL_ROWS), 0.0),
    (SET_METRICS["precision"], (ROWS, EQUAL_ROWS + 9), (0, 0)),
    *[
        (inception_score, (bad,), REFUSED)
        for bad in (
            PROBABILITIES[:0],
            PROBABILITIES[:1],
            PROBABILITIES * math.nan,
            ROWS,
            2 * PROBABILITIES,
        )
    ],
    (inception_score, (PROBABILITIES[:1].expand(5, -1),), 1.0),
    *[
        (INTERVALS[name], (bad,), REFUSED)
        for name in INTERVALS
        for bad in (ROWS[:0], ROWS[:1], NAN_ROWS)
    ],
    *[(INTERVALS[name], (EQUAL_ROWS,), (1, 1, 1)) for name in INTERVALS],
    *[
        (FLOWS[name], bad, REFUSED)
        for name in FLOWS
        for bad in (
            (CLIPS[0], NAN_CLIPS[1]),
            (CLIPS[0, ..., :2], OTHER[0, ..., :2]),
        )
    ],
    (FLOWS["pyramid"], (CLIPS[0], OTHER[0, ..., :9]), REFUSED),
    (FLOWS["lucas_kanade"], (GREY_CLIPS[0], GREY_CLIPS[0]), REFUSED),
    *[
        (strengths, (bad,), REFUSED)
        for bad in (ROWS[:0, :0], ROWS, EQUAL_ROWS[:4], torch.eye(4) * math.nan)
    ],
]


@pytest.mark.parametrize(("metric", "arguments", "expected"), CASES)
def test_invalid_input_raises_an_error_or_returns_the_documented_value(
    metric, arguments, expected
):
    if expected is REFUSED:
        with pytest.raises(ValueError, match=r"\w{3,} .*\w{3,}"):
            metric(*arguments)
    else:
        assert metric(*arguments) == pytest.approx(expected, abs=1e-6)
