"""A clip is frames in order: put together, taken apart, stacked, compared."""

import pytest
import torch

from course_lib.mocogan.frame_views import (
    draw_times,
    paint_clips,
    pick_frames,
    stack_flows,
    stack_frames,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def clips(*shape):
    return torch.randn(shape, generator=rng(3))


def paint(z):
    """A painter that makes all pixels of a frame the first number of its latent."""
    return z[:, :1, None, None].expand(-1, 3, 2, 4)


@pytest.mark.parametrize("shape", [(2, 5, 1), (4, 4, 2), (1, 3, 1), (3, 1, 1)])
def test_every_frame_comes_back_into_its_clip_at_its_time(shape):
    path = clips(*shape)
    videos = paint_clips(paint, path)
    assert videos.shape == (*shape[:2], 3, 2, 4)
    for n in range(shape[0]):
        for t in range(shape[1]):
            assert (videos[n, t] == path[n, t, 0]).all()


def test_all_frames_are_painted_in_one_call():
    calls = []
    paint_clips(lambda z: calls.append(len(z)) or paint(z), clips(3, 4, 2))
    assert calls == [12]


def test_the_frame_picked_is_the_clip_s_own_at_its_time():
    videos = clips(3, 5, 2, 4, 4)
    frames = pick_frames(videos, torch.tensor([4, 0, 2]))
    for n, t in enumerate((4, 0, 2)):
        assert torch.equal(frames[n], videos[n, t])


def test_gradients_reach_the_frames_picked_alone():
    videos = clips(2, 3, 1, 2, 2).requires_grad_()
    pick_frames(videos, torch.tensor([1, 2])).sum().backward()
    reached = videos.grad.flatten(2).sum(dim=2)
    assert reached.tolist() == [[0, 4, 0], [0, 0, 4]]


def test_every_time_is_drawn_as_often_as_any_other():
    times = draw_times(4000, 5, rng())
    shares = torch.bincount(times, minlength=5) / 4000
    assert len(shares) == 5 and (shares - 0.2).abs().max() < 0.03
    assert torch.equal(times, draw_times(4000, 5, rng()))


def test_a_stack_is_frame_after_frame_channel_by_channel():
    videos = clips(2, 3, 2, 4, 6)
    stack = stack_frames(videos)
    assert stack.shape == (2, 6, 4, 6)
    assert torch.equal(stack[:, 2:4], videos[:, 1])
    half = stack_frames(videos, shrink=2)
    expected = videos.unflatten(4, (3, 2)).unflatten(3, (2, 2)).mean(dim=(4, 6))
    torch.testing.assert_close(half, expected.flatten(1, 2))


def test_flows_are_stacked_step_by_step_and_know_which_way_things_go():
    ticks = torch.arange(16.0)
    frames = [
        (-((ticks - x).square() + (ticks - 8).square()[:, None]) / 8).exp()
        for x in (6.0, 6.5, 6.5)
    ]
    videos = torch.stack(frames).view(1, 3, 1, 16, 16).expand(1, 3, 3, 16, 16)
    flows = stack_flows(videos).unflatten(1, (2, 2))
    assert flows.shape == (1, 2, 2, 16, 16)
    there = flows[0, 0, :, 7:10, 5:8].mean(dim=(1, 2))
    assert there[0] > 0.2 and there[1].abs() < 0.05
    assert (flows[0, 1] == 0).all()  # nothing moved in the second step


def test_a_time_for_each_clip_or_none():
    with pytest.raises(ValueError, match="3 clips need a time each; 2 times came"):
        pick_frames(clips(3, 4, 1, 2, 2), torch.tensor([0, 1]))
