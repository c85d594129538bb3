"""Each corruption breaks what its name says, and keeps all else."""

import pytest
import torch
from scipy.ndimage import gaussian_filter

from course_lib.data.shape_motion import sample_clips
from course_lib.metrics.corruptions import (
    BLUR,
    CORRUPTIONS,
    NOISE,
    add_noise,
    blur,
    freeze,
    recolour,
    reverse,
    shuffle,
    swap_one_frame,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


CLIPS = sample_clips(5, rng()).videos


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption_gives_as_many_clips_in_range_and_leaves_its_own(name):
    before, corrupt = CLIPS.clone(), CORRUPTIONS[name]
    broken = corrupt(CLIPS, rng(1))
    assert broken.shape == CLIPS.shape and broken.abs().max() <= 1 + 1e-6
    assert torch.equal(CLIPS, before) and not torch.equal(broken, CLIPS)
    assert torch.equal(corrupt(CLIPS, rng(1)), broken)


def pictures(clips):
    """All frames of all clips, in an order of their own."""
    rows = clips.flatten(0, 1).flatten(1)
    return sorted(map(tuple, rows[:, ::37].tolist()))


def test_frozen_clips_show_one_real_frame():
    frozen = freeze(CLIPS, rng())
    assert (frozen == CLIPS[:, 8:9]).all()


def test_shuffled_and_reversed_clips_keep_the_frames_of_each_clip():
    for broken in (shuffle(CLIPS, rng(2)), reverse(CLIPS, rng())):
        for clip, whole in zip(broken, CLIPS, strict=True):
            assert pictures(clip[None]) == pictures(whole[None])
    assert torch.equal(reverse(reverse(CLIPS, rng()), rng()), CLIPS)


def test_clips_are_shuffled_each_in_its_own_order():
    same = CLIPS[:1].repeat(4, 1, 1, 1, 1)
    broken = shuffle(same, rng(3))
    assert not torch.equal(broken[0], broken[1])


def test_a_swapped_frame_is_the_neighbour_s_and_the_set_keeps_all_pictures():
    broken = swap_one_frame(CLIPS, rng(4))
    changed = (broken != CLIPS).flatten(2).any(dim=2)
    (when,) = changed.any(dim=0).nonzero().flatten().tolist()
    assert torch.equal(broken[:, when], CLIPS[:, when].roll(-1, 0))
    assert pictures(broken) == pictures(CLIPS)


def test_blur_is_scipy_s():
    expected = gaussian_filter(CLIPS[0, 3, 0].numpy(), BLUR, mode="nearest", radius=3)
    found = blur(CLIPS, rng())[0, 3, 0]
    torch.testing.assert_close(found, torch.from_numpy(expected), atol=1e-5, rtol=0)


def test_noise_is_as_wide_as_it_says_where_nothing_is_cut_off():
    grey = torch.zeros(2, 4, 3, 32, 32)
    assert add_noise(grey, rng()).std().item() == pytest.approx(NOISE, rel=0.02)


def test_colours_change_places_and_black_stays_black():
    red = torch.tensor([0.8, -1.0, -1.0]).view(1, 1, 3, 1, 1).repeat(2, 4, 1, 2, 2)
    broken = recolour(red, rng())
    assert torch.equal(broken[:, 0], red[:, 0])
    assert broken[0, -1, :, 0, 0].tolist() == pytest.approx([-1, 0.8, -1])
    torch.testing.assert_close(broken.sum(dim=2), red.sum(dim=2))  # as much light
    black = -torch.ones(2, 4, 3, 2, 2)
    assert torch.equal(recolour(black, rng()), black)


def test_what_cannot_be_broken_so_is_refused():
    with pytest.raises(ValueError, match="2 clips or more"):
        swap_one_frame(CLIPS[:1], rng())
    with pytest.raises(ValueError, match="red, green, blue"):
        recolour(CLIPS[:, :, :1], rng())
