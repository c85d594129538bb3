"""The table of trials: complete, as played, and refused when it is broken."""

import pytest

from lessons.mocogan.experiments.moving_bars import Truth
from lessons.mocogan.experiments.trials import TRIALS
from lessons.mocogan.trial_table import SEEDS, TABLE, read_trials, write_trials


def test_the_shipped_table_holds_every_trial_with_every_seed():
    played = read_trials()
    assert [name for name, _ in played] == [*TRIALS] * len(SEEDS)
    assert all(0 <= share <= 1 for _, truth in played for share in truth[1:])
    seeds = [line.split(",")[1] for line in TABLE.read_text().splitlines()[1:]]
    assert seeds == [str(seed) for seed in SEEDS for _ in TRIALS]


def test_what_is_written_is_read(tmp_path):
    games = [("as it is", 0, Truth(0.25, 0.5, 0.125)), ("no R1", 0, Truth(1, 0, 0))]
    write_trials(games, tmp_path / "trials.csv")
    assert read_trials(tmp_path / "trials.csv") == [(n, t) for n, _, t in games]


@pytest.mark.parametrize("text", ["", "trial,seed\nas it is,0\n", "a,b\nc,0,x,y,z\n"])
def test_what_is_no_table_is_refused_with_the_way_to_make_it(tmp_path, text):
    (tmp_path / "trials.csv").write_text(text)
    with pytest.raises(ValueError, match=r"python -m course_lib\.runs\.trial_table"):
        read_trials(tmp_path / "trials.csv")
