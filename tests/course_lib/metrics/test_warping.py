"""What flickers does not fit; what stands still fits too well, and says so."""

import pytest
import torch
from torch.nn.functional import conv2d

from course_lib.data.shape_motion import sample_clips
from course_lib.metrics.corruptions import add_noise, freeze, reverse, shuffle
from course_lib.metrics.ssim import gaussian_window
from course_lib.metrics.warping import followed, warping_errors


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def clips():
    return sample_clips(6, rng()).videos


def sliding(step):
    """Three frames of a rough picture that slides to the right, step pixels a frame."""
    wide = torch.randn(1, 1, 76, 96, generator=rng(3))
    kernel = gaussian_window(13, 2.0).float()
    smooth = conv2d(conv2d(wide, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))
    smooth = smooth[0] / smooth.abs().max()
    shown = [smooth[..., 14 - step * t : 78 - step * t] for t in range(3)]
    return torch.stack(shown).unsqueeze(0)


@pytest.mark.parametrize("step", [1, 3, 6])
def test_a_known_slide_is_explained_and_its_way_is_found(step):
    found = warping_errors(sliding(step))
    still = (sliding(step).diff(dim=1) ** 2).mean()
    assert found.error.item() < 0.03 * still
    assert found.way.item() == pytest.approx(step, rel=0.25)
    assert found.hidden.item() < 0.3  # the border, and what is too flat to follow


def test_what_leaves_the_frame_is_hidden():
    away = torch.zeros(1, 2, 4, 4)
    away[:, 0] = 2.0
    assert followed(away, -away)[0, 0].tolist() == [True, True, False, False]


def test_a_way_that_does_not_come_back_is_hidden():
    away = torch.full((1, 2, 5, 5), 1.5)
    assert not followed(away, away)[0, :3, :3].any()
    assert followed(away, -away)[0, :3, :3].all()


def test_frozen_clips_win_and_give_themselves_away(clips):
    found = warping_errors(freeze(clips, rng()))
    assert all((part == 0).all() for part in found)


def test_flicker_and_lost_order_cost_more_than_real_motion(clips):
    real = warping_errors(clips)
    assert real.way.mean() > 0.05
    for corruption in (shuffle, add_noise):
        broken = warping_errors(corruption(clips, rng()))
        assert broken.error.mean() > 3 * real.error.mean()


def test_time_runs_both_ways(clips):
    forth, back = warping_errors(clips), warping_errors(reverse(clips, rng()))
    assert back.error.mean() == pytest.approx(forth.error.mean().item(), rel=0.3)


def test_each_clip_has_its_own_figures_whoever_is_beside_it(clips):
    found, alone = warping_errors(clips), warping_errors(clips[2:3])
    for whole, part in zip(found, alone, strict=True):
        torch.testing.assert_close(whole[2:3], part, rtol=1e-4, atol=1e-7)


def test_a_single_frame_is_refused(clips):
    with pytest.raises(ValueError, match="2 frames or more"):
        warping_errors(clips[:, :1])
