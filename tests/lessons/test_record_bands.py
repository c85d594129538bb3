"""Recorded bands: one run for each seed, and the results of the shipped bands."""

from functools import partial
from math import log

import numpy as np
import pytest
import torch

from course_lib.gan.training import StepMetrics
from course_lib.training.bands import read_band
from course_lib.training.presets import (
    BARS_LAPTOP,
    LIVE_LAPTOP,
    RING_LAPTOP,
    LearningPreset,
    Preset,
)
from lessons import record_bands
from lessons.record_bands import (
    RECORDINGS,
    bars,
    main,
    record,
    ring,
    small_predictor,
)

RINGS = ("ring_recommended", "ring_saturating")
SHIPPED = {name: RING_LAPTOP.steps for name in RINGS}
SHIPPED["predictor_small"] = LIVE_LAPTOP.steps
SHIPPED["moving_bars"] = BARS_LAPTOP.steps


def test_each_seed_is_trained_once_and_gives_a_band():
    random_numbers = []

    def step(state, real, rng):
        random_numbers.append(torch.rand((), generator=rng).item())
        return state, StepMetrics(0.0, 0.0, 0.5, 0.5)

    train = partial(ring, step, Preset(steps=2, batch=128, every=1))
    recording = record(train, (5, 6, 7), "typed")
    assert len(set(random_numbers)) == 2 * 3
    assert (recording.seeds, recording.command) == ([5, 6, 7], "typed")
    assert set(recording.curves) == {"modes", "high_quality_fraction"}
    assert recording.curves["high_quality_fraction"].steps == [1, 2]


def test_the_two_ring_bands_use_different_losses():
    from course_lib.gan.ring import sample_ring
    from course_lib.gan.training import init_ring_gan

    generator_losses = set()
    for step, preset in (RECORDINGS[name].args for name in RINGS):
        assert preset == RING_LAPTOP
        rng = torch.Generator().manual_seed(0)
        _, metrics = step(init_ring_gan(rng), sample_ring(64, rng), rng)
        generator_losses.add(round(metrics.generator_loss, 6))
    assert len(generator_losses) == len(RINGS)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_bands_have_at_least_five_seeds(name):
    shipped = read_band(name)
    assert len(set(shipped.seeds)) >= 5
    assert "python -m lessons.record_bands " in shipped.command
    for band in shipped.curves.values():
        assert band.steps[-1] == SHIPPED[name]
        low, median, high = (np.array(part) for part in band[1:4])
        assert (low <= median).all() and (median <= high).all()


def test_only_the_recommended_loss_covers_all_modes():
    good = read_band("ring_recommended").curves
    poor = read_band("ring_saturating").curves
    assert good["modes"].low[-1] == 8 and good["high_quality_fraction"].low[-1] > 0.9
    assert poor["modes"].high[-1] < 8


def test_unknown_experiment_is_an_error(capsys):
    with pytest.raises(SystemExit):
        main(["sphere"])
    assert "ring" in capsys.readouterr().err


def test_predictor_is_trained_once_per_seed():
    preset = LearningPreset(steps=4, batch=2, every=2, rate=1e-3)
    recording = record(partial(small_predictor, preset), (3, 4, 5), "typed")
    band = recording.curves["squared_error"]
    assert (recording.seeds, band.steps) == ([3, 4, 5], [2, 4])
    assert all(low < high for low, high in zip(band.low, band.high, strict=True))


def test_command_writes_the_band_of_its_name(monkeypatch):
    written = []
    short = partial(small_predictor, LearningPreset(2, 2, 2, 1e-3))
    monkeypatch.setattr(
        record_bands, "RECORDINGS", {"predictor_small": short, "a": None}
    )
    monkeypatch.setattr(record_bands, "write_band", lambda *it: written.append(it))
    main(["predictor_small", "--seeds", "2"], say=str)
    ((name, recording),) = written
    assert name == "predictor_small"
    assert recording.command.endswith("record_bands predictor_small --seeds 2")


def test_shipped_predictors_are_far_better_than_black():
    assert read_band("predictor_small").curves["squared_error"].high[-1] < 200


def test_bars_gan_is_trained_once_per_seed():
    recording = record(partial(bars, Preset(4, 16, 2)), (3, 4, 5), "typed")
    band = recording.curves["fake_category"]
    assert (recording.seeds, band.steps) == ([3, 4, 5], [2, 4])
    assert all(low < high for low, high in zip(band.low, band.high, strict=True))


def test_all_shipped_bars_gans_learn_the_class_condition():
    assert read_band("moving_bars").curves["fake_category"].high[-1] < log(2) / 2


def test_every_recording_has_a_shipped_band():
    assert {*record_bands.RECORDINGS} == {*SHIPPED}
