"""A set of clips is refused in words before a figure is made of it."""

import pytest
import torch

from course_lib.metrics.clip_sets import refuse_odd_clips

GOOD = torch.linspace(-1, 1, 2 * 3 * 12).view(2, 3, 3, 2, 2)


def test_clips_in_range_pass_with_the_rounding_of_short_floats():
    refuse_odd_clips(GOOD, clips=2, frames=3)
    refuse_odd_clips(GOOD * 1.0005)


@pytest.mark.parametrize(
    ("videos", "words"),
    [
        (GOOD[:1], "2 clips or more"),
        (GOOD[:0], "got "),
        (GOOD[..., :0], "got "),
        (GOOD[0], "batch, time"),
        (GOOD[:, :2], "3 frames or more"),
        (GOOD * torch.nan, "inf or nan"),
        (GOOD / 0, "inf or nan"),
        ((GOOD + 1) / 2, "from 0 to 1"),
        ((GOOD + 1) * 127.5, "127.5"),
        (GOOD * 1.01, r"lie in \[-1, 1\]"),
    ],
)
def test_what_makes_no_figure_is_refused(videos, words):
    with pytest.raises(ValueError, match=words):
        refuse_odd_clips(videos, clips=2, frames=3)
