"""The shipped table of trials is complete; a broken table is rejected."""

import pytest

from lessons.mocogan.experiments.moving_bars import BarMetrics
from lessons.mocogan.experiments.trials import TRIALS
from lessons.mocogan.trial_table import (
    HEADER,
    SEEDS,
    TABLE,
    read_trials,
    write_trials,
)


def test_the_shipped_table_has_every_trial_with_every_seed():
    runs = read_trials()
    assert [name for name, _ in runs] == [*TRIALS] * len(SEEDS)
    assert all(0 <= value <= 1 for _, metrics in runs for value in metrics[1:])
    header, *rows = TABLE.read_text().splitlines()
    assert header == ",".join(HEADER)
    seeds = [row.split(",")[-4] for row in rows]  # names of trials can have commas
    assert seeds == [str(seed) for seed in SEEDS for _ in TRIALS]


def test_a_written_table_is_read_back(tmp_path):
    runs = [
        ("baseline", 0, BarMetrics(0.25, 0.5, 0.125)),
        ("noise, no R1", 0, BarMetrics(1, 0, 0)),
    ]
    write_trials(runs, tmp_path / "trials.csv")
    expected = [(name, metrics) for name, _, metrics in runs]
    assert read_trials(tmp_path / "trials.csv") == expected


@pytest.mark.parametrize("text", ["", "trial,seed\nbaseline,0\n", "a,b\nc,0,x,y,z\n"])
def test_a_broken_table_is_rejected_with_the_command_that_writes_it(tmp_path, text):
    (tmp_path / "trials.csv").write_text(text)
    with pytest.raises(ValueError, match=r"python -m lessons\.mocogan\.trial_table"):
        read_trials(tmp_path / "trials.csv")
