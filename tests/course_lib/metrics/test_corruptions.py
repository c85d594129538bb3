"""Each corruption changes what its name says and nothing else."""

import pytest
import torch
from scipy.ndimage import gaussian_filter

from course_lib.data.shape_motion import sample_clips
from course_lib.metrics.corruptions import (
    BLUR_SIGMA,
    CORRUPTIONS,
    NOISE_STD,
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
def test_a_corruption_keeps_shape_and_range_and_does_not_change_its_input(name):
    before, corrupt = CLIPS.clone(), CORRUPTIONS[name]
    corrupted = corrupt(CLIPS, rng(1))
    assert corrupted.shape == CLIPS.shape and corrupted.abs().max() <= 1 + 1e-6
    assert torch.equal(CLIPS, before) and not torch.equal(corrupted, CLIPS)
    assert torch.equal(corrupt(CLIPS, rng(1)), corrupted)


def sorted_frames(clips):
    """All frames of all clips as sorted tuples of pixels."""
    rows = clips.flatten(0, 1).flatten(1)
    return sorted(map(tuple, rows[:, ::37].tolist()))


def test_frozen_clips_repeat_the_middle_frame():
    frozen = freeze(CLIPS, rng())
    assert (frozen == CLIPS[:, 8:9]).all()


def test_shuffled_and_reversed_clips_keep_the_frames_of_each_clip():
    for corrupted in (shuffle(CLIPS, rng(2)), reverse(CLIPS, rng())):
        for clip, original in zip(corrupted, CLIPS, strict=True):
            assert sorted_frames(clip[None]) == sorted_frames(original[None])
    assert torch.equal(reverse(reverse(CLIPS, rng()), rng()), CLIPS)


def test_each_clip_is_shuffled_in_another_order():
    same = CLIPS[:1].repeat(4, 1, 1, 1, 1)
    corrupted = shuffle(same, rng(3))
    assert not torch.equal(corrupted[0], corrupted[1])


def test_a_swapped_frame_comes_from_the_next_clip_and_the_set_of_frames_is_kept():
    corrupted = swap_one_frame(CLIPS, rng(4))
    changed = (corrupted != CLIPS).flatten(2).any(dim=2)
    (time,) = changed.any(dim=0).nonzero().flatten().tolist()
    assert torch.equal(corrupted[:, time], CLIPS[:, time].roll(-1, 0))
    assert sorted_frames(corrupted) == sorted_frames(CLIPS)


def test_blur_equals_scipy():
    expected = gaussian_filter(
        CLIPS[0, 3, 0].numpy(), BLUR_SIGMA, mode="nearest", radius=3
    )
    found = blur(CLIPS, rng())[0, 3, 0]
    torch.testing.assert_close(found, torch.from_numpy(expected), atol=1e-5, rtol=0)


def test_noise_has_the_documented_std_where_nothing_is_clipped():
    grey = torch.zeros(2, 4, 3, 32, 32)
    assert add_noise(grey, rng()).std().item() == pytest.approx(NOISE_STD, rel=0.02)


def test_recolour_rotates_the_channels_and_keeps_black():
    red = torch.tensor([0.8, -1.0, -1.0]).view(1, 1, 3, 1, 1).repeat(2, 4, 1, 2, 2)
    corrupted = recolour(red, rng())
    assert torch.equal(corrupted[:, 0], red[:, 0])
    assert corrupted[0, -1, :, 0, 0].tolist() == pytest.approx([-1, 0.8, -1])
    torch.testing.assert_close(corrupted.sum(dim=2), red.sum(dim=2))
    black = -torch.ones(2, 4, 3, 2, 2)
    assert torch.equal(recolour(black, rng()), black)


def test_clips_that_cannot_be_corrupted_raise_an_error():
    with pytest.raises(ValueError, match="2 clips or more"):
        swap_one_frame(CLIPS[:1], rng())
    with pytest.raises(ValueError, match="red, green, blue"):
        recolour(CLIPS[:, :, :1], rng())
