"""One table in three dresses; README is touched between its markers only."""

import csv
import io
from pathlib import Path

import pytest

from course_lib.evaluation import league_table
from course_lib.evaluation.league import Rating, real_clips
from course_lib.evaluation.league_table import (
    BEGIN,
    END,
    Cost,
    Row,
    as_markdown,
    columns,
    drawn_by,
    every_figure,
    in_words,
    league,
    row_of,
    with_interval,
    write,
)
from course_lib.metrics.intervals import Interval

FIGURE = Interval(1.0, 2.0, 3.5)
ROWS = {
    "real clips": Row(7, Rating(*[FIGURE] * 11), Cost()),
    "some_model": Row(7, Rating(*[FIGURE] * 10, None), Cost(0.25, 12_345, 6.5)),
}


def test_a_figure_stands_with_its_interval_or_not_at_all():
    assert with_interval(Interval(0.11111, 0.12345, 20)) == "0.123 (0.111 to 20)"
    assert with_interval(None) == "-"


def test_words_show_every_figure_the_cost_and_the_protocol():
    text = in_words(ROWS)
    for name in (*Rating._fields, *Cost._fields):
        assert f"\n{name} " in text
    assert "1.234e+04" in text and "Protocol: 256 real clips" in text


def test_columns_keep_the_figures_in_their_units_and_none_where_there_is_none():
    cells = columns(ROWS["some_model"].rating)
    assert cells["content, of 255"] == FIGURE and cells["motion"] is None
    assert cells["warping, 1e-4"] == pytest.approx((1e4, 2e4, 3.5e4))
    assert cells["kernel, thousands"] == pytest.approx((1e-3, 2e-3, 3.5e-3))


def test_csv_holds_every_end_of_every_interval():
    rows = list(csv.DictReader(io.StringIO(every_figure(ROWS))))
    assert [row["model"] for row in rows] == list(ROWS)
    assert (rows[1]["frechet_low"], rows[1]["frechet"]) == ("1", "2")
    assert (rows[1]["motion"], rows[0]["motion_high"]) == ("", "3.5")
    assert (rows[1]["parameters"], rows[0]["seconds"]) == ("12345", "")


def test_markdown_says_how_many_clips_were_rated():
    text = as_markdown(ROWS)
    assert "| some model | 2 (1 to 3.5) |" in text and "| 12,345 | 6.5 |" in text
    assert "7 clips rated" in text


def test_readme_changes_between_its_markers_only_and_twice_changes_nothing(
    tmp_path: Path,
):
    readme, table = tmp_path / "README.md", tmp_path / "league.csv"
    readme.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    write(ROWS, readme, table)
    once = readme.read_text()
    assert once.startswith("above\n") and once.endswith("\nbelow\n")
    assert "old" not in once and as_markdown(ROWS) in once
    assert table.read_text() == every_figure(ROWS)
    write(ROWS, readme, table)
    assert readme.read_text() == once


def test_readme_without_markers_is_left_alone(tmp_path: Path):
    readme = tmp_path / "README.md"
    readme.write_text(f"{END} before {BEGIN}")
    with pytest.raises(ValueError, match="in this order"):
        write(ROWS, readme, tmp_path / "league.csv")
    assert not (tmp_path / "league.csv").exists()


def test_a_league_has_real_clips_and_what_lies_in_the_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "clip_vae.safetensors").touch()
    drawn, rating = real_clips(2, seed=9), ROWS["real clips"].rating
    monkeypatch.setattr(league_table, "drawn_by", lambda name, **_: (drawn, Cost(3.0)))
    monkeypatch.setattr(league_table, "rate", lambda drawn: rating)
    rows = league(("clip_vae", "autoencoder"), n=2, folder=tmp_path)
    assert list(rows) == ["real clips", "clip_vae", "frozen real clips"]
    assert rows["clip_vae"] == Row(2, rating, Cost(3.0))


def test_a_shipped_model_s_row_has_figures_and_costs():
    row = row_of(*drawn_by("clip_vae", n=12))
    assert row.clips == 12 and row.rating.frechet.value > 0
    assert row.cost.seconds > 0 and 0.5e6 < row.cost.parameters < 2e6
    assert row.cost.minutes == 26.3


def test_other_real_clips_are_rated_than_are_compared_with():
    first, second = real_clips(2).videos, real_clips(2, seed=league_table.FRESH).videos
    assert (first != second).any()
