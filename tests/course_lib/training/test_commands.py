"""A training has a name; killed at any moment, it goes on as if it had not been."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes
from course_lib.training import commands, predictor
from course_lib.training.checkpoints import load_weights, read_card
from course_lib.training.commands import TRAININGS, Request, train
from course_lib.training.presets import LearningPreset

ROOT = Path(__file__).parents[3]
SMALL = ConvLSTMSizes(block=8, width=8, kernel=3, depth=1)
REQUEST = Request("small", "tiny", 3)
PROGRAM = """
import sys
sys.path.insert(0, "{tests}")
from pathlib import Path
from test_trainings import REQUEST, small
from course_lib.training import trainings
commands.TRAININGS = {"small": {"tiny": small({steps}, {every})}}
commands.train(REQUEST, Path(sys.argv[1]), resume=True)
"""


def small(steps, every):
    """A predictor of 10,000 weights, in a few steps."""
    preset = LearningPreset(steps=steps, batch=4, every=every, rate=3e-3)

    def make(rng):
        model = lambda rng: ConvLSTMPredictor(SMALL, rng)  # noqa: E731
        plan = predictor.plan(model, preset, rng)
        return plan._replace(result=lambda model: "measured")

    return make


@pytest.fixture
def one_training(monkeypatch):
    plans = {"small": {"tiny": small(6, 2)}}
    monkeypatch.setattr(commands, "TRAININGS", plans)


def weights(folder):
    model = ConvLSTMPredictor(SMALL, torch.Generator())
    loaded = load_weights("small", model, folder=folder)
    return torch.cat([w.detach().flatten() for w in loaded.parameters()])


def test_it_ends_in_a_checkpoint_and_a_card_with_its_curve(one_training, tmp_path):
    said = []
    train(REQUEST, tmp_path, resume=False, say=said.append)
    card = read_card("small", folder=tmp_path)
    assert card.command == "course train small --preset tiny --seed 3"
    assert (card.seed, card.result) == (3, "measured")
    assert card.curve["step"] == [2, 4, 6]
    assert len(card.curve["squared_error"]) == 3
    assert [line.split(",")[0] for line in said[:3]] == ["step 2", "step 4", "step 6"]
    assert said[3] == f"{tmp_path / 'small.safetensors'}: measured"
    assert weights(tmp_path).isfinite().all()
    assert not any((tmp_path / "unfinished").iterdir())


class Killed(BaseException):
    """The process ends here."""


def break_after(step):
    def say(line):
        if line.startswith(f"step {step}"):
            raise Killed

    return say


@pytest.fixture
def broken(one_training, tmp_path):
    with pytest.raises(Killed):
        train(REQUEST, tmp_path, resume=False, say=break_after(4))
    return tmp_path


def test_what_was_broken_off_goes_on_to_the_same_end(broken, tmp_path_factory):
    whole = tmp_path_factory.mktemp("whole")
    train(REQUEST, whole, resume=False, say=str)
    said = []
    train(REQUEST, broken, resume=True, say=said.append)
    assert said[0] == "Going on after step 4."
    assert torch.equal(weights(broken), weights(whole))
    curves = (read_card("small", folder=place).curve for place in (broken, whole))
    assert next(curves) == next(curves)


def test_an_unfinished_training_is_not_overwritten_silently(broken):
    with pytest.raises(ValueError, match=r"small-tiny-3\.safetensors is an unfin"):
        train(REQUEST, broken, resume=False, say=str)


def test_a_damaged_snapshot_is_refused_by_name_and_left_alone(broken):
    (snapshot,) = (broken / "unfinished").iterdir()
    snapshot.write_bytes(snapshot.read_bytes()[:-50])
    with pytest.raises(ValueError, match=r"small-tiny-3\.safetensors is no complete"):
        train(REQUEST, broken, resume=True, say=str)
    assert snapshot.exists()


def test_resuming_what_was_never_begun_begins_it(one_training, tmp_path):
    train(REQUEST, tmp_path, resume=True, say=str)
    assert (tmp_path / "small.safetensors").exists()


def test_an_unknown_name_or_preset_is_answered_with_the_known_ones(tmp_path):
    for request in (Request("prediktor", "laptop", 0), Request("predictor", "xxl", 0)):
        with pytest.raises(ValueError, match="predictor: smoke, laptop, gpu"):
            train(request, tmp_path, resume=False, say=str)


@pytest.mark.parametrize("name", TRAININGS)
def test_every_training_of_the_course_has_a_short_and_a_long_preset(name):
    assert {"smoke", "laptop"} <= TRAININGS[name].keys()


def started(folder, steps, every, prefix=()):
    """A training in a process of its own, with one thread and its output in a pipe."""
    program = PROGRAM.replace("{tests}", str(Path(__file__).parent))
    program = program.replace("{steps}", str(steps)).replace("{every}", str(every))
    script = folder / "program.py"
    script.write_text(program)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, *prefix, script, str(folder)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_kills_at_random_moments_leave_the_curve_as_it_was(tmp_path):
    """kill -9, with --resume each time: nothing unreadable, no step lost or doubled."""
    steps, every, moments = 300, 3, random.Random(0)
    whole = tmp_path / "whole"
    whole.mkdir()
    said, _ = started(whole, steps, every).communicate()
    assert "measured" in said, said
    killed = kills = 0
    while kills < 10:
        process = started(tmp_path, steps, every)
        process.stdout.readline()  # the first reading: it is on its way
        time.sleep(moments.uniform(0, 0.25))
        process.send_signal(signal.SIGKILL)
        said, _ = process.communicate()
        assert "Error" not in said, said
        kills += 1
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 8, "the training was over before it could be killed"
    said, _ = started(tmp_path, steps, every).communicate()
    assert re.search(r"Going on after step \d+\.", said), said
    found, expected = (
        read_card("small", folder=place).curve for place in (tmp_path, whole)
    )
    assert found["step"] == expected["step"]
    torch.testing.assert_close(
        torch.tensor(found["squared_error"]),
        torch.tensor(expected["squared_error"]),
        rtol=1e-6,
        atol=0,
    )
    assert torch.equal(weights(tmp_path), weights(whole))


@pytest.mark.slow
def test_two_processes_train_what_one_trains(tmp_path):
    """The same command under torchrun; each takes half of every batch."""
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    torchrun = (
        *("-m", "torch.distributed.run", "--standalone"),
        *("--nproc-per-node", "2"),
    )
    for folder, prefix in ((alone, ()), (shared, torchrun)):
        folder.mkdir()
        process = started(folder, 8, 2, prefix)
        said, _ = process.communicate()
        assert process.returncode == 0, said
        assert said.count("step 8,") == 1, "only the first process speaks"
    found, expected = (
        torch.tensor(read_card("small", folder=place).curve["squared_error"])
        for place in (shared, alone)
    )
    torch.testing.assert_close(found, expected, rtol=2e-3, atol=0)
