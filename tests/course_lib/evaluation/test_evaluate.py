"""`course evaluate` for shipped models, films, clip files, predictors, and errors."""

from pathlib import Path

import pytest
import torch
from stand_in import StandIn
from typer.testing import CliRunner

from command_line import cli
from course_lib.data.shape_motion import sample_clips
from course_lib.evaluation import evaluate, prediction_table
from course_lib.evaluation.evaluate import evaluation_lines
from course_lib.training.checkpoints import CHECKPOINTS
from course_lib.video import write_gif, write_video

SUFFIXES = (".mov", ".mkv", ".gif")
HERE = {"folder": CHECKPOINTS, "clips": 4, "i3d": None}


def run_command(*words: str) -> str:
    result = CliRunner().invoke(cli.app, ["evaluate", "--clips", "4", *words])
    return f"{result.exit_code} {result.output}"


def test_a_model_is_shown_beside_real_clips_with_intervals_protocol_and_cost():
    output = run_command("conditional_vae")
    assert output.startswith("0 ") and "Protocol: " in output
    for word in ("real clips", "conditional_vae", "motion", "parameters", " to "):
        assert word in output


def test_clips_of_a_file_are_evaluated_with_i3d(tmp_path: Path):
    torch.save(sample_clips(4, torch.Generator()).videos, tmp_path / "own.pt")
    torch.jit.save(torch.jit.script(StandIn()), tmp_path / "net.pt")
    output = run_command(str(tmp_path / "own.pt"), "--i3d", str(tmp_path / "net.pt"))
    assert output.startswith("0 "), output
    assert "\nFVD " in output and "16 frames; 4 clips against" in output


@pytest.mark.parametrize(
    "name", ["IMG_0001.MP4", "a.MOV", "a.mkv", "a.b.gif", "take:1.mp4", "film", "a.txt"]
)
def test_films_of_any_container_and_name_are_evaluated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    suffix = Path(name).suffix.lower()
    written = tmp_path / f"written{suffix if suffix in SUFFIXES else '.mp4'}"
    write = write_gif if suffix == ".gif" else write_video
    grey = torch.linspace(-1, 1, 33).view(1, 33, 1, 1, 1)
    write(written, grey.expand(1, 33, 3, 64, 64), fps=10)
    monkeypatch.setattr(
        evaluate, "evaluate_row", lambda clips, cost: clips.videos.shape
    )
    monkeypatch.setattr(evaluate, "real_row", lambda n: n)
    monkeypatch.setattr(evaluate, "format_table", str)
    output = list(evaluation_lines(str(written.rename(tmp_path / name)), **HERE))
    assert output == [str({"real clips": 4, name: torch.Size([2, 16, 3, 64, 64])})]


def test_a_predictor_is_evaluated_with_the_table_of_lesson_02(
    monkeypatch: pytest.MonkeyPatch,
):
    rows = {"black": lambda context, horizon: None}
    monkeypatch.setattr(prediction_table, "trivial_rows", lambda: rows)
    monkeypatch.setattr(prediction_table, "score", lambda predict: None)
    monkeypatch.setattr(prediction_table, "format_scores", lambda scores: "mse 1")
    lines = list(evaluation_lines("predictor", **HERE))
    assert [line.split() for line in lines] == [
        ["black", "mse", "1"],
        ["predictor", "mse", "1"],
    ]


@pytest.mark.parametrize(
    ("words", "output"),
    [
        (("digits_gan",), "models of clips: clip_vae"),
        (("digits_gan",), "no file of that name"),
        (("no_such_film.webm",), "There is no file no_such_film.webm"),
        (("films/none",), "There is no file films/none"),
        ((str(Path(__file__).parent),), "is a folder. Name a film"),
        ((__file__,), "is not a film"),
        (("no_such_film.mp4",), "There is no file no_such_film.mp4"),
        (("no_such_clips.pt",), "no_such_clips.pt"),
        (("clip_vae", "--i3d", "/nowhere.pt"), "There is no file /nowhere.pt"),
        (("predictor", "--i3d", "/nowhere.pt"), "frame by frame"),
    ],
)
def test_what_cannot_be_evaluated_gives_an_error_in_words(words, output):
    printed = run_command(*words)
    assert printed.startswith("1 ") and output in printed
