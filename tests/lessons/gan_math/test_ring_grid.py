"""The recorded grid of the ring: complete, repeatable, readable."""

import pytest
import torch

from lessons.gan_math import ring_grid
from lessons.gan_math.ring_grid import SEEDS, SETTINGS, read_grid, train_ring


def test_the_record_has_every_setting_with_every_seed_once():
    found = [(run.setting, run.seed) for run in read_grid()]
    assert sorted(found) == sorted((s, n) for s in SETTINGS for n in SEEDS)


def test_records_are_in_range_and_end_with_the_last_step():
    for run in read_grid():
        assert run.steps[-1] == ring_grid.STEPS
        for part in (run.raw, run.averaged):
            assert len(part.modes) == len(part.high_quality) == len(run.steps)
            assert 0 <= min(part.modes) and max(part.modes) <= 8
            assert 0 <= min(part.high_quality) and max(part.high_quality) <= 1


@pytest.mark.parametrize("setting", SETTINGS[-2:])
def test_a_training_depends_on_its_seed_only(setting):
    torch.manual_seed(1)
    first = train_ring(setting, 0, steps=4)
    torch.manual_seed(2)
    assert train_ring(setting, 0, steps=4) == first


def test_a_missing_record_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(ring_grid, "FILE", tmp_path / "gone.json")
    with pytest.raises(ValueError, match=r"lessons\.gan_math\.ring_grid"):
        read_grid()


def test_the_longer_runs_are_recorded_to_their_last_step():
    found = {(run.setting, run.seed): run.steps[-1] for run in read_grid(longer=True)}
    assert found == {
        (setting, seed): steps
        for setting, steps in ring_grid.LONGER.items()
        for seed in ring_grid.LONGER_SEEDS
    }
