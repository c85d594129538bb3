"""`course evaluate`: one command for models, films and files of clips."""

from pathlib import Path

import pytest
import torch
from stand_in import StandIn
from typer.testing import CliRunner

from command_line import cli
from course_lib.data.shape_motion import sample_clips
from course_lib.evaluation import prediction_table
from course_lib.evaluation.evaluate import evaluated
from course_lib.training.checkpoints import CHECKPOINTS

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
        (("no_such_film.mp4",), "There is no file no_such_film.mp4"),
        (("no_such_clips.pt",), "no_such_clips.pt"),
        (("clip_vae", "--i3d", "/nowhere.pt"), "There is no file /nowhere.pt"),
        (("predictor", "--i3d", "/nowhere.pt"), "frame by frame"),
    ],
)
def test_what_cannot_be_rated_is_answered_in_words(words, told):
    answer = say(*words)
    assert answer.startswith("1 ") and told in answer
