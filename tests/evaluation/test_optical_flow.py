"""Where a pixel goes: exact for what is known, silent where nothing can be seen."""

import pytest
import torch

from course_lib.evaluation.optical_flow import lucas_kanade, optical_flow, slopes


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
