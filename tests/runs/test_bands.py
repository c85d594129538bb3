"""Bands: quantiles over seeds, written once, read by name."""

import json

import numpy as np
import pytest
import torch

from course_lib.gan.training import StepLosses
from course_lib.plotting import Band
from course_lib.runs.bands import (
    RING_STEPS,
    Recording,
    envelope,
    main,
    read_band,
    record_ring,
    write_band,
)
from course_lib.runs.presets import RING_LAPTOP, Preset


def recording(scale=1.0):
    band = Band([1, 2], [0.0, 0.1], [0.2, scale], [0.5, scale])
    return Recording({"modes": band}, [0, 1], "a command", 1.5)


def test_five_percent_of_the_runs_lie_below_and_five_above():
    runs = torch.rand(21, 4, generator=torch.Generator().manual_seed(0))
    band = envelope([10, 20, 30, 40], runs)
    ordered = np.sort(runs.numpy(), axis=0)
    assert band.low == pytest.approx(ordered[1], abs=1e-4)
    assert band.median == pytest.approx(ordered[10], abs=1e-4)
    assert band.high == pytest.approx(ordered[19], abs=1e-4)


def test_the_order_of_the_seeds_does_not_matter():
    runs = torch.rand(8, 3, generator=torch.Generator().manual_seed(1))
    assert envelope([1, 2, 3], runs) == envelope([1, 2, 3], runs.flip(0))


def test_what_is_written_is_what_is_read(tmp_path):
    write_band("here", recording(), folder=tmp_path)
    assert read_band("here", folder=tmp_path) == recording()


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
    write_band("here", recording(), folder=tmp_path)
    with pytest.raises(ValueError, match=r"'there'.* there are: here"):
        read_band("there", folder=tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"steps": [1], "curves": {}}'])
def test_a_file_that_is_no_band_is_named(tmp_path, text):
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(ValueError, match=r"broken\.json is no readable band"):
        read_band("broken", folder=tmp_path)


def test_each_seed_plays_once_and_its_curves_are_kept():
    rolled = []

    def step(players, real, rng):
        rolled.append(torch.rand((), generator=rng).item())
        return players, StepLosses(0.0, 0.0, 0.5, 0.5)

    made = record_ring(step, Preset(steps=2, batch=128, every=1), (5, 6, 7), "typed")
    assert len(set(rolled)) == 2 * 3
    assert (made.seeds, made.command) == ([5, 6, 7], "typed")
    assert set(made.curves) == {"modes", "good_share"}
    assert made.curves["good_share"].steps == [1, 2]


def test_the_two_losses_of_the_ring_differ():
    from course_lib.gan.ring import sample_ring
    from course_lib.gan.training import ring_players

    seen = set()
    for step in RING_STEPS.values():
        rng = torch.Generator().manual_seed(0)
        _, losses = step(ring_players(rng), sample_ring(64, rng), rng)
        seen.add(round(losses.generator, 6))
    assert len(seen) == len(RING_STEPS)


@pytest.mark.parametrize("name", RING_STEPS)
def test_the_shipped_bands_come_from_at_least_five_seeds_of_the_laptop_run(name):
    shipped = read_band(name)
    assert len(set(shipped.seeds)) >= 5
    assert "course_lib.runs.bands ring" in shipped.command
    for band in shipped.curves.values():
        assert band.steps[-1] == RING_LAPTOP.steps
        low, median, high = (np.array(part) for part in band[1:])
        assert (low <= median).all() and (median <= high).all()


def test_the_shipped_bands_show_the_bar_met_and_missed():
    good = read_band("ring_recommended").curves
    lost = read_band("ring_saturating").curves
    assert good["modes"].low[-1] == 8 and good["good_share"].low[-1] > 0.9
    assert lost["modes"].high[-1] < 8


def test_bands_are_small_and_plain():
    from course_lib.runs.bands import BANDS

    for path in BANDS.glob("*.json"):
        assert path.stat().st_size < 40_000
        json.loads(path.read_text())


def test_an_unknown_experiment_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["sphere"])
    assert "ring" in capsys.readouterr().err
