"""What learns nothing: the rows that a predictor has to beat."""

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


def test_black_is_the_lowest_value_whatever_was_seen():
    torch.testing.assert_close(black(CONTEXT, 3), torch.full((2, 3, 1, 5, 6), -1.0))


def test_copies_repeat_the_last_frame():
    torch.testing.assert_close(
        copy_last(CONTEXT, 2), torch.stack((CONTEXT[:, -1], CONTEXT[:, -1]), dim=1)
    )


def test_means_are_of_the_data_or_of_what_was_seen():
    frame = torch.linspace(-1, 1, 30).view(1, 5, 6)
    torch.testing.assert_close(mean_frame(CONTEXT, 3, frame)[1, 2], frame)
    torch.testing.assert_close(mean_of_inputs(CONTEXT, 3)[:, 2], CONTEXT.mean(dim=1))


def test_a_steady_ramp_goes_on_and_is_cut_off():
    ramp = torch.tensor([0.0, 0.4]).view(1, 2, 1, 1, 1).expand(-1, -1, -1, 2, 2)
    found = linear_extrapolation(ramp, 3)[0, :, 0, 0, 0]
    torch.testing.assert_close(found, torch.tensor([0.8, 1.0, 1.0]))


def test_linear_extrapolation_of_one_frame_is_refused():
    with pytest.raises(ValueError, match="two frames"):
        linear_extrapolation(CONTEXT[:, :1], 3)
