"""Optical flow: exact for polynomials, least squares, pyramids, warping, errors."""

import pytest
import torch
from torch.nn.functional import conv2d

from course_lib.metrics.optical_flow import (
    image_gradients,
    lucas_kanade,
    optical_flow,
    pyramidal_flow,
    warp_backward,
)
from course_lib.metrics.ssim import gaussian_window


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def parabolas(n, shift, side=9, seed=1):
    """Images that are polynomials of degree 2, before and after a shift (x, y)."""
    weights = torch.randn(n, 2, 6, 1, 1, generator=rng(seed), dtype=torch.float64)
    ticks = torch.arange(side, dtype=torch.float64) - side // 2

    def image(dx, dy):
        x, y = (ticks - dx).expand(side, side), (ticks - dy)[:, None].expand(side, side)
        terms = torch.stack((x * x, x * y, y * y, x, y, torch.ones_like(x)))
        return (weights * terms).sum(2)

    return image(0.0, 0.0), image(*shift)


@pytest.mark.parametrize("shift", [(1.0, 0.0), (0.0, -2.0), (-0.3, 0.7), (3.0, 4.5)])
def test_a_translated_polynomial_has_exactly_the_flow_of_its_shift(shift):
    flow = lucas_kanade(*parabolas(5, shift))
    expected = torch.tensor(shift, dtype=torch.float64).expand(5, 2)
    torch.testing.assert_close(flow, expected, rtol=1e-9, atol=1e-9)


def test_the_flow_of_a_window_is_the_least_squares_solution():
    before, after = torch.randn(2, 4, 3, 6, 7, generator=rng(), dtype=torch.float64)
    x, y, t = (part.flatten(1) for part in image_gradients(before, after))
    system = torch.stack((x, y), dim=2)
    expected = torch.linalg.lstsq(system, -t.unsqueeze(2)).solution.squeeze(2)
    torch.testing.assert_close(lucas_kanade(before, after), expected)


def test_image_gradients_of_a_linear_image_are_its_coefficients():
    x = torch.arange(6.0).expand(1, 1, 5, 6)
    y = torch.arange(5.0)[:, None].expand(1, 1, 5, 6)
    gradients = image_gradients(
        2 * x + 3 * y, 2 * (x - 1) + 3 * y
    )  # one pixel to the right
    assert gradients.x.shape == (1, 1, 3, 4)
    assert (
        (gradients.x == 2).all()
        and (gradients.y == 3).all()
        and (gradients.t == -2).all()
    )


def test_brightness_and_contrast_keep_the_flow_and_time_reversal_negates_it():
    before, after = parabolas(3, (0.4, -0.2))
    once = lucas_kanade(before, after)
    torch.testing.assert_close(once, lucas_kanade(5 * before - 1, 5 * after - 1))
    torch.testing.assert_close(once, -lucas_kanade(after, before))
    transposed = lucas_kanade(before.transpose(2, 3), after.transpose(2, 3))
    torch.testing.assert_close(once, transposed.flip(1))


def test_an_edge_or_a_constant_image_raises_an_error():
    edge = torch.zeros(1, 1, 7, 7)
    edge[..., 3:] = 1
    with pytest.raises(ValueError, match="two directions"):
        lucas_kanade(edge, edge.roll(1, 3))
    with pytest.raises(ValueError, match="two directions"):
        lucas_kanade(torch.zeros(1, 3, 7, 7), torch.zeros(1, 3, 7, 7))


def blob(x, y, side=24):
    ticks = torch.arange(float(side))
    squares = (ticks - x).square() + (ticks - y).square()[:, None]
    return (-squares / 18).exp().expand(1, 3, side, side)


def test_the_flow_of_a_moving_blob_is_its_displacement():
    flow = optical_flow(blob(11, 12), blob(11.5, 11.7), window=7, damping=1e-4)
    assert flow.shape == (1, 2, 24, 24)
    middle = flow[0, :, 9:15, 9:14].mean(dim=(1, 2))
    torch.testing.assert_close(middle, torch.tensor([0.5, -0.3]), atol=0.03, rtol=0)


def test_constant_windows_have_flow_0_and_damping_shrinks_the_flow():
    assert (
        optical_flow(*[torch.ones(2, 3, 8, 8)] * 2, window=3, damping=1.0) == 0
    ).all()
    pair = blob(11, 12), blob(11.5, 11.7)
    weakly, strongly = (optical_flow(*pair, window=5, damping=d) for d in (1e-4, 1.0))
    assert strongly.norm() < 0.2 * weakly.norm()


def test_the_flow_is_differentiable_in_both_frames_also_in_constant_windows():
    before, after = (x.clone().requires_grad_() for x in (blob(9, 9), blob(9.5, 9)))
    optical_flow(before, after, window=3, damping=0.01)[:, 0].sum().backward()
    for frame in (before, after):
        assert frame.grad.isfinite().all() and frame.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("window", "damping", "size"), [(4, 1.0, 8), (-1, 1.0, 8), (3, 0.0, 8)]
)
def test_even_windows_and_damping_0_raise_an_error(window, damping, size):
    frames = torch.zeros(1, 1, size, size)
    with pytest.raises(ValueError, match="odd side"):
        optical_flow(frames, frames, window=window, damping=damping)


def test_frames_of_different_or_too_small_size_raise_an_error():
    with pytest.raises(ValueError, match="one size"):
        image_gradients(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 5))
    with pytest.raises(ValueError, match="3 x 3 pixels or more"):
        image_gradients(torch.zeros(1, 1, 2, 5), torch.zeros(1, 1, 2, 5))


@pytest.fixture(scope="module")
def texture():
    """A function of a shift (x, y) in pixels: a 64 x 64 view of a random texture."""
    wide = torch.randn(1, 1, 100, 100, generator=rng(3))
    kernel = gaussian_window(13, 2.0).float()
    smooth = conv2d(conv2d(wide, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))
    smooth = smooth / smooth.abs().max()

    def view(x, y):
        return smooth[..., 12 - y : 76 - y, 12 - x : 76 - x].expand(-1, 3, -1, -1)

    return view


@pytest.mark.parametrize("shift", [(1, 0), (3, 2), (8, 0), (-8, 8), (0, -8)])
def test_the_pyramid_measures_displacements_of_eight_pixels(texture, shift):
    flow = pyramidal_flow(texture(0, 0), texture(*shift), window=7, damping=1e-5)
    error = (flow - torch.tensor(shift).view(1, 2, 1, 1)).norm(dim=1)
    assert error[0, 12:-12, 12:-12].mean() < 0.03


def test_a_single_level_fails_at_eight_pixels(texture):
    flow = optical_flow(texture(0, 0), texture(8, 0), window=7, damping=1e-5)
    assert (flow[0, 0] - 8)[12:-12, 12:-12].abs().mean() > 3


def test_both_methods_agree_below_one_pixel():
    pair = blob(11, 12), blob(11.5, 11.7)
    once = optical_flow(*pair, window=7, damping=1e-4)
    again = pyramidal_flow(*pair, window=7, damping=1e-4)
    torch.testing.assert_close(
        again[0, :, 9:15, 9:14], once[0, :, 9:15, 9:14], atol=0.05, rtol=0
    )


def test_the_background_of_a_moving_box_has_flow_0():
    before, after = -torch.ones(2, 1, 3, 64, 64)
    before[..., 20:30, 20:30] = after[..., 22:32, 27:37] = 0.7
    flow = pyramidal_flow(before, after, window=5, damping=1e-3)[0]
    assert flow[:, 48:].abs().max() < 0.05
    assert flow[0, 20:30, 20:30].median() > 4


def test_equal_frames_have_flow_exactly_0_if_sides_are_powers_of_two():
    frames = torch.rand(2, 1, 37, 50, generator=rng())
    assert pyramidal_flow(frames, frames, window=5, damping=1e-3).abs().max() < 1e-4
    power = torch.rand(2, 1, 32, 64, generator=rng())
    assert (pyramidal_flow(power, power, window=5, damping=1e-3) == 0).all()


def test_warping_samples_the_positions_the_flow_points_to():
    frames = torch.arange(12.0).view(1, 1, 3, 4)
    flow = torch.zeros(1, 2, 3, 4)
    flow[:, 0] = 1  # a pixel to the right
    expected = torch.tensor([[1.0, 2, 3, 3], [5, 6, 7, 7], [9, 10, 11, 11]])
    torch.testing.assert_close(warp_backward(frames, flow)[0, 0], expected)
    flow[:, 1] = 0.5  # and half a pixel down
    torch.testing.assert_close(
        warp_backward(frames, flow)[0, 0, 0, 0], torch.tensor(3.0)
    )


@pytest.mark.parametrize("flow", [optical_flow, pyramidal_flow])
def test_nan_and_even_windows_raise_an_error_with_and_without_a_pyramid(flow):
    frames = torch.zeros(1, 1, 16, 16)
    with pytest.raises(ValueError, match="inf or nan"):
        flow(frames, frames * torch.nan, window=3, damping=1.0)
    with pytest.raises(ValueError, match="odd side"):
        flow(frames, frames, window=4, damping=1.0)
