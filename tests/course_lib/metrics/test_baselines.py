"""Baselines of video prediction: black, mean, copied and extrapolated frames."""

import pytest
import torch

from course_lib.metrics.baselines import (
    black,
    copy_last,
    linear_extrapolation,
    mean_frame,
    mean_of_inputs,
)

CONTEXT = torch.rand(2, 4, 1, 5, 6, generator=torch.Generator().manual_seed(0)) - 0.5


def test_black_frames_have_the_lowest_value_for_any_context():
    torch.testing.assert_close(black(CONTEXT, 3), torch.full((2, 3, 1, 5, 6), -1.0))


def test_copy_last_repeats_the_last_frame():
    torch.testing.assert_close(
        copy_last(CONTEXT, 2), torch.stack((CONTEXT[:, -1], CONTEXT[:, -1]), dim=1)
    )


def test_mean_frames_are_those_of_the_data_or_of_the_context():
    frame = torch.linspace(-1, 1, 30).view(1, 5, 6)
    torch.testing.assert_close(mean_frame(CONTEXT, 3, frame)[1, 2], frame)
    torch.testing.assert_close(mean_of_inputs(CONTEXT, 3)[:, 2], CONTEXT.mean(dim=1))


def test_linear_change_continues_and_is_clipped():
    ramp = torch.tensor([0.0, 0.4]).view(1, 2, 1, 1, 1).expand(-1, -1, -1, 2, 2)
    pixel = linear_extrapolation(ramp, 3)[0, :, 0, 0, 0]
    torch.testing.assert_close(pixel, torch.tensor([0.8, 1.0, 1.0]))


def test_linear_extrapolation_of_one_frame_raises_an_error():
    with pytest.raises(ValueError, match="two frames"):
        linear_extrapolation(CONTEXT[:, :1], 3)
