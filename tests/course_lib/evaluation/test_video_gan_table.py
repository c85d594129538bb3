"""What one set of clips shows: real ones show what they should, spoilt ones do not."""

import pytest
import torch
from scipy.stats import kstest

from course_lib.evaluation import video_gan_table
from course_lib.evaluation.video_gan_table import Seen, in_words, real_clips, row, seen
from course_lib.metrics.intervals import Interval
from course_lib.mocogan.training import Clips


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def real():
    return real_clips(128, rng(5))


@pytest.fixture(scope="module")
def of_real(real):
    return seen(real)


def test_real_clips_show_all_there_is(of_real):
    assert of_real.distance == of_real.empty == 0
    assert of_real.pace == pytest.approx(3.6, abs=0.3)
    assert of_real.as_asked >= 0.98
    assert of_real.coverage > 0.8
    assert of_real.squares == pytest.approx(0.5, abs=0.12)
    assert of_real.rarest > 0.15
    assert of_real.colours < 0.12


def test_frozen_clips_do_not_move_and_cover_nothing(real, of_real):
    still = real.videos[:, :1].expand_as(real.videos)
    found = seen(Clips(still, real.category))
    assert found.pace == found.distance == 0
    assert found.coverage < 0.2 * of_real.coverage


def test_clips_of_other_categories_are_not_as_asked(real):
    assert seen(Clips(real.videos, 1 - real.category)).as_asked <= 0.02


def test_black_clips_are_empty_and_have_no_colour(real):
    found = seen(Clips(torch.full_like(real.videos, -1.0), real.category))
    assert (found.empty, found.colours, found.pace) == (1, 1, 0)


def test_one_colour_for_all_is_far_from_the_law_of_colours(real):
    grey = torch.where(real.videos.amax(2, keepdim=True) > -1, 0.0, -1.0)
    found = seen(Clips(grey.expand_as(real.videos).contiguous(), real.category))
    assert found.colours == pytest.approx(0.5, abs=0.01)


def test_the_distance_of_colours_is_scipy_s():
    colours = 255 * torch.rand(40, 3, generator=rng(), dtype=torch.float64) ** 2
    expected = max(kstest(x / 255, "uniform").statistic for x in colours.T.numpy())
    assert video_gan_table._away_from_uniform(colours) == pytest.approx(expected)


def test_a_row_has_the_mean_over_the_draws_and_its_interval(monkeypatch):
    values = iter([1.0, 2.0, 3.0, 4.0, 5.0])
    monkeypatch.setattr(
        video_gan_table, "seen", lambda clips: Seen(*[next(values)] * len(Seen._fields))
    )
    drawn = []
    found = row(lambda n, rng: drawn.append((n, rng.initial_seed())), n=7)
    assert drawn == [(7, seed) for seed in range(5)]
    low, mean, high = found["pace"]
    assert mean == 3
    assert high - mean == pytest.approx(mean - low) == pytest.approx(1.5075, abs=1e-3)


def test_a_card_names_every_measure():
    found = {name: Interval(0.1, 0.2, 0.3) for name in Seen._fields}
    said = in_words(found)
    assert all(f"{name} 0.2 (0.1 to 0.3)" in said for name in Seen._fields)
