"""`course evaluate`: one command for models, films and files of clips."""

from pathlib import Path

import pytest
import torch
from stand_in import StandIn
from typer.testing import CliRunner

from command_line import cli
from course_lib.data.shape_motion import sample_clips
from course_lib.evaluation import evaluate, prediction_table
from course_lib.evaluation.evaluate import evaluated
from course_lib.training.checkpoints import CHECKPOINTS
from course_lib.video import write_gif, write_video

ENDINGS = (".mov", ".mkv", ".gif")
HERE = {"folder": CHECKPOINTS, "clips": 4, "i3d": None}


def say(*words: str) -> str:
    done = CliRunner().invoke(cli.app, ["evaluate", "--clips", "4", *words])
    return f"{done.exit_code} {done.output}"


def test_a_model_stands_beside_real_clips_with_intervals_protocol_and_cost():
    told = say("conditional_vae")
    assert told.startswith("0 ") and "Protocol: " in told
    for word in ("real clips", "conditional_vae", "motion", "parameters", " to "):
        assert word in told


def test_clips_of_a_file_are_rated_by_i3d_too(tmp_path: Path):
    torch.save(sample_clips(4, torch.Generator()).videos, tmp_path / "own.pt")
    torch.jit.save(torch.jit.script(StandIn()), tmp_path / "net.pt")
    told = say(str(tmp_path / "own.pt"), "--i3d", str(tmp_path / "net.pt"))
    assert told.startswith("0 "), told
    assert "\nFVD " in told and "16 frames; 4 clips against" in told


@pytest.mark.parametrize(
    "name", ["IMG_0001.MP4", "a.MOV", "a.mkv", "a.b.gif", "take:1.mp4", "film", "a.txt"]
)
def test_a_film_is_rated_whatever_its_container_and_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    ending = Path(name).suffix.lower()
    written = tmp_path / f"written{ending if ending in ENDINGS else '.mp4'}"
    write = write_gif if ending == ".gif" else write_video
    grey = torch.linspace(-1, 1, 33).view(1, 33, 1, 1, 1)
    write(written, grey.expand(1, 33, 3, 64, 64), fps=10)
    monkeypatch.setattr(evaluate, "row_of", lambda clips, cost: clips.videos.shape)
    monkeypatch.setattr(evaluate, "real_row", lambda n: n)
    monkeypatch.setattr(evaluate, "in_words", str)
    told = list(evaluated(str(written.rename(tmp_path / name)), **HERE))
    assert told == [str({"real clips": 4, name: torch.Size([2, 16, 3, 64, 64])})]


def test_a_predictor_is_rated_by_lesson_02(monkeypatch: pytest.MonkeyPatch):
    rows = {"black": lambda context, horizon: None}
    monkeypatch.setattr(prediction_table, "trivial_rows", lambda: rows)
    monkeypatch.setattr(prediction_table, "score", lambda predict: None)
    monkeypatch.setattr(prediction_table, "in_words", lambda scores: "mse 1")
    lines = list(evaluated("predictor", **HERE))
    assert [line.split() for line in lines] == [
        ["black", "mse", "1"],
        ["predictor", "mse", "1"],
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("digits_gan",), "makers of clips: clip_vae"),
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
def test_what_cannot_be_rated_is_answered_in_words(words, told):
    answer = say(*words)
    assert answer.startswith("1 ") and told in answer
