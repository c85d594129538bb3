"""Where a pixel goes: exact for what is known, silent where nothing can be seen."""

import pytest
import torch
from torch.nn.functional import conv2d

from course_lib.metrics.optical_flow import (
    fetch,
    lucas_kanade,
    optical_flow,
    pyramidal_flow,
    slopes,
)
from course_lib.metrics.ssim import gaussian_window


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def parabolas(n, shift, side=9, seed=1):
    """Pictures that are polynomials of degree 2, before and after a shift (x, y)."""
    weights = torch.randn(n, 2, 6, 1, 1, generator=rng(seed), dtype=torch.float64)
    ticks = torch.arange(side, dtype=torch.float64) - side // 2

    def seen(dx, dy):
        x, y = (ticks - dx).expand(side, side), (ticks - dy)[:, None].expand(side, side)
        terms = torch.stack((x * x, x * y, y * y, x, y, torch.ones_like(x)))
        return (weights * terms).sum(2)

    return seen(0.0, 0.0), seen(*shift)


@pytest.mark.parametrize("shift", [(1.0, 0.0), (0.0, -2.0), (-0.3, 0.7), (3.0, 4.5)])
def test_a_parabola_that_moves_has_exactly_the_flow_of_its_shift(shift):
    flow = lucas_kanade(*parabolas(5, shift))
    expected = torch.tensor(shift, dtype=torch.float64).expand(5, 2)
    torch.testing.assert_close(flow, expected, rtol=1e-9, atol=1e-9)


def test_a_window_s_flow_is_the_least_squares_solution():
    before, after = torch.randn(2, 4, 3, 6, 7, generator=rng(), dtype=torch.float64)
    x, y, t = (part.flatten(1) for part in slopes(before, after))
    system = torch.stack((x, y), dim=2)
    expected = torch.linalg.lstsq(system, -t.unsqueeze(2)).solution.squeeze(2)
    torch.testing.assert_close(lucas_kanade(before, after), expected)


def test_slopes_of_a_ramp_are_its_steepness_and_its_speed():
    x = torch.arange(6.0).expand(1, 1, 5, 6)
    y = torch.arange(5.0)[:, None].expand(1, 1, 5, 6)
    found = slopes(2 * x + 3 * y, 2 * (x - 1) + 3 * y)  # one pixel to the right
    assert found.x.shape == (1, 1, 3, 4)
    assert (found.x == 2).all() and (found.y == 3).all() and (found.t == -2).all()


def test_brightness_and_contrast_do_not_change_the_flow_and_time_turns_it():
    before, after = parabolas(3, (0.4, -0.2))
    once = lucas_kanade(before, after)
    torch.testing.assert_close(once, lucas_kanade(5 * before - 1, 5 * after - 1))
    torch.testing.assert_close(once, -lucas_kanade(after, before))
    turned = lucas_kanade(before.transpose(2, 3), after.transpose(2, 3))
    torch.testing.assert_close(once, turned.flip(1))


def test_an_edge_alone_has_no_flow_and_is_refused():
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


def test_every_pixel_of_a_moving_blob_says_where_it_goes():
    flow = optical_flow(blob(11, 12), blob(11.5, 11.7), window=7, damping=1e-4)
    assert flow.shape == (1, 2, 24, 24)
    middle = flow[0, :, 9:15, 9:14].mean(dim=(1, 2))
    torch.testing.assert_close(middle, torch.tensor([0.5, -0.3]), atol=0.03, rtol=0)


def test_what_is_flat_stands_still_and_damping_slows_all_else():
    assert (
        optical_flow(*[torch.ones(2, 3, 8, 8)] * 2, window=3, damping=1.0) == 0
    ).all()
    pair = blob(11, 12), blob(11.5, 11.7)
    fast, slow = (optical_flow(*pair, window=5, damping=d) for d in (1e-4, 1.0))
    assert slow.norm() < 0.2 * fast.norm()


def test_a_flow_hands_gradients_to_both_frames_also_where_all_is_flat():
    before, after = (x.clone().requires_grad_() for x in (blob(9, 9), blob(9.5, 9)))
    optical_flow(before, after, window=3, damping=0.01)[:, 0].sum().backward()
    for frame in (before, after):
        assert frame.grad.isfinite().all() and frame.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("window", "damping", "size"), [(4, 1.0, 8), (-1, 1.0, 8), (3, 0.0, 8)]
)
def test_windows_without_a_middle_and_no_damping_are_refused(window, damping, size):
    frames = torch.zeros(1, 1, size, size)
    with pytest.raises(ValueError, match="odd side"):
        optical_flow(frames, frames, window=window, damping=damping)


def test_frames_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="one size"):
        slopes(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 5))
    with pytest.raises(ValueError, match="3 x 3 pixels or more"):
        slopes(torch.zeros(1, 1, 2, 5), torch.zeros(1, 1, 2, 5))


@pytest.fixture(scope="module")
def texture():
    """A window of 64 pixels onto a rough picture; it moves by whole pixels (x, y)."""
    wide = torch.randn(1, 1, 100, 100, generator=rng(3))
    kernel = gaussian_window(13, 2.0).float()
    smooth = conv2d(conv2d(wide, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))
    smooth = smooth / smooth.abs().max()

    def seen(x, y):
        return smooth[..., 12 - y : 76 - y, 12 - x : 76 - x].expand(-1, 3, -1, -1)

    return seen


@pytest.mark.parametrize("shift", [(1, 0), (3, 2), (8, 0), (-8, 8), (0, -8)])
def test_coarse_to_fine_finds_ways_of_eight_pixels(texture, shift):
    flow = pyramidal_flow(texture(0, 0), texture(*shift), window=7, damping=1e-5)
    apart = (flow - torch.tensor(shift).view(1, 2, 1, 1)).norm(dim=1)
    assert apart[0, 12:-12, 12:-12].mean() < 0.03


def test_one_size_alone_is_lost_after_a_few_pixels(texture):
    flow = optical_flow(texture(0, 0), texture(8, 0), window=7, damping=1e-5)
    assert (flow[0, 0] - 8)[12:-12, 12:-12].abs().mean() > 3


def test_a_part_of_a_pixel_is_found_by_both():
    pair = blob(11, 12), blob(11.5, 11.7)
    once = optical_flow(*pair, window=7, damping=1e-4)
    again = pyramidal_flow(*pair, window=7, damping=1e-4)
    torch.testing.assert_close(
        again[0, :, 9:15, 9:14], once[0, :, 9:15, 9:14], atol=0.05, rtol=0
    )


def test_the_background_of_a_moving_box_stays_at_rest():
    before, after = -torch.ones(2, 1, 3, 64, 64)
    before[..., 20:30, 20:30] = after[..., 22:32, 27:37] = 0.7
    flow = pyramidal_flow(before, after, window=5, damping=1e-3)[0]
    assert flow[:, 48:].abs().max() < 0.05
    assert flow[0, 20:30, 20:30].median() > 4


def test_two_equal_frames_do_not_move_at_all_where_sides_are_powers_of_two():
    frames = torch.rand(2, 1, 37, 50, generator=rng())
    assert pyramidal_flow(frames, frames, window=5, damping=1e-3).abs().max() < 1e-4
    power = torch.rand(2, 1, 32, 64, generator=rng())
    assert (pyramidal_flow(power, power, window=5, damping=1e-3) == 0).all()


def test_what_a_flow_points_to_is_fetched():
    frames = torch.arange(12.0).view(1, 1, 3, 4)
    flow = torch.zeros(1, 2, 3, 4)
    flow[:, 0] = 1  # a pixel to the right
    expected = torch.tensor([[1.0, 2, 3, 3], [5, 6, 7, 7], [9, 10, 11, 11]])
    torch.testing.assert_close(fetch(frames, flow)[0, 0], expected)
    flow[:, 1] = 0.5  # and half a pixel down
    torch.testing.assert_close(fetch(frames, flow)[0, 0, 0, 0], torch.tensor(3.0))


@pytest.mark.parametrize("flow", [optical_flow, pyramidal_flow])
def test_numbers_that_are_none_are_refused_at_every_size(flow):
    frames = torch.zeros(1, 1, 16, 16)
    with pytest.raises(ValueError, match="inf or nan"):
        flow(frames, frames * torch.nan, window=3, damping=1.0)
    with pytest.raises(ValueError, match="odd side"):
        flow(frames, frames, window=4, damping=1.0)
