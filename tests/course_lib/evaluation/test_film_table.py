"""Tables on films: rows of baselines in closed form, distances, refusals."""

import pytest
import torch

from course_lib.data.film_folder import read_splits
from course_lib.evaluation import film_table
from course_lib.evaluation.film_table import (
    check_enough_clips,
    compare_clips,
    density_rows,
    pooled_pixels,
    prediction_rows,
    sample_rows,
)
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes
from course_lib.video import write_video


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def films_in(folder, *lengths, n_frames=4):
    """Films of noise around a grey level, one for each length."""
    for number, length in enumerate(lengths):
        noise = 0.4 * torch.rand(1, length, 3, 32, 32, generator=rng(number)) - 0.5
        write_video(folder / f"{number}.mp4", noise, fps=8)
    return read_splits(folder, n_frames=n_frames, size=32, channels=3)


@pytest.fixture
def films(tmp_path):
    return films_in(tmp_path, 12, 12, 12)


def test_the_errors_of_the_black_baseline_are_those_of_the_test_clips(films):
    model = ConvLSTMPredictor(ConvLSTMSizes(channels=3, width=8, depth=1), rng())
    rows = prediction_rows(model, films, n_context=2)
    assert [*rows] == [
        "model",
        "black",
        "mean frame",
        "copy the last",
        "linear extrapolation",
    ]
    light = (films.test.clips(99)[:, 2:] + 1) / 2
    error = light.square().sum(dim=(2, 3, 4)).mean().item()
    stated = float(rows["black"].split(",")[0].removeprefix("mse "))
    assert stated == pytest.approx(error, rel=1e-3)


def test_a_perfect_reconstruction_has_no_error_and_bits_are_nats_by_log_2(films):
    clips = films.test.clips(99)
    nats = torch.full((len(clips),), clips[0].numel() * torch.log(torch.tensor(2.0)))
    rows = density_rows(
        lambda videos: nats, lambda videos: videos, films, min_sigma=1.0
    )
    assert rows["model"] == "1.000 bits per dimension, mse of reconstructions 0.0"
    assert "bits per dimension" in rows["pixel Gaussian"]


def test_real_clips_have_no_distance_from_themselves_and_their_own_change(films):
    real = films.test.clips(99)
    same = compare_clips(films.test, real)
    assert same["kernel_distance"] < 0.01
    assert same["change"] == same["real_change"] > 0
    far = compare_clips(films.test, -real)
    assert far["kernel_distance"] > 0.1


def test_frozen_clips_and_the_mean_frame_do_not_move(films, monkeypatch):
    monkeypatch.setattr(film_table, "N_SAMPLED", 3)
    rows = sample_rows(lambda n, rng: films.train.clips(n), films)
    for name in ("frozen training clips", "mean frame"):
        assert ", change 0, " in rows[name]
    assert ", change 0, " not in rows["training clips"]


def test_pooled_pixels_of_a_constant_clip_are_that_constant():
    features = pooled_pixels(torch.full((2, 16, 3, 64, 64), 0.25))
    assert features.shape == (2, 3 * 4 * 8 * 8)
    torch.testing.assert_close(features, torch.full_like(features, 0.25))


def test_a_split_with_one_clip_is_rejected_by_name(tmp_path):
    films = films_in(tmp_path, 12, 12, 7)
    with pytest.raises(ValueError, match=r"the test split of .* has 1 of 4 frames"):
        check_enough_clips(films)
    check_enough_clips(films._replace(test=films.validation))
