"""Pixels are compared in a range that somebody has to state."""

import math

import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio
from torchmetrics.functional.image import peak_signal_noise_ratio as torch_psnr

from course_lib.metrics.pixel import mse_per_frame, psnr


def clips(seed, shape=(2, 3, 1, 8, 9)):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)).double()


def test_known_pictures_have_their_known_ratio(pattern, boxes):
    found = psnr(0.8 * pattern + 0.1, pattern, data_range=1)
    assert found.item() == pytest.approx(24.635484)
    assert psnr(*boxes, data_range=1).item() == pytest.approx(15.0515, abs=1e-4)


def test_ratio_of_a_frame_is_scikit_image_s_and_torchmetrics():
    x, y = clips(0), clips(1)
    ours = psnr(x, y, data_range=1)
    for clip in range(2):
        for frame in range(3):
            one, other = x[clip, frame, 0], y[clip, frame, 0]
            theirs = peak_signal_noise_ratio(other.numpy(), one.numpy(), data_range=1)
            assert ours[clip, frame].item() == pytest.approx(theirs)
            theirs = torch_psnr(one, other, data_range=1.0)
            assert ours[clip, frame].item() == pytest.approx(theirs.item())


def test_error_is_a_mean_over_pixels_and_stays_apart_for_every_frame():
    x = torch.zeros(2, 3, 3, 4, 5)
    y = x.clone()
    y[1, 2] = 0.5
    expected = torch.zeros(2, 3)
    expected[1, 2] = 0.25
    torch.testing.assert_close(mse_per_frame(x, y), expected)


def test_equal_frames_have_infinitely_many_decibels(pattern):
    assert psnr(pattern, pattern, data_range=1).item() == math.inf


def test_a_range_of_half_the_truth_costs_six_decibels():
    x, y = clips(0), clips(1)
    lost = psnr(x, y, data_range=2) - psnr(x, y, data_range=1)
    torch.testing.assert_close(lost, torch.full_like(lost, 20 * math.log10(2)))


def test_mean_of_ratios_is_not_the_ratio_of_the_mean():
    x, y = torch.zeros(2, 1, 2, 1, 8, 8)
    y[:, 0], y[:, 1] = 0.01, 0.5
    whole = 10 * math.log10(1 / mse_per_frame(x, y).mean().item())
    assert psnr(x, y, data_range=1).mean().item() > whole + 5


@pytest.mark.parametrize("data_range", [0.0, -1.0, math.nan])
def test_range_that_is_none_is_refused(data_range):
    with pytest.raises(ValueError, match="above 0"):
        psnr(clips(0), clips(1), data_range=data_range)


def test_clips_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        mse_per_frame(clips(0), clips(0)[:, :2])
    with pytest.raises(ValueError, match="one shape"):
        mse_per_frame(clips(0)[:0], clips(0)[:0])
    with pytest.raises(ValueError, match="inf or nan"):
        mse_per_frame(clips(0) * math.nan, clips(0))
