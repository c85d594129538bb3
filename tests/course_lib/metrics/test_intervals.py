"""An interval keeps its word: 9 of 10 sets, counted on a thousand of them."""

import numpy as np
import pytest
import scipy.stats
import torch

from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.intervals import bootstrap_interval, interval_of
from course_lib.metrics.kernel_distance import kernel_distance
from course_lib.metrics.pixel import psnr


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(shape):
    return torch.randn(shape, generator=rng(1))


def skewed(shape):
    return -torch.rand(shape, generator=rng(2)).log()


def coins(shape):
    return (torch.rand(shape, generator=rng(3)) < 0.3).float()


@pytest.mark.parametrize(
    ("draw", "truth"), [(normal, 0.0), (skewed, 1.0), (coins, 0.3)]
)
def test_90_percent_intervals_cover_the_truth_in_87_to_93_percent_of_sets(draw, truth):
    dice, sets = rng(), draw((1000, 100))
    found = [bootstrap_interval(values, dice, n_draws=500) for values in sets]
    covered = np.mean([low <= truth <= high for low, _, high in found])
    assert 0.87 <= covered <= 0.93


def test_scipy_draws_the_same_interval():
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


def test_four_times_the_clips_halve_an_interval():
    few, many = (bootstrap_interval(normal(n), rng()) for n in (200, 800))
    assert many.high - many.low == pytest.approx((few.high - few.low) / 2, rel=0.1)


def test_the_mean_s_interval_is_the_same_by_halves():
    values = normal((100, 1)).double()
    whole = bootstrap_interval(values[:, 0], rng(), n_draws=5000)
    halves = interval_of(lambda x: x.mean().item(), values, rng(), n_draws=5000)
    assert halves == pytest.approx(whole, abs=0.02)


def covered(statistic, *, sets, n_draws):
    """The share of sets whose interval covers the mean figure of as large sets."""
    draws = torch.randn(sets, 60, 4, generator=rng(4)) * 1.5 + 0.5
    truth = np.mean([statistic(rows) for rows in draws])
    dice = rng()
    found = [interval_of(statistic, x, dice, n_draws=n_draws) for x in draws]
    return np.mean([low <= truth <= high for low, _, high in found])


def test_spreads_are_covered_in_87_to_93_percent_of_sets():
    spread = covered(lambda x: x.std().item(), sets=1000, n_draws=100)
    assert 0.87 <= spread <= 0.93


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
def test_distances_to_a_reference_are_covered(distance):
    real = torch.randn(100, 4, generator=rng(5))
    share = covered(lambda x: distance(real, x), sets=200, n_draws=60)
    assert 0.83 <= share <= 0.96


def test_the_same_dice_draw_the_same_interval_and_clips_stay_as_they_are():
    values, rows = normal(20), normal((20, 3))
    before = values.clone(), rows.clone()
    for again in (
        lambda: bootstrap_interval(values, rng(7)),
        lambda: interval_of(lambda x: x.var().item(), rows, rng(7)),
    ):
        assert again() == again()
    assert torch.equal(values, before[0]) and torch.equal(rows, before[1])


@pytest.mark.parametrize(
    ("values", "settings", "words"),
    [
        (torch.zeros(0), {}, "2 clips or more"),
        (torch.zeros(1), {}, "says nothing"),
        (torch.tensor([1.0, torch.nan]), {}, "finite"),
        (torch.tensor([1.0, torch.inf]), {}, "finite"),
        (torch.zeros(5), {"level": 1.0}, "between 0 and 1"),
        (torch.zeros(5), {"level": 0.0}, "between 0 and 1"),
        (torch.zeros(5), {"n_draws": 10}, "got level 0.9 and 10 draws"),
        (torch.zeros(5), {"n_draws": 200.0}, "n_draws has to be a whole number"),
        (torch.zeros(5), {"level": "0.9"}, "level has to be one number"),
    ],
)
def test_what_says_nothing_is_refused(values, settings, words):
    with pytest.raises(ValueError, match=words):
        bootstrap_interval(values, rng(), **settings)


def test_halves_of_three_rows_are_refused():
    with pytest.raises(ValueError, match="4 clips or more"):
        interval_of(lambda x: x.mean().item(), torch.zeros(3, 1), rng())


def falling():
    """256 clips whose PSNR falls from 30 to 15 decibels in 10 frames, a table."""
    noise = 0.5 * torch.randn(256, 1, generator=rng(6))
    return torch.linspace(30, 15, 10) + noise


def test_a_table_of_frames_is_refused_with_the_two_things_to_do():
    with pytest.raises(ValueError, match=r"table\.mean\(dim=1\), or one frame"):
        bootstrap_interval(falling(), rng())
    with pytest.raises(ValueError, match="shape \\(3, 4\\)"):
        bootstrap_interval(psnr(*torch.rand(2, 3, 4, 1, 8, 8), data_range=1), rng())
    for other in (falling()[:, :1], torch.tensor(1.0)):
        with pytest.raises(ValueError, match="figure for each clip"):
            bootstrap_interval(other, rng())


def test_the_interval_of_a_table_is_that_of_its_clips_and_not_of_its_frames():
    """Clips are 0.5 dB apart, so their mean is known to 1.645 * 0.5 / 16 dB."""
    low, value, high = bootstrap_interval(falling().mean(dim=1), rng())
    assert value == pytest.approx(22.5, abs=0.1)
    assert high - low == pytest.approx(2 * 1.645 * 0.5 / 16, rel=0.15)


def test_a_statistic_of_a_table_draws_whole_clips():
    of_table = interval_of(lambda x: x.mean().item(), falling(), rng())
    of_clips = interval_of(lambda x: x.mean().item(), falling().mean(dim=1), rng())
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
def test_what_is_no_figure_of_a_set_is_refused(statistic, words):
    with pytest.raises(ValueError, match=words):
        interval_of(statistic, normal((8, 3)), rng())


def test_a_figure_may_come_as_a_tensor_of_one_number():
    rows = normal((8, 3))
    found = interval_of(lambda x: x.var(), rows, rng())
    assert found == interval_of(lambda x: x.var().item(), rows, rng())
