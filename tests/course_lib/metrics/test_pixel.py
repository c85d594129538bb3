"""MSE and PSNR: known images, scikit-image, torchmetrics, data ranges, bytes."""

import math

import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio
from torchmetrics.functional.image import peak_signal_noise_ratio as torch_psnr

from course_lib.metrics.pixel import check_within_range, mse_per_frame, psnr


def clips(seed, shape=(2, 3, 1, 8, 9)):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)).double()


def test_known_images_have_their_known_psnr(pattern, boxes):
    found = psnr(0.8 * pattern + 0.1, pattern, data_range=1)
    assert found.item() == pytest.approx(24.635484)
    assert psnr(*boxes, data_range=1).item() == pytest.approx(15.0515, abs=1e-4)


def test_psnr_equals_scikit_image_and_torchmetrics():
    x, y = clips(0), clips(1)
    ours = psnr(x, y, data_range=1)
    for clip in range(2):
        for frame in range(3):
            one, other = x[clip, frame, 0], y[clip, frame, 0]
            theirs = peak_signal_noise_ratio(other.numpy(), one.numpy(), data_range=1)
            assert ours[clip, frame].item() == pytest.approx(theirs)
            theirs = torch_psnr(one, other, data_range=1.0)
            assert ours[clip, frame].item() == pytest.approx(theirs.item())


def test_mse_is_a_mean_over_pixels_for_each_frame():
    x = torch.zeros(2, 3, 3, 4, 5)
    y = x.clone()
    y[1, 2] = 0.5
    expected = torch.zeros(2, 3)
    expected[1, 2] = 0.25
    torch.testing.assert_close(mse_per_frame(x, y), expected)


def test_equal_frames_have_infinite_psnr(pattern):
    assert psnr(pattern, pattern, data_range=1).item() == math.inf


def test_twice_the_data_range_raises_psnr_by_six_decibels():
    x, y = clips(0), clips(1)
    gain = psnr(x, y, data_range=2) - psnr(x, y, data_range=1)
    torch.testing.assert_close(gain, torch.full_like(gain, 20 * math.log10(2)))


def test_the_mean_psnr_differs_from_the_psnr_of_the_mean_error():
    x, y = torch.zeros(2, 1, 2, 1, 8, 8)
    y[:, 0], y[:, 1] = 0.01, 0.5
    psnr_of_mean = 10 * math.log10(1 / mse_per_frame(x, y).mean().item())
    assert psnr(x, y, data_range=1).mean().item() > psnr_of_mean + 5


@pytest.mark.parametrize("data_range", [0.0, -1.0, math.nan])
def test_data_ranges_that_are_not_positive_raise_an_error(data_range):
    with pytest.raises(ValueError, match="above 0"):
        psnr(clips(0), clips(1), data_range=data_range)


def test_clips_that_cannot_be_compared_raise_an_error():
    with pytest.raises(ValueError, match="one shape"):
        mse_per_frame(clips(0), clips(0)[:, :2])
    with pytest.raises(ValueError, match="one shape"):
        mse_per_frame(clips(0)[:0], clips(0)[:0])
    with pytest.raises(ValueError, match="axes"):
        mse_per_frame(clips(0)[None], clips(1)[None])
    with pytest.raises(ValueError, match="inf or nan"):
        mse_per_frame(clips(0) * math.nan, clips(0))


def bytes_of(seed):
    return (clips(seed) * 255).round().to(torch.uint8)


def test_psnr_of_bytes_equals_scikit_image():
    x, y = bytes_of(0), bytes_of(1)
    ours = psnr(x, y, data_range=255)
    assert ours.dtype == torch.float64
    for form in (torch.Tensor.numpy, torch.Tensor.long):
        torch.testing.assert_close(psnr(form(x), form(y), data_range=255), ours)
    for clip in range(2):
        for frame in range(3):
            one, other = x[clip, frame, 0].numpy(), y[clip, frame, 0].numpy()
            theirs = peak_signal_noise_ratio(other, one, data_range=255)
            assert ours[clip, frame].item() == pytest.approx(theirs)


def test_mse_of_bytes_does_not_wrap_around():
    dark, light = (torch.full((1, 1, 1, 2, 2), n, dtype=torch.uint8) for n in (3, 5))
    assert mse_per_frame(dark, light).item() == 4
    assert mse_per_frame(light > 4, dark > 4).item() == 1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("decibels", [40, 70, 100])
def test_small_errors_do_not_vanish_in_half_precision(dtype, decibels):
    """The difference is representable in the type, so its PSNR has a closed form."""
    error = torch.tensor(10 ** (-decibels / 20)).to(dtype)
    x = torch.zeros(1, 1, 1, 4, 4, dtype=dtype)
    found = psnr(x + error, x, data_range=1)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(-20 * math.log10(error.item()), abs=1e-3)


def test_a_large_range_does_not_overflow_in_half_precision():
    x = torch.zeros(1, 1, 1, 4, 4, dtype=torch.float16)
    for data_range in (255, torch.tensor(255.0).half(), torch.tensor(255).byte()):
        found = psnr(x + 255, x, data_range=data_range)
        assert found.item() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("data_range", [1, 2, 100, 65535])
def test_bytes_with_another_data_range_raise_an_error(data_range):
    """Nearly equal bytes differ by less than any range, so their span is checked."""
    x = bytes_of(0)
    y = x.clone()
    y[..., 0] ^= 1
    for one, other in ((x, y), (x.numpy(), y.numpy())):
        with pytest.raises(ValueError, match="255 for bytes"):
            psnr(one, other, data_range=data_range)
    assert psnr(x, y, data_range=255).isfinite().all()


@pytest.mark.parametrize("data_range", [math.inf, "1", None, True, torch.ones(2)])
def test_data_ranges_that_are_not_one_finite_number_raise_an_error(data_range):
    with pytest.raises(ValueError, match="data_range"):
        psnr(clips(0), clips(1), data_range=data_range)


def test_the_range_check_of_bytes_does_not_wrap_around():
    dark, light = (torch.full((1, 1, 1, 2, 2), n, dtype=torch.uint8) for n in (3, 5))
    check_within_range(dark, light, 2)
    with pytest.raises(ValueError, match="2 apart"):
        check_within_range(light, dark, 1)
