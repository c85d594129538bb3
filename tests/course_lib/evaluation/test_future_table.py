"""The table of stochastic predictors: one sample, and the best of n samples."""

import pytest
import torch

from course_lib.data.restless_digits import sample_clips
from course_lib.data.restless_digits import test_clips as fixed_clips
from course_lib.evaluation import future_table
from course_lib.evaluation.future_table import (
    CONTEXT,
    format_scores,
    score,
    trivial_rows,
)
from course_lib.evaluation.prediction_table import mean_frame
from course_lib.predictor.squared_error import frame_errors


@pytest.fixture(scope="module")
def rows():
    samplers = trivial_rows().items()
    return {name: score(sample, n=20, n_samples=1) for name, sample in samplers}


def test_with_one_sample_mean_and_best_are_equal(rows):
    for row in rows.values():
        assert torch.equal(row.mse, row.best_mse)
        assert torch.equal(row.ssim, row.best_ssim)


def test_errors_are_summed_over_pixels_in_0_to_1(rows):
    truth = fixed_clips(20)[:, CONTEXT:]
    expected = frame_errors(torch.full_like(truth, -1.0), truth).mean(dim=0)
    torch.testing.assert_close(rows["black"].mse, expected)


def test_the_best_sample_has_the_smallest_error_over_the_whole_future():
    """One of four samples is the true future, the others are black."""

    def sample(context, horizon):
        truth = next(futures)
        is_true = torch.arange(len(context)) % 4 == 2
        repeated = truth.repeat_interleave(4, dim=0)
        black = -torch.ones_like(repeated)
        return torch.where(is_true.view(-1, 1, 1, 1, 1), repeated, black)

    futures = iter(fixed_clips(20)[:, CONTEXT:].split(future_table.BATCH_SIZE))
    scores = score(sample, n=20, n_samples=4)
    black = score(trivial_rows()["black"], n=20, n_samples=1)
    assert scores.best_mse.max() == 0
    assert scores.best_so_far[2:].max() == 0  # the third of four is the truth
    torch.testing.assert_close(scores.best_so_far[:2], black.best_so_far.expand(2))
    torch.testing.assert_close(scores.best_ssim, torch.ones(10))
    torch.testing.assert_close(scores.mse, 0.75 * black.mse)


def test_a_sampler_gets_five_frames_of_context_and_the_horizon():
    calls = []

    def record(context, horizon):
        calls.append((tuple(context.shape[:2]), horizon))
        return context.new_zeros(len(context), horizon, *context.shape[2:])

    score(record, n=3, n_samples=2)
    assert calls == [((6, 5), 10)]


def test_samples_are_clamped_to_the_range_of_pixels(rows):
    def below_black(context, horizon):
        return context.new_full((len(context), horizon, *context.shape[2:]), -3.0)

    scores = score(below_black, n=20, n_samples=1)
    torch.testing.assert_close(scores.mse, rows["black"].mse)


def test_the_mean_frame_is_that_of_training_clips():
    assert mean_frame(sample_clips).shape == (1, 64, 64)
    assert -1 < mean_frame(sample_clips).mean() < -0.7


def test_the_text_of_a_card_states_means_over_horizons(rows):
    mse = rows["black"].mse.mean().item()
    text = format_scores(rows["black"])
    assert text.startswith(f"mse {mse:.1f}, ssim ")
    assert f"best of 20: mse {mse:.1f}" in text
