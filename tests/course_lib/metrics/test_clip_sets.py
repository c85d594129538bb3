"""Validation of clip sets: sizes, finite values, and the range [-1, 1]."""

import warnings

import pytest
import torch

from course_lib.metrics.clip_sets import check_clips
from course_lib.metrics.warping import warping_errors

GOOD = torch.linspace(-1, 1, 2 * 3 * 12).view(2, 3, 3, 2, 2)


def test_clips_in_range_are_accepted_with_rounding_errors():
    check_clips(GOOD, min_clips=2, min_frames=3)
    check_clips(GOOD * 1.0005)


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
def test_invalid_clips_raise_an_error(videos, words):
    with pytest.raises(ValueError, match=words):
        check_clips(videos, min_clips=2, min_frames=3)


def byte_clips(low, high, shape=(3, 4, 3, 8, 8), seed=0):
    """Random bytes from low to high, both included."""
    rng = torch.Generator().manual_seed(seed)
    frames = torch.randint(low, high + 1, shape, generator=rng)
    frames[0, 0, 0, 0, 0], frames[0, 0, 0, 0, 1] = low, high
    return frames.double()


def assert_no_warning(check, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(*args, **kwargs)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
@pytest.mark.parametrize("bounds", [(168, 255), (128, 255), (200, 201), (255, 255)])
def test_bright_byte_clips_in_minus_1_to_1_are_accepted(bounds, dtype):
    assert_no_warning(
        check_clips, (byte_clips(*bounds) / 127.5 - 1).to(dtype), min_clips=2
    )


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
@pytest.mark.parametrize("bounds", [(0, 255), (10, 200), (128, 255), (240, 255)])
@pytest.mark.parametrize("clips", [1, 3])
def test_byte_clips_in_0_to_1_raise_an_error_at_any_brightness(bounds, clips, dtype):
    with pytest.raises(ValueError, match=r"2 \* x - 1"):
        check_clips((byte_clips(*bounds) / 255).to(dtype)[:clips])


def test_a_set_that_spans_0_to_1_raises_an_error():
    for videos in (
        torch.rand(GOOD.shape, generator=torch.Generator().manual_seed(0)).round(),
        torch.linspace(0, 1, GOOD.numel()).view_as(GOOD),
    ):
        with pytest.raises(ValueError, match="from 0 to 1"):
            check_clips(videos)
        assert_no_warning(check_clips, videos[:1] * 0.9)


def test_clips_of_ambiguous_range_are_accepted_with_a_warning():
    rng = torch.Generator().manual_seed(0)
    bright = 0.4 + 0.6 * torch.rand(GOOD.shape, generator=rng)
    for videos in (bright, torch.zeros_like(GOOD), 0.7 * bright.round()):
        with pytest.warns(UserWarning, match="taken for bright clips"):
            check_clips(videos)
        assert_no_warning(check_clips, videos[:1])
        assert_no_warning(check_clips, videos - 0.71)


def test_the_warning_names_the_line_that_called_the_metric():
    with pytest.warns(UserWarning, match="taken for bright") as warnings_list:
        warping_errors(0.3 + 0.0 * GOOD.repeat(1, 1, 1, 8, 8))
    assert warnings_list[0].filename == __file__


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.bool])
def test_integer_clips_raise_an_error(dtype):
    with pytest.raises(ValueError, match=r"127\.5"):
        check_clips(torch.zeros(2, 3, 3, 2, 2, dtype=dtype))


@pytest.mark.parametrize("other", [GOOD.numpy(), GOOD.tolist(), None, "clips"])
def test_other_types_raise_an_error_that_names_as_tensor(other):
    with pytest.raises(ValueError, match=r"torch\.as_tensor"):
        check_clips(other)
