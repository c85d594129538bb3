"""Backward warping: exact shifts, and agreement with ``grid_sample``."""

import torch
from torch.nn.functional import grid_sample

from course_lib.predictor.warping import backward_warp


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape, dtype=torch.float64):
    return torch.randn(*shape, generator=rng(seed), dtype=dtype)


def constant_flow(frames, right, down):
    flow = torch.tensor([right, down], dtype=frames.dtype).view(1, 2, 1, 1)
    return flow.expand(len(frames), 2, *frames.shape[2:])


def warp_by_grid_sample(frames, flow):
    """The same by ``grid_sample``, whose coordinates run from -1 to 1."""
    height, width = frames.shape[2:]
    x = (torch.arange(width) + flow[:, 0]) / (width - 1) * 2 - 1
    y = (torch.arange(height)[:, None] + flow[:, 1]) / (height - 1) * 2 - 1
    return grid_sample(
        frames, torch.stack((x, y), -1), padding_mode="border", align_corners=True
    )


def test_a_flow_of_whole_pixels_is_an_exact_shift():
    frames = noise(1, 2, 3, 6, 9, dtype=torch.float32)
    for right, down in ((2, 0), (0, -1), (-3, 2), (8, -5)):
        warped = backward_warp(frames, constant_flow(frames, right, down))
        rows = (torch.arange(6) + down).clamp(0, 5)
        columns = (torch.arange(9) + right).clamp(0, 8)
        assert torch.equal(warped, frames[:, :, rows][:, :, :, columns])


def test_a_flow_to_the_right_reads_pixels_on_the_right():
    frame = torch.arange(4.0).expand(1, 1, 3, 4)
    warped = backward_warp(frame, constant_flow(frame, 1.0, 0.0))
    assert warped[0, 0].tolist() == [[1, 2, 3, 3]] * 3


def test_a_flow_of_0_changes_nothing():
    frames = noise(2, 2, 1, 5, 4, dtype=torch.float32)
    assert torch.equal(backward_warp(frames, torch.zeros(2, 2, 5, 4)), frames)


def test_a_flow_of_half_a_pixel_gives_the_mean_of_two_pixels():
    frames = noise(3, 1, 2, 4, 6)
    warped = backward_warp(frames, constant_flow(frames, 0.5, 0.0))
    mean = (frames[..., :-1] + frames[..., 1:]) / 2
    assert torch.allclose(warped[..., :-1], mean)
    assert torch.equal(warped[..., -1], frames[..., -1])


def test_any_flow_agrees_with_grid_sample_in_values_and_gradients():
    frames, flow = noise(4, 3, 2, 7, 9), 2.5 * noise(5, 3, 2, 7, 9)
    arguments = [frames.requires_grad_(), flow.requires_grad_()]
    actual, expected = backward_warp(frames, flow), warp_by_grid_sample(frames, flow)
    assert torch.allclose(actual, expected)
    cotangent = noise(6, 3, 2, 7, 9)
    gradients = (
        torch.autograd.grad((output * cotangent).sum(), arguments)
        for output in (actual, expected)
    )
    for mine, theirs in zip(*gradients, strict=True):
        assert torch.allclose(mine, theirs)
        assert mine.abs().sum() > 0


def test_two_whole_pixel_shifts_compose_to_their_sum():
    frames = noise(7, 1, 1, 8, 8)
    twice = backward_warp(
        backward_warp(frames, constant_flow(frames, 1.0, -2.0)),
        constant_flow(frames, 2.0, 1.0),
    )
    once = backward_warp(frames, constant_flow(frames, 3.0, -1.0))
    inner = (..., slice(2, -2), slice(0, 5))
    assert torch.equal(twice[inner], once[inner])


def test_every_pixel_has_its_own_flow():
    frames, flow = noise(8, 1, 1, 5, 5), torch.zeros(1, 2, 5, 5).double()
    flow[0, :, 1, 3] = torch.tensor([-3.0, 2.0])
    warped = backward_warp(frames, flow)
    assert warped[0, 0, 1, 3] == frames[0, 0, 3, 0]
    warped[0, 0, 1, 3] = frames[0, 0, 1, 3]
    assert torch.equal(warped, frames)
