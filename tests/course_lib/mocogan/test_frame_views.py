"""Clips from frames, frames from clips, stacked frames and stacked flows."""

import pytest
import torch

from course_lib.mocogan.frame_views import (
    generate_clips,
    pick_frames,
    sample_times,
    stack_flows,
    stack_frames,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def clips(*shape):
    return torch.randn(shape, generator=rng(3))


def constant_images(z):
    """Image generator whose pixels all have the value of the latent's first entry."""
    return z[:, :1, None, None].expand(-1, 3, 2, 4)


@pytest.mark.parametrize("shape", [(2, 5, 1), (4, 4, 2), (1, 3, 1), (3, 1, 1)])
def test_frame_t_of_clip_n_is_generated_from_latent_t_of_path_n(shape):
    path = clips(*shape)
    videos = generate_clips(constant_images, path)
    assert videos.shape == (*shape[:2], 3, 2, 4)
    for n in range(shape[0]):
        for t in range(shape[1]):
            assert (videos[n, t] == path[n, t, 0]).all()


def test_all_frames_are_generated_in_one_call():
    batch_sizes = []
    generate_clips(
        lambda z: batch_sizes.append(len(z)) or constant_images(z), clips(3, 4, 2)
    )
    assert batch_sizes == [12]


def test_pick_frames_returns_the_frame_of_each_clip_at_its_time():
    videos = clips(3, 5, 2, 4, 4)
    frames = pick_frames(videos, torch.tensor([4, 0, 2]))
    for n, t in enumerate((4, 0, 2)):
        assert torch.equal(frames[n], videos[n, t])


def test_gradients_flow_to_the_picked_frames_only():
    videos = clips(2, 3, 1, 2, 2).requires_grad_()
    pick_frames(videos, torch.tensor([1, 2])).sum().backward()
    gradients = videos.grad.flatten(2).sum(dim=2)
    assert gradients.tolist() == [[0, 4, 0], [0, 0, 4]]


def test_sampled_times_are_uniform_and_reproducible():
    times = sample_times(4000, 5, rng())
    frequencies = torch.bincount(times, minlength=5) / 4000
    assert len(frequencies) == 5 and (frequencies - 0.2).abs().max() < 0.03
    assert torch.equal(times, sample_times(4000, 5, rng()))


def test_stacked_frames_are_ordered_by_time_then_channel():
    videos = clips(2, 3, 2, 4, 6)
    stack = stack_frames(videos)
    assert stack.shape == (2, 6, 4, 6)
    assert torch.equal(stack[:, 2:4], videos[:, 1])
    half = stack_frames(videos, shrink=2)
    expected = videos.unflatten(4, (3, 2)).unflatten(3, (2, 2)).mean(dim=(4, 6))
    torch.testing.assert_close(half, expected.flatten(1, 2))


def test_stacked_flows_point_along_the_motion_of_each_step():
    ticks = torch.arange(16.0)
    frames = [
        (-((ticks - x).square() + (ticks - 8).square()[:, None]) / 8).exp()
        for x in (6.0, 6.5, 6.5)
    ]
    videos = torch.stack(frames).view(1, 3, 1, 16, 16).expand(1, 3, 3, 16, 16)
    flows = stack_flows(videos).unflatten(1, (2, 2))
    assert flows.shape == (1, 2, 2, 16, 16)
    flow_at_blob = flows[0, 0, :, 7:10, 5:8].mean(dim=(1, 2))
    assert flow_at_blob[0] > 0.2 and flow_at_blob[1].abs() < 0.05
    assert (flows[0, 1] == 0).all()  # the second step has no motion


def test_pick_frames_rejects_another_number_of_times_than_clips():
    with pytest.raises(ValueError, match="3 clips need one time each, but got 2 times"):
        pick_frames(clips(3, 4, 1, 2, 2), torch.tensor([0, 1]))
