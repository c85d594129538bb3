"""Best of many is chosen by the truth, one at random is not."""

import pytest
import torch

from course_lib.data.restless_digits import sample_clips
from course_lib.data.restless_digits import test_clips as fixed_clips
from course_lib.evaluation import future_table
from course_lib.evaluation.future_table import CONTEXT, in_words, score, trivial_rows
from course_lib.evaluation.prediction_table import mean_frame
from course_lib.predictor.squared_error import frame_errors


@pytest.fixture(scope="module")
def rows():
    named = trivial_rows().items()
    return {name: score(dream, n=20, tries=1) for name, dream in named}


def test_who_has_one_future_gains_nothing_by_choice(rows):
    for row in rows.values():
        assert torch.equal(row.mse, row.best_mse)
        assert torch.equal(row.ssim, row.best_ssim)


def test_errors_are_those_of_frames_in_0_to_1(rows):
    truth = fixed_clips(20)[:, CONTEXT:]
    expected = frame_errors(torch.full_like(truth, -1.0), truth).mean(dim=0)
    torch.testing.assert_close(rows["black"].mse, expected)


def test_the_best_try_is_the_one_nearest_to_the_whole_future():
    """One dreamer is right in one try of four, and black else."""

    def dream(context, horizon):
        truth = next(futures)
        right = torch.arange(len(context)) % 4 == 2
        many = truth.repeat_interleave(4, dim=0)
        return torch.where(right.view(-1, 1, 1, 1, 1), many, -torch.ones_like(many))

    futures = iter(fixed_clips(20)[:, CONTEXT:].split(future_table.AT_ONCE))
    found = score(dream, n=20, tries=4)
    black = score(trivial_rows()["black"], n=20, tries=1)
    assert found.best_mse.max() == 0
    assert found.best_so_far[2:].max() == 0  # the third of four is right
    torch.testing.assert_close(found.best_so_far[:2], black.best_so_far.expand(2))
    torch.testing.assert_close(found.best_ssim, torch.ones(10))
    torch.testing.assert_close(found.mse, 0.75 * black.mse)


def test_a_dreamer_sees_five_frames_and_never_the_truth():
    seen = []

    def spy(context, horizon):
        seen.append((tuple(context.shape[:2]), horizon))
        return context.new_zeros(len(context), horizon, *context.shape[2:])

    score(spy, n=3, tries=2)
    assert seen == [((6, 5), 10)]


def test_dreams_are_cut_off_at_black_and_white(rows):
    def beyond(context, horizon):
        return context.new_full((len(context), horizon, *context.shape[2:]), -3.0)

    found = score(beyond, n=20, tries=1)
    torch.testing.assert_close(found.mse, rows["black"].mse)


def test_the_mean_frame_is_that_of_training_clips():
    assert mean_frame(sample_clips).shape == (1, 64, 64)
    assert -1 < mean_frame(sample_clips).mean() < -0.7


def test_a_card_s_words_are_means_over_the_horizons(rows):
    mse = rows["black"].mse.mean().item()
    said = in_words(rows["black"])
    assert said.startswith(f"mse {mse:.1f}, ssim ")
    assert f"best of 20: mse {mse:.1f}" in said
