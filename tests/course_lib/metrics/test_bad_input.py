"""Every measure refuses nonsense, or answers as its docstring says: never by a number.

Rows: the measures. Columns: what is wrong with their input. A figure on the right is
one that a docstring promises; ``REFUSED`` is a ValueError in words.
"""

import math

import pytest
import torch

from course_lib.metrics.bradley_terry import strengths
from course_lib.metrics.content import average_content_distance
from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.inception_score import inception_score
from course_lib.metrics.intervals import bootstrap_interval, interval_of
from course_lib.metrics.kernel_distance import kernel_distance
from course_lib.metrics.manifold import density_coverage, precision_recall
from course_lib.metrics.optical_flow import lucas_kanade, pyramidal_flow
from course_lib.metrics.pixel import mse_per_frame, psnr
from course_lib.metrics.ssim import ssim
from course_lib.metrics.warping import warping_errors

REFUSED = "refused"
DICE = torch.Generator().manual_seed(0)
CLIPS = torch.rand(3, 4, 3, 16, 16, generator=DICE) * 2 - 1
OTHER = torch.rand(3, 4, 3, 16, 16, generator=DICE) * 2 - 1
ROWS = torch.randn(9, 4, generator=DICE)
GREY = torch.full_like(CLIPS, -0.25)
FLAT = torch.ones_like(ROWS)
CHANCES = ROWS.softmax(dim=1)
SPOILT_CLIPS, SPOILT_ROWS = CLIPS.clone(), ROWS.clone()
SPOILT_CLIPS[1, 2, 0, 3, 4] = SPOILT_ROWS[4] = math.nan


def by_pixel(measure):
    """Two sets of clips, the first of which is odd."""
    return lambda a, b=OTHER: measure(a, b).mean().item()


def mean_of_rows(rows):
    return rows.mean().item()


PIXELS = {
    "mse": by_pixel(mse_per_frame),
    "psnr": by_pixel(lambda a, b: psnr(a, b, data_range=2)),
    "ssim": by_pixel(lambda a, b: ssim(a, b, data_range=2)),
}
WHOLE = {
    "content": lambda clips: tuple(average_content_distance(clips)),
    "warping": lambda clips: tuple(x.mean().item() for x in warping_errors(clips)),
}
SETS = {
    "frechet": frechet_distance,
    "kernel": kernel_distance,
    "precision": lambda a, b: precision_recall(a, b, k=3),
    "density": lambda a, b: density_coverage(a, b, k=3),
}
MEANS = {
    "bootstrap": lambda rows: bootstrap_interval(rows[:, 0], DICE, n_draws=40),
    "halves": lambda rows: interval_of(mean_of_rows, rows, DICE, n_draws=40),
}
FLOWS = {
    "lucas_kanade": lucas_kanade,
    "pyramid": lambda a, b: pyramidal_flow(a, b, window=3, damping=0.1),
}

CASES = [
    *[
        (PIXELS[name], bad, REFUSED)
        for name in PIXELS
        for bad in ((CLIPS[:0], OTHER[:0]), (SPOILT_CLIPS,), (CLIPS[:, :2],))
    ],
    *[  # pixels from 0 to 255 in a range of 2; the mean squared error has no range
        (PIXELS[name], ((CLIPS + 1) * 127.5, (OTHER + 1) * 127.5), REFUSED)
        for name in ("psnr", "ssim")
    ],
    (PIXELS["mse"], (CLIPS, CLIPS), 0.0),
    (PIXELS["psnr"], (GREY, GREY), math.inf),
    (PIXELS["ssim"], (GREY, GREY), 1.0),
    (PIXELS["ssim"], (CLIPS[..., :10, :], OTHER[..., :10, :]), REFUSED),
    *[
        (WHOLE[name], (bad,), REFUSED)
        for name in WHOLE
        for bad in (
            CLIPS[:0],
            CLIPS[:, :1],
            SPOILT_CLIPS,
            CLIPS / 0,
            (CLIPS + 1) / 2,
            (CLIPS + 1) * 127.5,
        )
    ],
    (WHOLE["content"], (CLIPS[:, :, :1],), REFUSED),
    (WHOLE["content"], (GREY,), (0, 0, 0)),  # one colour, nowhere empty, no step
    (WHOLE["content"], (GREY - 0.75,), (0, 1, 0)),  # empty throughout
    (WHOLE["warping"], (GREY,), (0, 0, 0)),  # nothing flickers, nothing moves
    *[
        (SETS[name], bad, REFUSED)
        for name in SETS
        for bad in (
            (ROWS[:0], ROWS),
            (ROWS[:1], ROWS),
            (ROWS, ROWS[:1]),
            (SPOILT_ROWS, ROWS),
            (ROWS, SPOILT_ROWS),
            (ROWS[:, :2], ROWS),
        )
    ],
    *[(SETS[name], (ROWS[:3], ROWS), REFUSED) for name in ("precision", "density")],
    *[(SETS[name], (FLAT, ROWS), REFUSED) for name in ("precision", "density")],
    (SETS["frechet"], (FLAT, FLAT), 0.0),
    (SETS["frechet"], (FLAT, FLAT + 1), 4.0),  # two points, four axes
    (SETS["kernel"], (FLAT, FLAT), 0.0),
    (SETS["precision"], (ROWS, FLAT + 9), (0, 0)),
    *[
        (inception_score, (bad,), REFUSED)
        for bad in (CHANCES[:0], CHANCES[:1], CHANCES * math.nan, ROWS, 2 * CHANCES)
    ],
    (inception_score, (CHANCES[:1].expand(5, -1),), 1.0),
    *[
        (MEANS[name], (bad,), REFUSED)
        for name in MEANS
        for bad in (ROWS[:0], ROWS[:1], SPOILT_ROWS)
    ],
    *[(MEANS[name], (FLAT,), (1, 1, 1)) for name in MEANS],
    *[
        (FLOWS[name], bad, REFUSED)
        for name in FLOWS
        for bad in (
            (CLIPS[0], SPOILT_CLIPS[1]),
            (CLIPS[0, ..., :2], OTHER[0, ..., :2]),
        )
    ],
    (FLOWS["pyramid"], (CLIPS[0], OTHER[0, ..., :9]), REFUSED),
    (FLOWS["lucas_kanade"], (GREY[0], GREY[0]), REFUSED),
    *[
        (strengths, (bad,), REFUSED)
        for bad in (ROWS[:0, :0], ROWS, FLAT[:4], torch.eye(4) * math.nan)
    ],
]


@pytest.mark.parametrize(("measure", "given", "expected"), CASES)
def test_nonsense_is_refused_or_answered_as_promised(measure, given, expected):
    if expected is REFUSED:
        with pytest.raises(ValueError, match=r"\w{3,} .*\w{3,}"):
            measure(*given)
    else:
        assert measure(*given) == pytest.approx(expected, abs=1e-6)
