"""The table: fixed clips, stated sums, and the rows that learnt nothing."""

import pytest
import torch

from course_lib.data.moving_digits import sample_clips
from course_lib.data.moving_digits import test_clips as fixed_clips
from course_lib.evaluation import prediction_table
from course_lib.evaluation.prediction_table import (
    CONTEXT,
    in_words,
    mean_frame,
    score,
    trivial_rows,
)


@pytest.fixture(scope="module")
def rows():
    return {name: score(predict, n=60) for name, predict in trivial_rows().items()}


def test_copying_the_last_frame_is_worse_than_painting_black(rows):
    order = sorted(rows, key=lambda name: rows[name].mse.mean())
    assert order == ["mean frame", "black", "copy the last", "linear extrapolation"]


def test_black_is_similar_and_useless(rows):
    """SSIM alone means nothing here: most of a frame is black."""
    assert rows["black"].ssim.mean() > 1.3 * rows["mean frame"].ssim.mean()


def test_errors_are_sums_over_a_frame_in_0_to_1(rows):
    """A black frame pays the squared ink of the truth, pixel by pixel."""
    ink = (fixed_clips(60)[:, CONTEXT:] + 1) / 2
    expected = ink.square().sum(dim=(2, 3, 4)).mean(dim=0)
    torch.testing.assert_close(rows["black"].mse, expected)


def test_a_perfect_prediction_costs_nothing(monkeypatch):
    futures = iter(fixed_clips(60)[:, CONTEXT:].split(prediction_table.AT_ONCE))
    perfect = score(lambda context, horizon: next(futures), n=60)
    assert perfect.mse.max() == 0
    torch.testing.assert_close(perfect.ssim, torch.ones(10))
    assert perfect.psnr.isposinf().all()


def test_predictions_are_cut_off_at_black_and_white(rows):
    beyond = score(lambda context, horizon: torch.full_like(context, -3.0), n=60)
    torch.testing.assert_close(beyond.mse, rows["black"].mse)


def test_a_predictor_never_sees_the_future():
    seen = []

    def spy(context, horizon):
        seen.append((context.shape[1], horizon))
        return torch.zeros_like(context)

    score(spy, n=3)
    assert seen == [(10, 10)]


def test_the_mean_frame_is_that_of_training_clips():
    assert mean_frame(sample_clips).shape == (1, 64, 64)
    assert mean_frame(sample_clips).mean() < -0.7  # mostly black
    assert mean_frame(sample_clips) is mean_frame(sample_clips)


def test_a_card_s_words_are_means_over_the_horizons(rows):
    mse = rows["black"].mse.mean().item()
    assert in_words(rows["black"]).startswith(f"mse {mse:.1f}, psnr ")
