"""The league as text, Markdown and CSV, and the part of the README that it writes."""

import csv
import io
from pathlib import Path

import pytest

from course_lib.evaluation import league_table
from course_lib.evaluation.league import LEAGUE_METRICS, real_clips
from course_lib.evaluation.league_table import (
    BEGIN,
    END,
    Cost,
    Row,
    display_columns,
    display_directions,
    evaluate_row,
    format_interval,
    format_table,
    league,
    sample_from_checkpoint,
    to_csv,
    to_markdown,
    write,
)
from course_lib.metrics.intervals import Interval

INTERVAL = Interval(1.0, 2.0, 3.5)
SCORES = dict.fromkeys(LEAGUE_METRICS, INTERVAL)
ROWS = {
    "real clips": Row(7, SCORES, Cost()),
    "some_model": Row(7, SCORES | {"motion": None}, Cost(0.25, 12_345, 6.5)),
}


def test_an_interval_is_formatted_with_its_value_and_a_missing_one_as_a_dash():
    assert format_interval(Interval(0.11111, 0.12345, 20)) == "0.123 (0.111 to 20)"
    assert format_interval(None) == "-"


def test_text_has_a_line_for_every_metric_and_cost_and_the_protocol():
    text = format_table(ROWS)
    for name in (*LEAGUE_METRICS, *Cost._fields):
        assert f"\n{name} " in text
    assert "1.234e+04" in text and "Protocol: 256 real clips" in text


def test_display_columns_have_the_units_of_their_titles():
    cells = display_columns(ROWS["some_model"].scores)
    assert cells["content, of 255"] == INTERVAL and cells["motion"] is None
    assert cells["warping, 1e-4"] == pytest.approx((1e4, 2e4, 3.5e4))
    assert cells["kernel, thousands"] == pytest.approx((1e-3, 2e-3, 3.5e-3))


def test_directions_of_display_columns_are_those_of_the_registry():
    assert display_directions() == {
        "content, of 255": "lower",
        "warping, 1e-4": "lower",
        "Fréchet": "lower",
        "kernel, thousands": "lower",
        "precision": "higher",
        "coverage": "higher",
        "motion": "higher",
    }


def test_csv_has_both_ends_of_every_interval():
    rows = list(csv.DictReader(io.StringIO(to_csv(ROWS))))
    assert [row["model"] for row in rows] == list(ROWS)
    assert (rows[1]["frechet_low"], rows[1]["frechet"]) == ("1", "2")
    assert (rows[1]["motion"], rows[0]["motion_high"]) == ("", "3.5")
    assert (rows[1]["parameters"], rows[0]["seconds"]) == ("12345", "")


def test_csv_has_the_columns_of_the_published_file():
    published = (league_table.ROOT / "data" / "league.csv").read_text()
    assert to_csv(ROWS).splitlines()[0] == published.splitlines()[0]


def test_markdown_states_the_number_of_evaluated_clips():
    text = to_markdown(ROWS)
    assert "| some model | 2 (1 to 3.5) |" in text and "| 12,345 | 6.5 |" in text
    assert "7 clips rated" in text


def test_the_readme_changes_only_between_its_markers_and_writing_is_idempotent(
    tmp_path: Path,
):
    readme, table = tmp_path / "README.md", tmp_path / "league.csv"
    readme.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    write(ROWS, readme, table)
    once = readme.read_text()
    assert once.startswith("above\n") and once.endswith("\nbelow\n")
    assert "old" not in once and to_markdown(ROWS) in once
    assert table.read_text() == to_csv(ROWS)
    write(ROWS, readme, table)
    assert readme.read_text() == once


def test_a_readme_without_markers_is_not_changed(tmp_path: Path):
    readme = tmp_path / "README.md"
    readme.write_text(f"{END} before {BEGIN}")
    with pytest.raises(ValueError, match="in this order"):
        write(ROWS, readme, tmp_path / "league.csv")
    assert not (tmp_path / "league.csv").exists()


def test_the_league_has_real_clips_checkpoints_of_the_folder_and_frozen_clips(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "clip_vae.safetensors").touch()
    clips = real_clips(2, seed=9)
    monkeypatch.setattr(
        league_table, "sample_from_checkpoint", lambda name, **_: (clips, Cost(3.0))
    )
    monkeypatch.setattr(league_table, "evaluate_clips", lambda clips: SCORES)
    rows = league(("clip_vae", "autoencoder"), n=2, folder=tmp_path)
    assert list(rows) == ["real clips", "clip_vae", "frozen real clips"]
    assert rows["clip_vae"] == Row(2, SCORES, Cost(3.0))


def test_the_row_of_a_shipped_model_has_scores_and_costs():
    row = evaluate_row(*sample_from_checkpoint("clip_vae", n=12))
    assert row.clips == 12 and row.scores["frechet"].value > 0
    assert row.cost.seconds > 0 and 0.5e6 < row.cost.parameters < 2e6
    assert row.cost.minutes == 26.3


def test_evaluated_real_clips_are_not_those_of_the_reference_set():
    first, second = (
        real_clips(2).videos,
        real_clips(2, seed=league_table.TEST_SEED).videos,
    )
    assert (first != second).any()
