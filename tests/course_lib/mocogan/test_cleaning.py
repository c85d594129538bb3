"""Median denoising over time, and constant colours of a shape."""

import pytest
import torch

from course_lib.metrics.content import average_content_distance
from course_lib.mocogan.cleaning import denoise, steady_colours


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def square_with_changing_colour(n_frames=6):
    """A square that moves by a pixel a frame, with a random colour in each frame."""
    clip = -torch.ones(2, n_frames, 3, 16, 16)
    colours = 0.6 * torch.rand(2, n_frames, 3, 1, 1, generator=rng())
    for t in range(n_frames):
        clip[:, t, :, 4:10, t : t + 6] = colours[:, t]
    return clip


def test_denoising_removes_a_speck_of_one_frame_and_keeps_a_moving_square():
    clean = square_with_changing_colour().clamp(max=0.0)  # one colour
    with_speck = clean.clone()
    with_speck[:, 3, :, 14, 14] = 1
    assert torch.equal(denoise(clean)[:, 1:-1], clean[:, 1:-1])
    assert torch.equal(denoise(with_speck), denoise(clean))


def test_denoising_is_the_median_of_three_frames_except_at_both_ends():
    clip = torch.randn(2, 5, 3, 4, 4, generator=rng())
    denoised = denoise(clip)
    assert torch.equal(denoised[:, [0, -1]], clip[:, [0, -1]])
    ordered = clip[:, 1:4].sort(dim=1).values
    assert torch.equal(denoised[:, 2], ordered[:, 1])


def test_steady_colours_make_the_content_distance_0_and_change_no_position():
    clip = square_with_changing_colour()
    before, after = (average_content_distance(x) for x in (clip, steady_colours(clip)))
    assert before.distance > 10 > 1e-3 > after.distance
    assert before[1:] == after[1:]  # empty frames and speed


def test_steady_colours_change_neither_a_constant_colour_nor_an_empty_frame():
    clip = square_with_changing_colour().clamp(max=0.0)
    clip[:, 2] = -1
    torch.testing.assert_close(steady_colours(clip), clip)


def test_steady_colours_reject_grey_clips():
    with pytest.raises(
        ValueError, match="need 3 channels for their colours, but got 1"
    ):
        steady_colours(torch.zeros(1, 3, 1, 4, 4))
