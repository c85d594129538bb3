"""Warping error: known motion, occlusion, degenerate clips, corruptions, errors."""

import pytest
import torch
from torch.nn.functional import conv2d

from course_lib.data.shape_motion import sample_clips
from course_lib.metrics.corruptions import add_noise, freeze, reverse, shuffle
from course_lib.metrics.ssim import gaussian_window
from course_lib.metrics.warping import consistent_pixels, warping_errors


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def clips():
    return sample_clips(6, rng()).videos


def translated(step):
    """Three frames of a random texture that moves right by ``step`` pixels a frame."""
    wide = torch.randn(1, 1, 76, 96, generator=rng(3))
    kernel = gaussian_window(13, 2.0).float()
    smooth = conv2d(conv2d(wide, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))
    smooth = smooth[0] / smooth.abs().max()
    frames = [smooth[..., 14 - step * t : 78 - step * t] for t in range(3)]
    return torch.stack(frames).unsqueeze(0)


@pytest.mark.parametrize("step", [1, 3, 6])
def test_a_known_translation_has_a_small_error_and_its_flow_length(step):
    found = warping_errors(translated(step))
    copy_error = (translated(step).diff(dim=1) ** 2).mean()
    assert found.error.item() < 0.03 * copy_error
    assert found.flow_length.item() == pytest.approx(step, rel=0.25)
    assert (
        found.occluded_fraction.item() < 0.3
    )  # the border, and regions without texture


def test_pixels_that_leave_the_frame_are_occluded():
    flow = torch.zeros(1, 2, 4, 4)
    flow[:, 0] = 2.0
    assert consistent_pixels(flow, -flow)[0, 0].tolist() == [True, True, False, False]


def test_pixels_whose_flows_do_not_cancel_are_occluded():
    flow = torch.full((1, 2, 5, 5), 1.5)
    assert not consistent_pixels(flow, flow)[0, :3, :3].any()
    assert consistent_pixels(flow, -flow)[0, :3, :3].all()


def test_frozen_clips_have_error_0_and_flow_length_0(clips):
    found = warping_errors(freeze(clips, rng()))
    assert all((part == 0).all() for part in found)


def test_noise_and_shuffling_raise_the_error(clips):
    real = warping_errors(clips)
    assert real.flow_length.mean() > 0.05
    for corruption in (shuffle, add_noise):
        broken = warping_errors(corruption(clips, rng()))
        assert broken.error.mean() > 3 * real.error.mean()


def test_reversed_clips_have_a_similar_error(clips):
    forward, backward = warping_errors(clips), warping_errors(reverse(clips, rng()))
    assert backward.error.mean() == pytest.approx(forward.error.mean().item(), rel=0.3)


def test_results_of_a_clip_do_not_depend_on_the_other_clips(clips):
    found, alone = warping_errors(clips), warping_errors(clips[2:3])
    for all_clips, one_clip in zip(found, alone, strict=True):
        torch.testing.assert_close(all_clips[2:3], one_clip, rtol=1e-4, atol=1e-7)


def test_a_single_frame_raises_an_error(clips):
    with pytest.raises(ValueError, match="2 frames or more"):
        warping_errors(clips[:, :1])
