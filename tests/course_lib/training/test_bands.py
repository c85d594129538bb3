"""Bands: quantiles over seeds, written once, read by name."""

import json

import numpy as np
import pytest
import torch

from course_lib.plotting import Band
from course_lib.training.bands import BANDS, Recording, envelope, read_band, write_band


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


def test_bands_are_read_as_they_were_written(tmp_path):
    write_band("here", recording(), folder=tmp_path)
    assert read_band("here", folder=tmp_path) == recording()


def test_an_unknown_name_is_rejected_with_the_known_names(tmp_path):
    write_band("here", recording(), folder=tmp_path)
    with pytest.raises(ValueError, match=r"'there'.* there are: here"):
        read_band("there", folder=tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"steps": [1], "curves": {}}'])
def test_an_invalid_file_is_named(tmp_path, text):
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(ValueError, match=r"broken\.json is no readable band"):
        read_band("broken", folder=tmp_path)


def test_band_files_are_small_json_files():
    for path in BANDS.glob("*.json"):
        assert path.stat().st_size < 40_000
        json.loads(path.read_text())
