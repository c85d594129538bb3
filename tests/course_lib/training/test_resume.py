"""Snapshots: a training that is loaded continues with the same steps."""

import os
import pickle
from typing import NamedTuple

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel

from course_lib.training.resume import (
    TrainingLog,
    components,
    read_snapshot,
    write_snapshot,
)

LOG = TrainingLog(4, 1.5, ("loss",), ((2.0, 0.5), (3.0, 0.25)), ({"loss": 0.1},))


class Pair(NamedTuple):
    """Two networks, as in a GAN."""

    one: nn.Module
    other: nn.Module


class State(NamedTuple):
    """Everything that a training may change."""

    pair: Pair
    average: AveragedModel
    optimizer: torch.optim.Optimizer
    schedulers: dict[str, LambdaLR]
    rng: torch.Generator


def fresh(seed=0, width=3):
    torch.manual_seed(seed)
    pair = Pair(nn.Linear(2, width), nn.BatchNorm1d(width))
    weights = [p for network in pair for p in network.parameters()]
    adam = torch.optim.Adam(weights, lr=0.1)
    schedulers = {"adam": LambdaLR(adam, lambda n_steps: 0.9**n_steps)}
    rng = torch.Generator().manual_seed(seed)
    return State(pair, AveragedModel(pair.one), adam, schedulers, rng)


def trained(state, steps):
    losses = []
    for _ in range(steps):
        x = torch.randn(4, 2, generator=state.rng)
        loss = state.pair.other(state.pair.one(x)).square().sum()
        state.optimizer.zero_grad()
        loss.backward()
        state.optimizer.step()
        state.schedulers["adam"].step()
        state.average.update_parameters(state.pair.one)
        losses.append(loss.item())
    return [*losses, *state.average.module.weight.flatten().tolist()]


@pytest.fixture
def kept(tmp_path):
    """A snapshot after three steps, and what came in the next five."""
    state = fresh()
    trained(state, 3)
    write_snapshot(tmp_path / "kept", "a GAN", state, LOG)
    return tmp_path / "kept", trained(state, 5)


def test_a_loaded_state_continues_with_the_same_steps(kept):
    path, expected = kept
    state = fresh(seed=9)
    assert read_snapshot(path, "a GAN", state) == LOG
    assert trained(state, 5) == expected


def test_an_optimizer_before_its_first_step_is_saved_and_loaded(tmp_path):
    write_snapshot(tmp_path / "start", "a GAN", fresh(), TrainingLog())
    assert read_snapshot(tmp_path / "start", "a GAN", fresh(seed=4)) == TrainingLog()


def test_components_have_dotted_names():
    assert [name for name, _ in components(fresh())] == [
        "pair.one",
        "pair.other",
        "average",
        "optimizer",
        "schedulers.adam",
        "rng",
    ]


@pytest.mark.parametrize("fraction", [0.0, 0.5, 0.99])
def test_a_truncated_snapshot_is_rejected_by_name_and_changes_nothing(kept, fraction):
    path, _ = kept
    path.write_bytes(path.read_bytes()[: int(fraction * path.stat().st_size)])
    state = fresh(seed=9)
    before = state.pair.one.weight.clone()
    with pytest.raises(ValueError, match="kept is damaged or no snapshot"):
        read_snapshot(path, "a GAN", state)
    assert torch.equal(state.pair.one.weight, before)


def test_the_snapshot_of_another_training_is_rejected(kept):
    with pytest.raises(ValueError, match="holds 'a GAN', not 'a VAE'"):
        read_snapshot(kept[0], "a VAE", fresh())


def test_a_file_of_weights_is_rejected(tmp_path):
    save_file({"weight": torch.zeros(2)}, tmp_path / "weights")
    with pytest.raises(ValueError, match="weights is damaged or no snapshot"):
        read_snapshot(tmp_path / "weights", "a GAN", fresh())
    torch.save({"weight": torch.zeros(2)}, tmp_path / "weights")
    with pytest.raises(ValueError, match="no training at all"):
        read_snapshot(tmp_path / "weights", "a GAN", fresh())


def test_a_snapshot_of_another_configuration_is_rejected(tmp_path):
    write_snapshot(tmp_path / "kept", "a GAN", fresh(), LOG, config="300 steps")
    with pytest.raises(ValueError, match=r"another version of the course: .*300 steps"):
        read_snapshot(tmp_path / "kept", "a GAN", fresh(), config="200 steps")
    log = read_snapshot(tmp_path / "kept", "a GAN", fresh(), config="300 steps")
    assert log == LOG


@pytest.mark.parametrize(("stored", "here"), [("a", "b"), ("", "b"), ("a", "")])
def test_a_snapshot_of_other_data_is_rejected(tmp_path, stored, here):
    write_snapshot(tmp_path / "kept", "a GAN", fresh(), LOG, data=stored)
    with pytest.raises(ValueError, match="was trained on other data"):
        read_snapshot(tmp_path / "kept", "a GAN", fresh(), data=here)
    assert read_snapshot(tmp_path / "kept", "a GAN", fresh(), data=stored) == LOG


def test_a_flipped_bit_anywhere_is_detected_or_changes_nothing(kept):
    """A bit in what the archive does not use, such as a date, may flip unnoticed."""
    path, expected = kept
    content = path.read_bytes()
    rejected = positions = 0
    for position in range(0, len(content), 97):
        flipped = bytearray(content)
        flipped[position] ^= 1
        path.write_bytes(flipped)
        state, positions = fresh(seed=9), positions + 1
        before = state.pair.one.weight.clone()
        try:
            log = read_snapshot(path, "a GAN", state)
        except ValueError as error:
            assert "kept is damaged" in str(error)
            assert torch.equal(state.pair.one.weight, before)
            rejected += 1
        else:
            assert log == LOG and trained(state, 5) == expected
    assert rejected > positions / 3


def test_a_flipped_bit_of_a_weight_is_detected(kept):
    path, _ = kept
    weights = fresh()
    read_snapshot(path, "a GAN", weights)
    content = path.read_bytes()
    at = content.index(weights.pair.one.weight.detach().numpy().tobytes())
    flipped = bytearray(content)
    flipped[at] ^= 1
    path.write_bytes(flipped)
    with pytest.raises(ValueError, match=r"the checksum of .* is wrong"):
        read_snapshot(path, "a GAN", fresh())


def test_other_shapes_are_rejected_by_tensor_and_change_nothing(kept):
    state = fresh(width=4)
    before = state.pair.one.weight.clone()
    with pytest.raises(ValueError, match=r"pair\.one\.weight is \(3, 2\) of float32"):
        read_snapshot(kept[0], "a GAN", state)
    assert torch.equal(state.pair.one.weight, before)


def test_an_optimizer_of_other_weights_is_rejected(kept):
    state = fresh()
    state = state._replace(optimizer=torch.optim.Adam([state.pair.one.bias]))
    with pytest.raises(ValueError, match=r"optimizer has \[4\] weights in the file"):
        read_snapshot(kept[0], "a GAN", state)


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


@pytest.mark.parametrize("write", [torch.save, lambda x, path: pickle.dump(x, path)])
def test_a_pickle_that_runs_code_is_rejected(tmp_path, monkeypatch, write):
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "kept").open("wb") as file:
        write({"training": "a GAN", "state": Bomb()}, file)
    with pytest.raises(ValueError, match="kept is damaged or no snapshot"):
        read_snapshot(tmp_path / "kept", "a GAN", fresh())
    assert not (tmp_path / "exploded").exists()


def test_a_state_with_other_parts_is_rejected_with_their_names(kept):
    with pytest.raises(ValueError, match=r"holds pair\.one, .*, here are pair\.one"):
        read_snapshot(kept[0], "a GAN", fresh()._replace(schedulers={}))


def test_a_full_disk_keeps_the_old_snapshot(kept, monkeypatch):
    path, expected = kept

    def full(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_snapshot(path, "a GAN", fresh(seed=5), LOG)
    assert os.listdir(path.parent) == ["kept"]
    state = fresh(seed=9)
    read_snapshot(path, "a GAN", state)
    assert trained(state, 5) == expected


def test_an_object_that_cannot_be_saved_is_rejected(tmp_path):
    class Odd(NamedTuple):
        number: int

    with pytest.raises(TypeError, match="int cannot be saved"):
        write_snapshot(tmp_path / "odd", "odd", Odd(3), LOG)
