"""A set of clips is refused in words before a figure is made of it."""

import warnings

import pytest
import torch

from course_lib.metrics.clip_sets import refuse_odd_clips
from course_lib.metrics.warping import warping_errors

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


def film(low, high, shape=(3, 4, 3, 8, 8), seed=0):
    """Bytes from low to high, both of them in it."""
    rng = torch.Generator().manual_seed(seed)
    frames = torch.randint(low, high + 1, shape, generator=rng)
    frames[0, 0, 0, 0, 0], frames[0, 0, 0, 0, 1] = low, high
    return frames.double()


def silently(check, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(*args, **kwargs)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
@pytest.mark.parametrize("ends", [(168, 255), (128, 255), (200, 201), (255, 255)])
def test_a_bright_film_of_bytes_is_taken_without_a_word(ends, dtype):
    silently(refuse_odd_clips, (film(*ends) / 127.5 - 1).to(dtype), clips=2)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
@pytest.mark.parametrize("ends", [(0, 255), (10, 200), (128, 255), (240, 255)])
@pytest.mark.parametrize("clips", [1, 3])
def test_a_film_of_bytes_in_0_to_1_is_refused_however_bright(ends, clips, dtype):
    with pytest.raises(ValueError, match=r"2 \* x - 1"):
        refuse_odd_clips((film(*ends) / 255).to(dtype)[:clips])


def test_a_set_that_fills_0_to_1_is_refused():
    for videos in (
        torch.rand(GOOD.shape, generator=torch.Generator().manual_seed(0)).round(),
        torch.linspace(0, 1, GOOD.numel()).view_as(GOOD),
    ):
        with pytest.raises(ValueError, match="from 0 to 1"):
            refuse_odd_clips(videos)
        silently(refuse_odd_clips, videos[:1] * 0.9)


def test_of_others_nobody_is_sure_so_they_pass_with_a_warning():
    rng = torch.Generator().manual_seed(0)
    bright = 0.4 + 0.6 * torch.rand(GOOD.shape, generator=rng)
    for videos in (bright, torch.zeros_like(GOOD), 0.7 * bright.round()):
        with pytest.warns(UserWarning, match="taken for bright clips"):
            refuse_odd_clips(videos)
        silently(refuse_odd_clips, videos[:1])
        silently(refuse_odd_clips, videos - 0.71)


def test_the_warning_names_the_line_that_called_the_measure():
    with pytest.warns(UserWarning, match="taken for bright") as said:
        warping_errors(0.3 + 0.0 * GOOD.repeat(1, 1, 1, 8, 8))
    assert said[0].filename == __file__


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.bool])
def test_whole_numbers_are_refused(dtype):
    with pytest.raises(ValueError, match=r"127\.5"):
        refuse_odd_clips(torch.zeros(2, 3, 3, 2, 2, dtype=dtype))


@pytest.mark.parametrize("other", [GOOD.numpy(), GOOD.tolist(), None, "clips"])
def test_what_is_no_tensor_is_told_how_to_become_one(other):
    with pytest.raises(ValueError, match=r"torch\.as_tensor"):
        refuse_odd_clips(other)
