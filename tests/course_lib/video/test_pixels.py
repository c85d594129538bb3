"""Bytes become the canonical range once, and every layout has a way back."""

import pytest
import torch
from torch import nn

from course_lib import video


def clip(*shape):
    return 2 * torch.rand(*shape, generator=torch.Generator().manual_seed(0)) - 1


def test_every_byte_survives_the_way_in_and_out():
    everything = torch.arange(256, dtype=torch.uint8)
    canonical = video.from_bytes(everything)
    assert canonical.dtype == torch.float32
    assert (canonical[0], canonical[-1]) == (-1, 1)
    assert torch.allclose(canonical.diff(), torch.tensor(2 / 255))
    assert torch.equal(video.to_bytes(canonical), everything)


def test_rounding_goes_to_the_nearest_byte():
    values = clip(1000)
    back = video.from_bytes(video.to_bytes(values))
    assert (back - values).abs().max() <= 1 / 255 + 1e-6


@pytest.mark.parametrize("values", [[1.01], [-2.0], [0.0, float("nan")], [255.0]])
def test_values_out_of_the_canonical_range_are_refused(values):
    with pytest.raises(ValueError, match=r"lie in \[-1, 1\], got"):
        video.to_bytes(torch.tensor(values))


def test_the_range_of_floats_is_not_guessed():
    with pytest.raises(ValueError, match=r"needs torch.uint8, .* got torch.float32"):
        video.from_bytes(torch.zeros(3))


def test_channels_last_is_how_pictures_lie_in_a_film():
    videos = clip(2, 3, 4, 5, 6)
    films = video.channels_last(videos)
    assert films.shape == (2, 3, 5, 6, 4)
    assert films[1, 2, 3, 4, 0] == videos[1, 2, 0, 3, 4]
    assert torch.equal(video.from_channels_last(films), videos)


def test_frames_of_a_clip_follow_each_other():
    videos = clip(2, 3, 4, 5, 6)
    images = video.frames_of_clips(videos)
    for i, image in enumerate(images):
        assert torch.equal(image, videos[i // 3, i % 3])
    assert torch.equal(video.clips_from_frames(images, n_frames=3), videos)


@pytest.mark.parametrize("n_frames", [4, 0, -2])
def test_images_that_make_no_whole_clips_are_refused(n_frames):
    with pytest.raises(ValueError, match="6 images do not divide into clips of"):
        video.clips_from_frames(torch.zeros(6, 1, 2, 2), n_frames=n_frames)


def test_a_convolution_over_time_sees_the_same_in_its_own_layout():
    """A kernel that takes the next frame's first channel gives just that."""
    videos = clip(2, 5, 3, 4, 4)
    next_frame = nn.Conv3d(3, 1, (2, 1, 1), bias=False)
    with torch.no_grad():
        next_frame.weight.zero_()
        next_frame.weight[0, 0, 1] = 1
        out = next_frame(video.time_and_channel_swapped(videos))
    assert torch.equal(video.time_and_channel_swapped(out), videos[:, 1:, :1])
