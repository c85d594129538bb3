"""SSIM: known images, scikit-image, symmetry, data ranges, bytes, errors."""

import pytest
import torch
from skimage.metrics import structural_similarity

from course_lib.metrics.ssim import gaussian_window, ssim

GAUSSIAN = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}


def test_known_images_have_their_known_ssim(pattern, boxes):
    found = ssim(0.8 * pattern + 0.1, pattern, data_range=1)
    assert found.item() == pytest.approx(0.975705, abs=1e-6)
    assert ssim(*boxes, data_range=1).item() == pytest.approx(0.799169, abs=1e-6)


def test_black_against_white_has_the_closed_form():
    black = torch.zeros(1, 1, 1, 16, 16)
    found = ssim(black, black + 1, data_range=1)
    assert found.item() == pytest.approx(9.9990001e-5, rel=1e-5)


def test_ssim_equals_scikit_image_without_the_border():
    rng = torch.Generator().manual_seed(0)
    x, y = torch.rand(2, 2, 1, 3, 20, 24, generator=rng).double()
    for clip in range(2):
        _, ssim_map = structural_similarity(
            x[clip, 0].numpy(), y[clip, 0].numpy(), data_range=1.0, channel_axis=0,
            full=True, **GAUSSIAN,
        )  # fmt: skip
        inner = ssim_map[:, 5:-5, 5:-5].mean()
        found = ssim(x, y, data_range=1)[clip, 0].item()
        assert found == pytest.approx(inner, abs=1e-9)


def test_ssim_is_symmetric_and_1_for_equal_frames():
    rng = torch.Generator().manual_seed(1)
    x, y = torch.rand(2, 3, 2, 1, 16, 16, generator=rng)
    torch.testing.assert_close(ssim(x, y, data_range=1), ssim(y, x, data_range=1))
    torch.testing.assert_close(ssim(x, x, data_range=1), torch.ones(3, 2))


def test_scaling_pixels_and_data_range_keeps_ssim():
    rng = torch.Generator().manual_seed(2)
    x, y = torch.rand(2, 1, 2, 1, 16, 16, generator=rng).double()
    scaled = ssim(2 * x - 1, 2 * y - 1, data_range=2)
    shifted = ssim(x - 0.5, y - 0.5, data_range=1)
    torch.testing.assert_close(scaled, shifted)


def test_the_window_is_symmetric_with_its_maximum_in_the_middle_and_sum_1():
    window = gaussian_window(11, 1.5)
    assert window.sum().item() == pytest.approx(1)
    assert window.argmax().item() == 5
    torch.testing.assert_close(window, window.flip(0))


def test_frames_smaller_than_the_window_raise_an_error():
    small = torch.zeros(1, 1, 1, 16, 10)
    with pytest.raises(ValueError, match="16 x 10 are smaller"):
        ssim(small, small, data_range=1)


def test_invalid_data_ranges_and_shapes_raise_an_error():
    frames = torch.zeros(1, 1, 1, 16, 16)
    with pytest.raises(ValueError, match="above 0"):
        ssim(frames, frames, data_range=0)
    with pytest.raises(ValueError, match="one shape"):
        ssim(frames, frames[:, :0], data_range=1)


def bytes_of(seed):
    rng = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (2, 1, 3, 20, 24), generator=rng, dtype=torch.uint8)


def test_ssim_of_bytes_equals_scikit_image():
    x = bytes_of(0)
    y = (x.int() + bytes_of(1).int() % 9 - 4).clamp(0, 255).to(torch.uint8)
    ours = ssim(x, y, data_range=255)
    assert ours.dtype == torch.float64
    torch.testing.assert_close(ssim(x.numpy(), y.numpy(), data_range=255), ours)
    for clip in range(2):
        _, ssim_map = structural_similarity(
            x[clip, 0].numpy(), y[clip, 0].numpy(), data_range=255, channel_axis=0,
            full=True, **GAUSSIAN,
        )  # fmt: skip
        inner = ssim_map[:, 5:-5, 5:-5].mean()
        assert 0.9 < inner < 1
        assert ours[clip, 0].item() == pytest.approx(inner, abs=1e-9)


def test_black_against_white_bytes_has_the_closed_form():
    black = torch.zeros(1, 1, 1, 16, 16, dtype=torch.uint8)
    found = ssim(black, black + 255, data_range=255)
    assert found.item() == pytest.approx(9.9990001e-5, rel=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype):
    x = torch.rand(2, 1, 1, 16, 16, generator=torch.Generator().manual_seed(3))
    x, y = x.to(dtype), (x + 0.004 * x.roll(1, -1)).to(dtype)
    found = ssim(x, y, data_range=1)
    expected = ssim(x.double(), y.double(), data_range=1)
    assert found.dtype == torch.float32 and (found < 1).all()
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("data_range", [1, 2, 65535])
def test_bytes_with_another_data_range_raise_an_error(data_range):
    with pytest.raises(ValueError, match="255 for bytes"):
        ssim(bytes_of(0), bytes_of(0), data_range=data_range)


@pytest.mark.parametrize("window", [(0, 1.5), (-3, 1.5), (11, 0), (11, -1.5)])
def test_a_window_without_pixels_or_sigma_raises_an_error(window):
    with pytest.raises(ValueError, match="1 pixel or more"):
        gaussian_window(*window)
    with pytest.raises(ValueError, match="an integer"):
        gaussian_window(11.0, 1.5)
