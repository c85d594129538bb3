"""The table of predictors: baselines, units, perfect predictions, context."""

import pytest
import torch

from course_lib.data.moving_digits import sample_clips
from course_lib.data.moving_digits import test_clips as fixed_clips
from course_lib.evaluation import prediction_table
from course_lib.evaluation.prediction_table import (
    CONTEXT,
    format_scores,
    mean_frame,
    score,
    trivial_rows,
)


@pytest.fixture(scope="module")
def rows():
    return {name: score(predict, n=60) for name, predict in trivial_rows().items()}


def test_the_baselines_have_the_known_order_of_errors(rows):
    order = sorted(rows, key=lambda name: rows[name].mse.mean())
    assert order == ["mean frame", "black", "copy the last", "linear extrapolation"]


def test_black_frames_have_a_high_ssim(rows):
    """Most of a frame is black, so SSIM alone does not rank predictors."""
    assert rows["black"].ssim.mean() > 1.3 * rows["mean frame"].ssim.mean()


def test_errors_are_sums_over_a_frame_in_0_to_1(rows):
    """The error of a black frame is the sum of squared pixels of the target."""
    pixels = (fixed_clips(60)[:, CONTEXT:] + 1) / 2
    expected = pixels.square().sum(dim=(2, 3, 4)).mean(dim=0)
    torch.testing.assert_close(rows["black"].mse, expected)


def test_a_perfect_prediction_has_error_0(monkeypatch):
    futures = iter(fixed_clips(60)[:, CONTEXT:].split(prediction_table.BATCH_SIZE))
    perfect = score(lambda context, horizon: next(futures), n=60)
    assert perfect.mse.max() == 0
    torch.testing.assert_close(perfect.ssim, torch.ones(10))
    assert perfect.psnr.isposinf().all()


def test_predictions_are_clipped_to_minus_1_and_1(rows):
    beyond = score(lambda context, horizon: torch.full_like(context, -3.0), n=60)
    torch.testing.assert_close(beyond.mse, rows["black"].mse)


def test_a_predictor_gets_ten_frames_and_a_horizon_of_ten():
    calls = []

    def record_call(context, horizon):
        calls.append((context.shape[1], horizon))
        return torch.zeros_like(context)

    score(record_call, n=3)
    assert calls == [(10, 10)]


def test_the_mean_frame_is_that_of_training_clips():
    assert mean_frame(sample_clips).shape == (1, 64, 64)
    assert mean_frame(sample_clips).mean() < -0.7  # mostly black
    assert mean_frame(sample_clips) is mean_frame(sample_clips)


def test_formatted_scores_are_means_over_the_horizon(rows):
    mse = rows["black"].mse.mean().item()
    assert format_scores(rows["black"]).startswith(f"mse {mse:.1f}, psnr ")
