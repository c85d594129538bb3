"""Intervals: coverage of the true value, scipy, widths, tables of frames, errors."""

import numpy as np
import pytest
import scipy.stats
import torch

from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.intervals import bootstrap_interval, subsampling_interval
from course_lib.metrics.kernel_distance import kernel_distance
from course_lib.metrics.pixel import psnr


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(shape):
    return torch.randn(shape, generator=rng(1))


def skewed(shape):
    return -torch.rand(shape, generator=rng(2)).log()


def binary(shape):
    return (torch.rand(shape, generator=rng(3)) < 0.3).float()


@pytest.mark.parametrize(
    ("sample", "truth"), [(normal, 0.0), (skewed, 1.0), (binary, 0.3)]
)
def test_90_percent_intervals_cover_the_truth_in_87_to_93_percent_of_sets(
    sample, truth
):
    resampling_rng, sets = rng(), sample((1000, 100))
    intervals = [
        bootstrap_interval(values, resampling_rng, n_draws=500) for values in sets
    ]
    covered = np.mean([low <= truth <= high for low, _, high in intervals])
    assert 0.87 <= covered <= 0.93


def test_the_bootstrap_interval_equals_that_of_scipy():
    values = skewed(60).double()
    ours = bootstrap_interval(values, rng(), n_draws=20_000)
    theirs = scipy.stats.bootstrap(
        (values.numpy(),), np.mean, confidence_level=0.9, method="percentile",
        n_resamples=20_000, rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    width = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.03 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.03 * width)
    assert ours.value == pytest.approx(values.mean().item())


def test_four_times_the_clips_halve_the_width_of_an_interval():
    few, many = (bootstrap_interval(normal(n), rng()) for n in (200, 800))
    assert many.high - many.low == pytest.approx((few.high - few.low) / 2, rel=0.1)


def test_subsampling_and_bootstrap_intervals_of_a_mean_agree():
    values = normal((100, 1)).double()
    bootstrap = bootstrap_interval(values[:, 0], rng(), n_draws=5000)
    halves = subsampling_interval(
        lambda x: x.mean().item(), values, rng(), n_draws=5000
    )
    assert halves == pytest.approx(bootstrap, abs=0.02)


def coverage(statistic, *, sets, n_draws):
    """Fraction of sets whose interval covers the mean statistic of such sets."""
    draws = torch.randn(sets, 60, 4, generator=rng(4)) * 1.5 + 0.5
    truth = np.mean([statistic(rows) for rows in draws])
    resampling_rng = rng()
    intervals = [
        subsampling_interval(statistic, x, resampling_rng, n_draws=n_draws)
        for x in draws
    ]
    return np.mean([low <= truth <= high for low, _, high in intervals])


def test_standard_deviations_are_covered_in_87_to_93_percent_of_sets():
    fraction = coverage(lambda x: x.std().item(), sets=1000, n_draws=100)
    assert 0.87 <= fraction <= 0.93


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
def test_distances_to_a_reference_set_are_covered(distance):
    real = torch.randn(100, 4, generator=rng(5))
    fraction = coverage(lambda x: distance(real, x), sets=200, n_draws=60)
    assert 0.83 <= fraction <= 0.96


def test_equal_generators_give_equal_intervals_and_inputs_do_not_change():
    values, rows = normal(20), normal((20, 3))
    before = values.clone(), rows.clone()
    for again in (
        lambda: bootstrap_interval(values, rng(7)),
        lambda: subsampling_interval(lambda x: x.var().item(), rows, rng(7)),
    ):
        assert again() == again()
    assert torch.equal(values, before[0]) and torch.equal(rows, before[1])


@pytest.mark.parametrize(
    ("values", "settings", "words"),
    [
        (torch.zeros(0), {}, "2 clips or more"),
        (torch.zeros(1), {}, "2 clips or more"),
        (torch.tensor([1.0, torch.nan]), {}, "finite"),
        (torch.tensor([1.0, torch.inf]), {}, "finite"),
        (torch.zeros(5), {"level": 1.0}, "between 0 and 1"),
        (torch.zeros(5), {"level": 0.0}, "between 0 and 1"),
        (torch.zeros(5), {"n_draws": 10}, "got level 0.9 and 10 draws"),
        (torch.zeros(5), {"n_draws": 200.0}, "n_draws has to be an integer"),
        (torch.zeros(5), {"level": "0.9"}, "level has to be one number"),
    ],
)
def test_invalid_arguments_raise_an_error(values, settings, words):
    with pytest.raises(ValueError, match=words):
        bootstrap_interval(values, rng(), **settings)


def test_three_rows_are_too_few_for_subsampling():
    with pytest.raises(ValueError, match="4 clips or more"):
        subsampling_interval(lambda x: x.mean().item(), torch.zeros(3, 1), rng())


def psnr_table():
    """PSNR of 256 clips, (clip, frame), falling from 30 to 15 dB in 10 frames."""
    noise = 0.5 * torch.randn(256, 1, generator=rng(6))
    return torch.linspace(30, 15, 10) + noise


def test_a_table_of_frames_raises_an_error_with_both_solutions():
    with pytest.raises(ValueError, match=r"table\.mean\(dim=1\), or one frame"):
        bootstrap_interval(psnr_table(), rng())
    with pytest.raises(ValueError, match="shape \\(3, 4\\)"):
        bootstrap_interval(psnr(*torch.rand(2, 3, 4, 1, 8, 8), data_range=1), rng())
    for other in (psnr_table()[:, :1], torch.tensor(1.0)):
        with pytest.raises(ValueError, match="value for each clip"):
            bootstrap_interval(other, rng())


def test_the_interval_of_a_table_resamples_clips_not_frames():
    """The std of clips is 0.5 dB, so the half width is 1.645 * 0.5 / 16 dB."""
    low, value, high = bootstrap_interval(psnr_table().mean(dim=1), rng())
    assert value == pytest.approx(22.5, abs=0.1)
    assert high - low == pytest.approx(2 * 1.645 * 0.5 / 16, rel=0.15)


def test_subsampling_of_a_table_draws_whole_clips():
    of_table = subsampling_interval(lambda x: x.mean().item(), psnr_table(), rng())
    of_clips = subsampling_interval(
        lambda x: x.mean().item(), psnr_table().mean(dim=1), rng()
    )
    assert of_table == pytest.approx(of_clips, abs=1e-4)


@pytest.mark.parametrize(
    ("statistic", "words"),
    [
        (lambda x: x.mean(dim=0), "has to be one number"),
        (lambda x: "much", "has to be one number"),
        (lambda x: x[1:1].mean().item(), "inf or nan"),
        (lambda x: float("inf"), "inf or nan"),
    ],
)
def test_statistics_that_are_not_one_finite_number_raise_an_error(statistic, words):
    with pytest.raises(ValueError, match=words):
        subsampling_interval(statistic, normal((8, 3)), rng())


def test_a_statistic_may_be_a_tensor_of_one_number():
    rows = normal((8, 3))
    interval = subsampling_interval(lambda x: x.var(), rows, rng())
    assert interval == subsampling_interval(lambda x: x.var().item(), rows, rng())
