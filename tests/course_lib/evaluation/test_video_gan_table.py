"""Metrics of the video GAN table, on real and on corrupted clips."""

import pytest
import torch
from scipy.stats import kstest

from course_lib.evaluation import video_gan_table
from course_lib.evaluation.video_gan_table import (
    ClipMetrics,
    format_row,
    measure_clips,
    measure_model,
    real_clips,
)
from course_lib.metrics.intervals import Interval
from course_lib.mocogan.training import Clips


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def real():
    return real_clips(128, rng(5))


@pytest.fixture(scope="module")
def real_metrics(real):
    return measure_clips(real)


def test_real_clips_have_the_metrics_of_the_data(real_metrics):
    assert real_metrics.content_distance == real_metrics.empty_fraction == 0
    assert real_metrics.speed == pytest.approx(3.6, abs=0.3)
    assert real_metrics.category_accuracy >= 0.98
    assert real_metrics.coverage > 0.8
    assert real_metrics.square_fraction == pytest.approx(0.5, abs=0.12)
    assert real_metrics.rarest_size_fraction > 0.15
    assert real_metrics.colour_ks < 0.12


def test_frozen_clips_have_speed_0_and_low_coverage(real, real_metrics):
    frozen = real.videos[:, :1].expand_as(real.videos)
    metrics = measure_clips(Clips(frozen, real.category))
    assert metrics.speed == metrics.content_distance == 0
    assert metrics.coverage < 0.2 * real_metrics.coverage


def test_clips_with_exchanged_categories_have_accuracy_0(real):
    clips = Clips(real.videos, 1 - real.category)
    assert measure_clips(clips).category_accuracy <= 0.02


def test_black_clips_are_empty_and_have_colour_distance_1(real):
    black = Clips(torch.full_like(real.videos, -1.0), real.category)
    metrics = measure_clips(black)
    assert (metrics.empty_fraction, metrics.colour_ks, metrics.speed) == (1, 1, 0)


def test_a_single_colour_has_colour_distance_one_half(real):
    grey = torch.where(real.videos.amax(2, keepdim=True) > -1, 0.0, -1.0)
    grey = Clips(grey.expand_as(real.videos).contiguous(), real.category)
    assert measure_clips(grey).colour_ks == pytest.approx(0.5, abs=0.01)


def test_the_colour_distance_equals_scipy_s_kolmogorov_smirnov_statistic():
    colours = 255 * torch.rand(40, 3, generator=rng(), dtype=torch.float64) ** 2
    expected = max(kstest(x / 255, "uniform").statistic for x in colours.T.numpy())
    distance = video_gan_table._distance_from_uniform(colours)
    assert distance == pytest.approx(expected)


def test_a_row_has_means_and_student_intervals_over_five_seeds(monkeypatch):
    values = iter([1.0, 2.0, 3.0, 4.0, 5.0])
    monkeypatch.setattr(
        video_gan_table,
        "measure_clips",
        lambda clips: ClipMetrics(*[next(values)] * len(ClipMetrics._fields)),
    )
    calls = []
    row = measure_model(lambda n, rng: calls.append((n, rng.initial_seed())), n=7)
    assert calls == [(7, seed) for seed in range(5)]
    low, mean, high = row["speed"]
    assert mean == 3
    assert high - mean == pytest.approx(mean - low) == pytest.approx(1.5075, abs=1e-3)


def test_a_formatted_row_has_every_metric_with_its_interval():
    row = {name: Interval(0.1, 0.2, 0.3) for name in ClipMetrics._fields}
    text = format_row(row)
    assert all(f"{name} 0.2 (0.1 to 0.3)" in text for name in ClipMetrics._fields)
