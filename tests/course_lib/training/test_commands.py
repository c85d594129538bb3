"""`course train`: a training that is killed at any moment resumes bit for bit.

Most tests call the command and read its output and its files. No test waits for a
time: a training is killed or stopped after it has printed or written something.
"""

import os
import random
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from command_line.cli import app
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes
from course_lib.training import commands, predictor
from course_lib.training.checkpoints import load_weights, read_card
from course_lib.training.commands import TRAININGS, Request, TrainingFiles
from course_lib.training.loop import Training
from course_lib.training.presets import LearningPreset
from course_lib.video import write_video

ROOT = Path(__file__).parents[3]
SMALL = ConvLSTMSizes(block=8, width=8, kernel=3, depth=1)
PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have ignored it
sys.path.insert(0, {tests!r})
from command_line.cli import app
from course_lib.training import commands
from test_commands import small
commands.TRAININGS = {{"small": small(tiny=({steps}, {every}))}}
app()
"""


def small(change=lambda run: run, **lengths):
    """A predictor of 10,000 weights, in a few steps; its runs may be changed."""

    def build(preset, rng, films=None):
        run = predictor.training_run(build_small, preset, rng, films)
        if films is None:
            run = run._replace(evaluate=lambda model: "measured")
        return change(run)

    presets = {
        name: LearningPreset(steps=steps, batch=4, every=every, rate=3e-3)
        for name, (steps, every) in lengths.items()
    }
    return Training(presets, build, clip=(20, 1, 64, 64))


def build_small(rng, frame):
    return ConvLSTMPredictor(replace(SMALL, channels=frame[0]), rng)


def offer(monkeypatch, change=lambda run: run):
    """Three presets of one small training, whose runs may be changed."""
    training = small(change, tiny=(6, 2), long=(8, 4), seldom=(4, 4))
    monkeypatch.setattr(commands, "TRAININGS", {"small": training})


@pytest.fixture(autouse=True)
def one_training(monkeypatch):
    offer(monkeypatch)


def course(folder, *words, seed=3, preset="tiny"):
    """What `course train small` does in this process."""
    of = ("--preset", preset, "--seed", str(seed), "--out", str(folder))
    done = CliRunner().invoke(app, ["train", "small", *of, *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done
    return done


def weights(folder, name="small"):
    model = ConvLSTMPredictor(SMALL, torch.Generator())
    loaded = load_weights(name, model, folder=folder)
    return torch.cat([w.detach().flatten() for w in loaded.parameters()])


def files_in(folder):
    """Every file below a folder, with its time and its contents."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@pytest.fixture
def finished(tmp_path):
    assert course(tmp_path).exit_code == 0
    return tmp_path


class Killed(Exception):
    """The process ends here."""


def killing(monkeypatch, *, after):
    """Every process takes so many steps, and is killed in the next."""
    taken = 0

    def change(run):
        def step(state, number):
            nonlocal taken
            taken += 1
            if taken > after:
                raise Killed
            return run.step(state, number)

        return run._replace(step=step)

    offer(monkeypatch, change)


def killed(monkeypatch, folder, *words, after, preset="tiny"):
    """Train as far as that; then nobody is killed any more."""
    with monkeypatch.context() as patched:
        killing(patched, after=after)
        of = ["--preset", preset, "--seed", "3", "--out", str(folder)]
        done = CliRunner().invoke(app, ["train", "small", *of, *words])
        assert isinstance(done.exception, Killed)
    return done


@pytest.fixture
def broken(monkeypatch, tmp_path):
    """A training that was killed in step 5."""
    killed(monkeypatch, tmp_path, after=4)
    return tmp_path


def same_end(folder, other):
    assert torch.equal(weights(folder), weights(other))
    curves = (read_card("small", folder=path).curve for path in (folder, other))
    assert next(curves) == next(curves)


# What it leaves


def test_a_training_ends_with_a_checkpoint_and_a_card_with_its_curve(tmp_path):
    lines = course(tmp_path).output.splitlines()
    card = read_card("small", folder=tmp_path)
    assert card.command == "course train small --preset tiny --seed 3"
    assert (card.seed, card.result) == (3, "measured")
    assert card.curve["step"] == [2, 4, 6]
    assert len(card.curve["squared_error"]) == 3
    assert [line.split(",")[0] for line in lines[:3]] == ["step 2", "step 4", "step 6"]
    assert lines[3] == f"{tmp_path / 'small.safetensors'}: measured"
    assert weights(tmp_path).isfinite().all()
    assert not any((tmp_path / "unfinished").iterdir())


@pytest.mark.parametrize("name", TRAININGS)
def test_every_training_of_the_course_has_a_short_and_a_long_preset(name):
    assert {"smoke", "laptop"} <= TRAININGS[name].presets.keys()


def test_an_unknown_name_or_preset_is_rejected_with_the_known_ones(tmp_path):
    for words in (("train", "smal"), ("train", "small", "--preset", "xxl")):
        done = CliRunner().invoke(app, [*words, "--out", str(tmp_path)])
        assert done.exit_code == 1
        assert "small: tiny, long, seldom" in done.output
    assert not files_in(tmp_path)


# Finished work stays


@pytest.mark.parametrize("other", [{}, {"seed": 4}, {"preset": "long"}])
def test_a_finished_checkpoint_is_not_replaced(finished, other):
    before = files_in(finished)
    done = course(finished, **other)
    assert done.exit_code == 1
    assert files_in(finished) == before
    assert "step" not in done.output.replace("steps", "")
    digest = sha256((finished / "small.safetensors").read_bytes()).hexdigest()
    for words in (
        str(finished / "small.safetensors"),
        "course train small --preset tiny --seed 3",
        "measured",
        digest[:8],
        "--out",
        "--force",
    ):
        assert words in done.output


def test_a_finished_checkpoint_is_replaced_with_force(finished):
    before = weights(finished)
    assert course(finished, "--force", seed=4).exit_code == 0
    assert read_card("small", folder=finished).seed == 4
    assert not torch.equal(weights(finished), before)


@pytest.mark.parametrize("ending", ["safetensors", "json"])
def test_any_file_of_that_name_is_not_replaced(tmp_path, ending):
    (tmp_path / f"small.{ending}").write_text("a diary")
    done = course(tmp_path)
    assert done.exit_code == 1
    assert "no readable card" in done.output
    assert (tmp_path / f"small.{ending}").read_text() == "a diary"


def test_a_folder_of_that_name_is_rejected_even_with_force(tmp_path):
    (tmp_path / "small.safetensors").mkdir()
    done = course(tmp_path, "--force")
    assert done.exit_code == 1
    assert "is a folder" in done.output


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("ending", ["safetensors", "json"])
def test_a_file_that_appeared_meanwhile_stays_and_the_new_one_has_another_name(
    monkeypatch, tmp_path, ending, links
):
    def no_links(*_):
        raise PermissionError(1, "no links on this file system")

    def change(run):
        def evaluate(model):
            (tmp_path / f"small.{ending}").write_text("another's work")
            return "measured"

        return run._replace(evaluate=evaluate)

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    offer(monkeypatch, change)
    done = course(tmp_path)
    assert done.exit_code == 0
    assert (tmp_path / f"small.{ending}").read_text() == "another's work"
    beside = tmp_path / "small-tiny-3.safetensors"
    assert f"{beside}: measured" in done.output
    assert "appeared there in the meantime and stays" in done.output
    assert weights(tmp_path, beside.stem).isfinite().all()
    assert read_card(beside.stem, folder=tmp_path).seed == 3
    again = course(tmp_path, "--resume")
    assert (again.exit_code, "is finished" in again.output) == (0, True)


def test_an_unfinished_training_does_not_replace_a_finished_one_either(
    monkeypatch, broken
):
    course(broken, preset="long")
    before = files_in(broken)
    done = course(broken, "--resume")
    assert done.exit_code == 1
    assert "Move it away, or replace it with --force" in done.output
    assert files_in(broken) == before
    assert course(broken, "--resume", "--force").exit_code == 0
    assert "tiny" in read_card("small", folder=broken).command


@pytest.mark.parametrize("ending", ["safetensors", "json"])
def test_a_kill_while_the_checkpoint_is_written_is_repaired_by_resume(
    monkeypatch, tmp_path, ending
):
    """Before the weights are there, and between the weights and the card."""

    def killed_at(write):
        def written(made, path):
            if Path(path) == tmp_path / f"small.{ending}":
                raise Killed
            write(made, path)

        return written

    with monkeypatch.context() as patched:
        patched.setattr(os, "link", killed_at(os.link))
        patched.setattr(os, "replace", killed_at(os.replace))
        with pytest.raises(AssertionError, match="Killed"):
            course(tmp_path)
    assert (tmp_path / "small.safetensors").exists() == (ending == "json")
    assert (tmp_path / "unfinished" / "small-tiny-3.pt").exists()
    done = course(tmp_path, "--resume")
    assert done.exit_code == 0
    assert read_card("small", folder=tmp_path).result == "measured"
    assert [path.name for path in sorted(tmp_path.glob("*.safetensors"))] == [
        "small.safetensors"
    ]
    assert not any((tmp_path / "unfinished").glob("small*"))


# Resuming


def test_a_killed_training_resumes_to_the_same_weights_and_curve(
    broken, tmp_path_factory
):
    whole = tmp_path_factory.mktemp("whole")
    course(whole)
    done = course(broken, "--resume")
    assert done.output.startswith("Going on after step 4.")
    same_end(broken, whole)


def test_resume_without_a_snapshot_has_status_3_and_changes_nothing(broken):
    before = files_in(broken)
    for folder in (broken, broken / "nowhere"):
        done = course(folder, "--resume", seed=4)
        assert done.exit_code == 3
        assert "nothing to resume of small --preset tiny --seed 4" in done.output
    assert "unfinished there: small-tiny-3" in course(broken, "--resume", seed=4).output
    assert files_in(broken) == before


def test_resume_after_the_end_has_status_0_and_changes_nothing(finished):
    before = files_in(finished)
    for words in (("--resume",), ("--resume", "--force")):
        done = course(finished, *words)
        assert done.exit_code == 0
        assert "is finished: nothing is left to resume" in done.output
    assert files_in(finished) == before


def test_resume_ignores_the_checkpoint_of_another_seed(finished):
    assert course(finished, "--resume", seed=4).exit_code == 3


def test_an_unfinished_training_is_not_overwritten_silently(broken):
    before = files_in(broken)
    for words in ((), ("--force",)):
        done = course(broken, *words)
        assert done.exit_code == 1
        assert "small-tiny-3.pt is an unfinished training" in done.output
        assert "--resume" in done.output
    assert files_in(broken) == before


def test_a_damaged_snapshot_is_rejected_by_name_and_not_changed(broken):
    (snapshot,) = (broken / "unfinished").iterdir()
    whole = snapshot.read_bytes()
    turned = bytearray(whole)
    turned[-50] ^= 1
    for content in (whole[:-50], b"", bytes(len(whole)), bytes(turned)):
        snapshot.write_bytes(content)
        done = course(broken, "--resume")
        assert done.exit_code == 1
        assert str(snapshot) in done.output
        assert "move that file away" in done.output
        assert snapshot.read_bytes() == content


def test_a_snapshot_of_another_training_or_version_is_rejected(monkeypatch, broken):
    (snapshot,) = (broken / "unfinished").iterdir()
    snapshot.rename(snapshot.with_name("small-long-3.pt"))
    done = course(broken, "--resume", preset="long")
    assert done.exit_code == 1
    assert "small --preset tiny --seed 3" in done.output
    (snapshot,) = (broken / "unfinished").iterdir()
    snapshot.rename(snapshot.with_name("small-tiny-3.pt"))
    monkeypatch.setattr(commands, "TRAININGS", {"small": small(tiny=(20, 2))})
    done = course(broken, "--resume")
    assert done.exit_code == 1
    assert "another version of the course" in done.output


@pytest.mark.parametrize("words", [(), ("--resume",), ("--force",)])
def test_a_snapshot_of_an_older_version_is_not_lost_silently(tmp_path, words):
    """Older versions wrote safetensors; --resume must not answer 3 and start again."""
    snapshot = tmp_path / "unfinished" / "small-tiny-3.safetensors"
    snapshot.parent.mkdir()
    snapshot.write_bytes(b"hours of training")
    done = course(tmp_path, *words)
    assert done.exit_code == 1
    assert f"{snapshot} is an unfinished training of an older version" in done.output
    assert [*files_in(tmp_path)] == [snapshot]


# However slow the machine, it gets on


def test_a_snapshot_exists_before_anything_is_printed(monkeypatch, tmp_path):
    snapshot = tmp_path / "unfinished" / "small-tiny-3.pt"
    lines = []

    def print_line(line):
        lines.append((line.split(",")[0], snapshot.exists()))
        raise Killed

    monkeypatch.setattr("command_line.cli.typer.echo", print_line)
    with pytest.raises(AssertionError, match="Killed"):
        course(tmp_path)
    assert lines == [("step 2", True)]


def test_a_training_progresses_if_it_is_killed_after_every_step(
    monkeypatch, tmp_path, tmp_path_factory
):
    """This preset has four steps a row; no row is completed."""
    killed(monkeypatch, tmp_path, after=1, preset="seldom")
    for done in (1, 2):
        said = killed(monkeypatch, tmp_path, "--resume", after=1, preset="seldom")
        assert f"Going on after step {done}." in said.output
    assert course(tmp_path, "--resume", preset="seldom").exit_code == 0
    whole = tmp_path_factory.mktemp("whole")
    course(whole, preset="seldom")
    same_end(tmp_path, whole)


def test_the_supervisor_s_command_finishes_the_training_once(monkeypatch, tmp_path):
    """--resume, and without it where that answers 3: the line of the help."""

    def once():
        done = course(tmp_path, "--resume")
        return course(tmp_path) if done.exit_code == 3 else done

    killing(monkeypatch, after=0)
    with pytest.raises(AssertionError):  # killed before its first step
        once()
    killing(monkeypatch, after=2)
    with pytest.raises(AssertionError):
        once()
    offer(monkeypatch)
    assert once().exit_code == 0
    before = files_in(tmp_path)
    assert once().exit_code == 0
    assert files_in(tmp_path) == before


# Stopped, refused, out of room


def signalling(monkeypatch, *numbers, at):
    """The process gets signals in one step; "evaluate" is during the evaluation."""

    def send():
        for number in numbers:
            os.kill(os.getpid(), number)

    def change(run):
        def step(state, number):
            if number == at:
                send()
            return run.step(state, number)

        def evaluate(model):
            if at == "evaluate":
                send()
            return "measured"

        return run._replace(step=step, evaluate=evaluate)

    offer(monkeypatch, change)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("at", "saved"), [(1, 1), (3, 3), (6, 6), ("evaluate", 6)])
def test_after_a_signal_it_saves_and_says_how_to_go_on(
    monkeypatch, tmp_path, tmp_path_factory, number, at, saved
):
    folder = tmp_path / "a folder"
    with monkeypatch.context() as patched:
        signalling(patched, number, at=at)
        done = course(folder)
    assert done.exit_code == 128 + number
    said, command = done.stderr.splitlines()
    assert said == f"Stopped by {number.name}. Saved up to step {saved} of 6."
    first, *words = shlex.split(command.removeprefix("Go on with: "))
    assert (first, words[0], words[-1]) == ("course", "train", "--resume")
    if saved < 6 or number == signal.SIGTERM:
        again = CliRunner().invoke(app, words)
        assert again.exit_code == 0, again.output
        assert again.output.startswith(f"Going on after step {saved}.")
        whole = tmp_path_factory.mktemp("whole")
        course(whole)
        same_end(folder, whole)


def test_a_second_signal_does_not_wait_for_the_step(monkeypatch, tmp_path):
    signalling(monkeypatch, signal.SIGINT, signal.SIGINT, at=4)
    done = course(tmp_path)
    assert done.exit_code == 130
    assert "Saved up to step 2 of 6." in done.stderr


def test_a_signal_before_the_first_snapshot_is_reported_as_such(monkeypatch, tmp_path):
    def change(run):
        os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patched:
        offer(patched, change)
        done = course(tmp_path, "--force")
    assert done.exit_code == 143
    assert "Nothing was saved yet." in done.stderr
    command = done.stderr.splitlines()[1].removeprefix("Begin again with: ")
    assert command.endswith(f"--seed 3 --out {tmp_path} --force")
    assert CliRunner().invoke(app, shlex.split(command)[1:]).exit_code == 0


@pytest.mark.parametrize("seed", ["-1", str(2**63), str(2**64), "1.5", "one"])
def test_a_seed_out_of_range_is_an_invalid_option(tmp_path, seed):
    done = course(tmp_path, seed=seed)
    assert done.exit_code == 2
    assert "--seed" in done.output
    assert not files_in(tmp_path)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_range_is_rejected_in_a_program(tmp_path, seed):
    with pytest.raises(ValueError, match=f"--seed must be .*; got {seed}"):
        TrainingFiles(Request("small", "tiny", seed), tmp_path)


def test_the_largest_seed_is_accepted(tmp_path):
    assert course(tmp_path, seed=2**63 - 1).exit_code == 0


@pytest.mark.parametrize("words", [(), ("--resume",)])
@pytest.mark.parametrize("below", ["", "folder"])
def test_an_output_path_that_is_a_file_is_rejected(tmp_path, below, words):
    (tmp_path / "file").write_text("a file")
    done = course(tmp_path / "file" / below, *words)
    assert done.exit_code in (1, 3)
    assert str(tmp_path / "file") in done.output
    if not words:
        assert "--out" in done.output
    assert (tmp_path / "file").read_text() == "a file"


def test_a_read_only_output_folder_is_rejected_before_training(monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    offer(monkeypatch, lambda run: pytest.fail("it began"))
    monkeypatch.setattr(commands.tempfile, "TemporaryFile", refuse)
    done = course(tmp_path)
    assert done.exit_code == 1
    assert f"Nothing can be written to --out {tmp_path}" in done.output
    assert "Permission denied" in done.output


def test_a_missing_output_folder_is_created(tmp_path):
    assert course(tmp_path / "new" / "folder").exit_code == 0
    assert weights(tmp_path / "new" / "folder").isfinite().all()


@pytest.mark.parametrize(
    ("writing", "saved"), [(1, None), (2, 1), (3, 2), (5, 6), (6, 6)]
)
def test_a_full_disk_loses_nothing_that_was_saved(
    monkeypatch, tmp_path, tmp_path_factory, writing, saved
):
    """Snapshots of steps 1, 2, 4 and 6 are written, then weights and a card."""
    written, sync = 0, os.fsync

    def full(handle):
        nonlocal written
        written += 1
        if written == writing:
            raise OSError(28, "No space left on device")
        sync(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        done = course(tmp_path)
    assert done.exit_code == 1
    assert "No space left on device" in done.stderr
    if saved is None:
        assert "Nothing was saved yet." in done.stderr
        assert not files_in(tmp_path)
        return
    assert f"Saved up to step {saved} of 6." in done.stderr
    assert "--resume" in done.stderr
    assert [path.name for path in files_in(tmp_path)] == ["small-tiny-3.pt"]
    again = course(tmp_path, "--resume")
    assert again.output.startswith(f"Going on after step {saved}.")
    whole = tmp_path_factory.mktemp("whole")
    course(whole)
    same_end(tmp_path, whole)


# On a folder of films


def write_film(path, n_frames, level):
    """A film of noise around a grey level, 32 x 32 pixels."""
    rng = torch.Generator().manual_seed(n_frames)
    noise = 0.2 * torch.rand(1, n_frames, 3, 32, 32, generator=rng)
    write_video(path, level + noise, fps=8)


@pytest.fixture
def films(tmp_path_factory):
    """Three short films."""
    folder = tmp_path_factory.mktemp("data") / "my films"
    folder.mkdir()
    for name, n_frames, level in (("a", 26, -0.8), ("b", 22, 0.0), ("c", 41, 0.5)):
        write_film(folder / f"{name}.mp4", n_frames, level)
    return folder


def kill_film_training(monkeypatch, folder, films, *, after):
    """Train on the films, and raise Killed in the step after ``after`` steps."""
    killed(monkeypatch, folder, "--data", str(films), after=after)


def test_the_card_names_the_films_and_the_result_stands_beside_trivial_rows(
    tmp_path, films
):
    done = course(tmp_path, "--data", str(films))
    assert done.exit_code == 0, done.output
    card = read_card("small", folder=tmp_path)
    assert card.command == (
        f"course train small --preset tiny --seed 3 --data {shlex.quote(str(films))}"
    )
    assert card.data.startswith(
        "films of the folder my films: train 26 frames of a.mp4; validation 22 frames "
        "of b.mp4; test 41 frames of c.mp4; frames of 1 x 64 x 64; fingerprint "
    )
    assert card.result.startswith("on 2 test clips: model mse ")
    for row in ("black", "mean frame", "copy the last"):
        assert f"; {row} mse " in card.result
    assert card.result in done.output
    assert len(card.curve["validation_mse"]) == 3
    assert weights(tmp_path).isfinite().all()


def test_a_training_on_films_resumes_after_a_kill_with_the_same_steps(
    monkeypatch, tmp_path, films
):
    killed_folder, whole = tmp_path / "killed", tmp_path / "whole"
    course(whole, "--data", str(films))
    kill_film_training(monkeypatch, killed_folder, films, after=4)
    done = course(killed_folder, "--data", str(films), "--resume")
    assert done.output.startswith("Going on after step 4."), done.output
    same_end(killed_folder, whole)
    again = course(killed_folder, "--data", str(films), "--resume")
    assert (again.exit_code, "is finished" in again.output) == (0, True)


def test_resume_rejects_other_films_and_the_course_s_own_data(
    monkeypatch, tmp_path, films
):
    kill_film_training(monkeypatch, tmp_path, films, after=4)
    before = files_in(tmp_path)
    without = course(tmp_path, "--resume")
    colour = course(tmp_path, "--resume", "--data", str(films), "--channels", "3")
    write_film(films / "a.mp4", 30, -0.2)
    changed = course(tmp_path, "--resume", "--data", str(films))
    for done in (without, changed, colour):
        assert done.exit_code == 1
        assert "was trained on other data: films of the folder my films" in done.output
        assert "Resume it with --data and the same films." in done.output
    assert files_in(tmp_path) == before


def test_colour_films_train_a_model_with_three_channels(tmp_path, films):
    done = course(tmp_path, "--data", str(films), "--channels", "3")
    assert done.exit_code == 0, done.output
    card = read_card("small", folder=tmp_path)
    assert "frames of 3 x 64 x 64" in card.data
    assert card.command.endswith("--channels 3")
    load_weights("small", build_small(torch.Generator(), (3, 64, 64)), folder=tmp_path)


def test_films_that_are_too_short_or_missing_are_rejected(tmp_path, films):
    write_film(films / "c.mp4", 15, 0.0)
    done = course(tmp_path, "--data", str(films))
    assert done.exit_code == 1
    assert (
        "The test split of" in done.output and "longest segment has 15" in done.output
    )
    done = course(tmp_path, "--data", str(films / "nowhere"))
    assert done.exit_code == 1
    assert "There is no folder" in done.output
    assert not any(tmp_path.glob("*.safetensors"))


@pytest.mark.parametrize("name", [n for n in TRAININGS if not TRAININGS[n].clip])
def test_a_training_that_cannot_use_films_says_why_and_which_can(
    monkeypatch, tmp_path, films, name
):
    monkeypatch.setattr(commands, "TRAININGS", TRAININGS)
    done = CliRunner().invoke(
        app, ["train", name, "--data", str(films), "--out", str(tmp_path)]
    )
    assert done.exit_code == 1
    assert f"{name} cannot be trained on a folder of films" in done.output
    assert f"it needs {TRAININGS[name].needs}, which films do not have" in done.output
    assert "On films can be trained predictor_lstm, predictor" in done.output
    assert not files_in(tmp_path)


@pytest.mark.parametrize("words", [("--channels", "3"), ("--size", "32")])
def test_options_of_films_are_rejected_without_films(tmp_path, words):
    done = course(tmp_path, *words)
    assert done.exit_code == 1
    assert "add --data FOLDER" in done.output
    assert not files_in(tmp_path)


def test_films_have_the_requested_size_and_the_command_repeats_it(tmp_path, films):
    words = ("--data", str(films), "--channels", "3", "--size", "32")
    assert course(tmp_path, *words).exit_code == 0
    card = read_card("small", folder=tmp_path)
    assert "frames of 3 x 32 x 32" in card.data
    request = Request("small", "tiny", 3, films, 3, 32)
    assert card.command == f"course train {request}"
    assert Request.from_command(card.command) == request


def test_every_model_that_needs_no_labels_can_be_trained_on_films():
    assert {name for name in TRAININGS if not TRAININGS[name].clip} == {
        "digits_gan",
        "clip_classifier",
        "conditional_vae",
    }


# In processes of their own

HANGING = pytest.mark.timeout(3600)  # ends what hangs; no test comes near it


def started(folder, steps, every, *words, prefix=()):
    """`course train small` in a process of its own, with one thread and a pipe."""
    folder.mkdir(exist_ok=True)
    tests = str(Path(__file__).parent)
    program = folder / "program.py"
    program.write_text(PROGRAM.format(tests=tests, steps=steps, every=every))
    of = ("--preset", "tiny", "--seed", "3", "--out", str(folder))
    return subprocess.Popen(
        [sys.executable, *prefix, program, "train", "small", *of, *words],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until_it_says(process, pattern):
    """Read on to a line like this one; false if the process ended before."""
    return any(re.search(pattern, line) for line in process.stdout)


def step_of(snapshot):
    """How far a snapshot is; reading it shows that it is whole."""
    return torch.load(snapshot, weights_only=True)["log"]["step"]


@pytest.mark.slow
@HANGING
def test_ten_kills_at_random_moments_leave_the_curve_as_it_was(tmp_path):
    """kill -9, with --resume each time: nothing unreadable, no step lost or doubled.

    A process is killed some lines after it began to train: so it always gets on. Which
    step it is in then, or which write, is left to chance.
    """
    steps, every, lines = 120, 2, random.Random(0)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    said, _ = started(whole, steps, every).communicate()
    assert "measured" in said, said
    snapshot = broken / "unfinished" / "small-tiny-3.pt"
    reached = 0
    for kill in range(10):
        process = started(broken, steps, every, *(["--resume"] if kill else []))
        on_its_way = all(
            until_it_says(process, r"^step \d+,") for _ in range(lines.randint(1, 3))
        )
        process.kill()
        said, _ = process.communicate()
        assert "Traceback" not in said
        if process.returncode == 0:
            break  # the kill came after the end: a machine may be that busy
        assert on_its_way and process.returncode == -signal.SIGKILL
        assert snapshot.exists() or (broken / "small.safetensors").exists()
        if snapshot.exists():
            assert step_of(snapshot) > reached, "a kill lost what was reported"
            reached = step_of(snapshot)
    said, _ = started(broken, steps, every, "--resume").communicate()
    assert re.search(r"Going on after step|is finished", said), said
    same_end(broken, whole)


@pytest.mark.slow
@HANGING
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_from_another_process_stops_it_cleanly(tmp_path, number):
    process = started(tmp_path, 100_000, 2)
    assert until_it_says(process, r"^step 2,")
    process.send_signal(number)
    said, _ = process.communicate()
    assert process.returncode == 128 + number, said
    assert "Traceback" not in said
    saved = int(
        re.search(rf"Stopped by {number.name}. Saved up to step (\d+)", said)[1]
    )
    assert step_of(tmp_path / "unfinished" / "small-tiny-3.pt") == saved


TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


@pytest.mark.slow
@HANGING
def test_two_processes_have_the_curve_of_one(tmp_path):
    """The same command under torchrun; each takes half of every batch."""
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    for folder, prefix in ((alone, ()), (shared, TORCHRUN)):
        process = started(folder, 8, 2, prefix=prefix)
        said, _ = process.communicate()
        assert process.returncode == 0, said
        assert said.count("step 8,") == 1, "only the first process speaks"
    found, expected = (
        torch.tensor(read_card("small", folder=path).curve["squared_error"])
        for path in (shared, alone)
    )
    torch.testing.assert_close(found, expected, rtol=2e-3, atol=0)


@pytest.mark.slow
@HANGING
def test_two_processes_stop_after_the_same_step_and_resume(tmp_path):
    process = started(tmp_path, 100_000, 2, prefix=TORCHRUN)
    assert until_it_says(process, r"^step 2,")
    process.terminate()
    said, _ = process.communicate()
    assert said.count("Saved up to step") == 1, said
    assert "Going on after step" not in said
    saved = step_of(tmp_path / "unfinished" / "small-tiny-3.pt")
    assert f"Saved up to step {saved} of 100000." in said
    process = started(tmp_path, 100_000, 2, "--resume", prefix=TORCHRUN)
    assert until_it_says(process, f"Going on after step {saved}.")
    assert until_it_says(process, r"^step \d+,")
    process.terminate()
    process.communicate()
