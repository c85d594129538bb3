"""Films of one's own: every model without labels trains, resumes and is evaluated.

The folder holds three different films: a part of Big Buck Bunny, shape motion, and
moving digits in colour.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from command_line.cli import app
from course_lib.data import moving_digits, shape_motion
from course_lib.data.film import FILM
from course_lib.data.film_folder import read_splits
from course_lib.evaluation import film_table
from course_lib.training import clip_vae, commands, video_gan
from course_lib.training.checkpoints import read_card
from course_lib.training.commands import TRAININGS
from course_lib.video import write_video

ROOT = Path(__file__).parents[3]
ON_FILMS = [name for name in TRAININGS if TRAININGS[name].clip]


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Train: Big Buck Bunny; validation: shape motion; test: digits in colour."""
    folder = tmp_path_factory.mktemp("films")
    shutil.copy(FILM, folder / "a_bunny.mp4")
    rng = torch.Generator().manual_seed(7)
    shapes = shape_motion.sample_clips(2, rng, n_frames=32).videos
    write_video(folder / "b_shapes.mp4", shapes.flatten(0, 1)[None], fps=25)
    digits = moving_digits.sample_clips(1, rng, n_frames=45)
    colour = torch.tensor([1.0, 0.6, 0.2]).view(3, 1, 1)
    write_video(folder / "c_digits.mp4", (digits + 1) * colour - 1, fps=25)
    return folder


class Killed(Exception):
    """The process ends here."""


@pytest.fixture
def short(monkeypatch):
    """All trainings in two steps of two clips, with few generated clips."""
    for module, name, value in (
        (clip_vae, "N_CALIBRATION_CLIPS", 24),  # more than latent axes
        (video_gan, "N_WATCHED", 8),
        (video_gan, "N_NORM_BATCHES", 1),
        (video_gan, "BATCH_SIZE", 8),
        (film_table, "N_SAMPLED", 8),
        (film_table, "N_TEST_CLIPS", 2),
    ):
        monkeypatch.setattr(module, name, value)

    def shortened(training):
        preset = replace(training.presets["smoke"], steps=2, every=1, batch=2)
        return training._replace(presets={"smoke": preset})

    trainings = {name: shortened(training) for name, training in TRAININGS.items()}
    monkeypatch.setattr(commands, "TRAININGS", trainings)


def course(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def train(name, films, out, *words):
    of = ("--preset", "smoke", "--data", films, "--out", out)
    return course("train", name, *of, *words)


def killed_in_step(monkeypatch, last, name, films, out):
    """Train until the process is killed in one step."""
    training = commands.TRAININGS[name]

    def build(*arguments):
        run = training.build(*arguments)

        def step(state, number):
            if number == last:
                raise Killed
            return run.step(state, number)

        return run._replace(step=step)

    with monkeypatch.context() as patched:
        changed = {name: training._replace(build=build)}
        patched.setattr(commands, "TRAININGS", changed)
        assert isinstance(train(name, films, out).exception, Killed)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("name", ON_FILMS)
def test_a_model_trains_on_films_resumes_after_a_kill_and_is_evaluated(
    name, films, tmp_path, monkeypatch
):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    done = train(name, films, whole)
    assert done.exit_code == 0, done.output
    killed_in_step(monkeypatch, 2, name, films, killed)
    done = train(name, films, killed, "--resume")
    assert done.exit_code == 0 and "Going on after step 1." in done.output, done.output
    one, same = (
        (folder / f"{name}.safetensors").read_bytes() for folder in (whole, killed)
    )
    assert one == same

    card = read_card(name, folder=killed)
    assert "train 132 frames of a_bunny.mp4" in card.data
    channels = TRAININGS[name].clip[1]
    assert f"frames of {channels} x 64 x 64" in card.data
    assert any(column.startswith(("validation_", "change")) for column in card.curve)
    assert card.curve == read_card(name, folder=whole).curve

    done = course("evaluate", name, "--folder", killed)
    assert done.exit_code == 0, done.output
    first, model, *trivial = done.output.splitlines()
    assert first == f"{name}, trained on {card.data}"
    assert model.startswith("model  ") and trivial
    for line in (model, *trivial):
        row, _, text = re.sub(" {2,}", "  ", line).partition("  ")
        assert f"{row} {text}" in card.result


@pytest.mark.usefixtures("short")
def test_evaluation_rejects_other_films_and_takes_films_that_were_moved(
    films, tmp_path
):
    out, moved, other = tmp_path / "out", tmp_path / films.name, tmp_path / "other"
    assert train("predictor_lstm", films, out).exit_code == 0
    shutil.copytree(films, moved)
    shutil.copytree(films, other)
    (other / "a_bunny.mp4").rename(other / "z_bunny.mp4")
    evaluate = ("evaluate", "predictor_lstm", "--folder", out)
    assert course(*evaluate, "--data", moved).output == course(*evaluate).output
    done = course(*evaluate, "--data", other)
    assert done.exit_code == 1
    assert "was trained on other films than those in" in done.output
    done = course(*evaluate, "--i3d", "net.pt")
    assert (done.exit_code, "leave --i3d out" in done.output) == (1, True)
    done = course("evaluate", "predictor_lstm", "--data", films)
    assert (done.exit_code, "was not trained on films" in done.output) == (1, True)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("vgan", 32, "Resize the films with --size 64"),
        ("clip_vae", 40, "must be multiples of 16"),
        ("stochastic_predictor", 60, "multiple of 8 pixels; got 60 x 60"),
        ("predictor_lstm", 60, "multiple of 8 pixels; got 60 x 60"),
        ("predictor", 60, "multiples of 8 pixels; got 60 x 60"),
    ],
)
def test_frames_that_do_not_fit_a_model_are_rejected_before_training(
    films, tmp_path, name, size, words
):
    done = train(name, films, tmp_path, "--size", size)
    assert done.exit_code == 1
    assert words in done.output
    assert not any(tmp_path.rglob("*.*"))


def test_a_single_film_that_is_too_short_is_rejected_with_the_advice_to_add_films(
    tmp_path,
):
    film = torch.zeros(1, 40, 3, 32, 32)
    write_video(tmp_path / "only.mp4", film, fps=8)
    with pytest.raises(ValueError, match=r"too few films: with 1 .* longer films"):
        read_splits(tmp_path, n_frames=16, size=16, channels=1)


def test_a_gan_is_not_compared_with_a_single_clip(films, tmp_path):
    for path in films.iterdir():
        shutil.copy(path, tmp_path)
    write_video(tmp_path / "c_digits.mp4", torch.zeros(1, 20, 3, 32, 32), fps=8)
    done = train("tgan", tmp_path, tmp_path / "out")
    assert done.exit_code == 1
    assert "the test split of" in done.output and "c_digits.mp4" in done.output


# In a process of its own


def started(films, out, *words):
    of = ("--preset", "smoke", "--data", films, "--out", out)
    return subprocess.Popen(
        [sys.executable, "-c", "from command_line.cli import app; app()"]
        + [str(word) for word in ("train", "predictor", *of, *words)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.timeout(3600)  # ends what hangs; the test itself waits for no time
def test_a_predictor_is_killed_resumes_and_stands_beside_trivial_rows(films, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    said, _ = started(films, whole).communicate()
    assert "on 2 test clips: model mse" in said, said
    process = started(films, killed)
    assert any(line.startswith("step 2,") for line in process.stdout)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    said, _ = started(films, killed, "--resume").communicate()
    assert re.search(r"Going on after step [2-5]\.", said), said
    files = [folder / "predictor.safetensors" for folder in (whole, killed)]
    assert files[0].read_bytes() == files[1].read_bytes()
    lines = course("evaluate", "predictor", "--folder", killed).output.splitlines()
    rows = ["model", "black", "mean frame", "copy the last", "linear extrapolation"]
    assert [line.partition("  ")[0] for line in lines[1:]] == rows
