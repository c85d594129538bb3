"""Average content distance: closed forms, degenerate clips, invariances, errors."""

import pytest
import torch

from course_lib.data.shape_motion import sample_clips
from course_lib.metrics.content import average_content_distance, median_steps


def square_clip(colours, left_edges, side=4):
    """A clip of one square, from its colour (0 to 255) and left edge in each frame."""
    clip = torch.zeros(1, len(left_edges), 3, 16, 32)
    for frame, (colour, x) in enumerate(zip(colours, left_edges, strict=True)):
        shape = torch.tensor(colour, dtype=torch.float32).view(3, 1, 1)
        clip[0, frame, :, 5 : 5 + side, x : x + side] = shape
    return clip / 127.5 - 1


def test_real_clips_have_distance_0_and_the_known_step():
    """The step of the released files is 3.64 pixels; dark shapes count as empty."""
    clips = sample_clips(2000, torch.Generator().manual_seed(0)).videos
    parts = torch.tensor([average_content_distance(x) for x in clips.split(100)])
    distance, empty_fraction, step = parts.mean(dim=0).tolist()
    assert distance == 0
    assert empty_fraction < 0.01
    assert step == pytest.approx(3.64, abs=0.1)


def test_a_constant_colour_drift_has_the_closed_form():
    """Colours 10 apart a frame: mean distance over all pairs is 10 (T + 1) / 3."""
    colours = [(100 + 10 * t, 50, 50) for t in range(6)]
    found = average_content_distance(square_clip(colours, [3 * t for t in range(6)]))
    assert found.distance == pytest.approx(10 * 7 / 3)
    assert found.step == pytest.approx(3)


def test_black_and_frozen_clips_have_distance_0_and_are_revealed_by_the_other_figures():
    black = average_content_distance(-torch.ones(2, 4, 3, 8, 8))
    assert black == (0, 1, 0)
    frozen = average_content_distance(square_clip([(200, 0, 0)] * 4, [5] * 4))
    assert frozen == (0, 0, 0)


def test_a_pixel_belongs_to_the_shape_above_25():
    for level, empty in ((25, 1), (26, 0)):
        clip = square_clip([(0, level, 0)] * 3, [1, 2, 3])
        assert average_content_distance(clip).empty_fraction == empty


def test_frames_without_a_shape_are_excluded():
    red, black = (200, 0, 0), (0, 0, 0)
    found = average_content_distance(square_clip([red, black, red, red], [0, 9, 4, 8]))
    assert found.distance == 0
    assert found.empty_fraction == 0.25
    assert found.step == pytest.approx(4)  # of the last two frames only


def test_order_of_clips_and_direction_of_time_do_not_matter():
    clips = sample_clips(5, torch.Generator().manual_seed(1)).videos
    noisy = (clips + 0.1 * torch.randn_like(clips)).clamp(-1, 1)
    found = average_content_distance(noisy)
    for other in (noisy.flip(0), noisy.flip(1)):
        assert average_content_distance(other) == pytest.approx(found)


@pytest.mark.parametrize("shape", [(0, 4, 3, 8, 8), (2, 1, 3, 8, 8), (2, 4, 1, 8, 8)])
def test_clips_without_colours_or_frame_pairs_raise_an_error(shape):
    with pytest.raises(ValueError, match="coloured clips"):
        average_content_distance(torch.zeros(shape))


def test_a_numeric_mask_is_true_where_it_is_not_0():
    mask = torch.zeros(1, 2, 4, 4)
    mask[0, 0, 0, 0], mask[0, 1, 0, 2:] = 255, 1
    has_shape = torch.ones(1, 2)
    assert median_steps(mask.byte(), has_shape.byte()).item() == 2.5
    assert median_steps(mask.numpy(), has_shape.tolist()).item() == 2.5


def test_bright_clips_have_a_content_distance():
    levels = (square_clip([(250, 200, 200)] * 3, [1, 2, 3]) + 1) * 127.5
    bright = (levels // 4 * 2 + 129) / 127.5 - 1  # bytes from 129 to 253
    assert average_content_distance(bright.repeat(2, 1, 1, 1, 1)).empty_fraction == 0
