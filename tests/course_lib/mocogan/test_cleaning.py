"""Cleaning takes away what one frame alone shows, and what a colour wanders."""

import pytest
import torch

from course_lib.metrics.content import average_content_distance
from course_lib.mocogan.cleaning import denoise, steady_colours


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def wandering(n_frames=6):
    """A square that moves by a pixel a frame while its colour drifts."""
    clip = -torch.ones(2, n_frames, 3, 16, 16)
    colours = 0.6 * torch.rand(2, n_frames, 3, 1, 1, generator=rng())
    for t in range(n_frames):
        clip[:, t, :, 4:10, t : t + 6] = colours[:, t]
    return clip


def test_a_speck_in_one_frame_goes_and_a_moving_square_stays():
    clean = wandering().clamp(max=0.0)  # one colour
    specked = clean.clone()
    specked[:, 3, :, 14, 14] = 1
    assert torch.equal(denoise(clean)[:, 1:-1], clean[:, 1:-1])
    assert torch.equal(denoise(specked), denoise(clean))


def test_a_median_is_that_of_three_frames_and_ends_stay():
    clip = torch.randn(2, 5, 3, 4, 4, generator=rng())
    found = denoise(clip)
    assert torch.equal(found[:, [0, -1]], clip[:, [0, -1]])
    ordered = clip[:, 1:4].sort(dim=1).values
    assert torch.equal(found[:, 2], ordered[:, 1])


def test_steady_colours_bring_the_content_distance_to_0_and_move_nothing():
    clip = wandering()
    before, after = (average_content_distance(x) for x in (clip, steady_colours(clip)))
    assert before.distance > 10 > 1e-3 > after.distance
    assert (before.step, before.empty_share) == (after.step, after.empty_share)


def test_a_steady_clip_and_an_empty_frame_stay_as_they_are():
    clip = wandering()
    clip[:, :, :, :, :] = clip.clamp(max=0.0)
    clip[:, 2] = -1
    torch.testing.assert_close(steady_colours(clip), clip)


def test_grey_clips_have_no_colour_to_steady():
    with pytest.raises(ValueError, match="need 3 channels, got 1"):
        steady_colours(torch.zeros(1, 3, 1, 4, 4))
