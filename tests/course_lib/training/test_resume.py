"""A snapshot is the whole training: what is read back goes on as if never stopped."""

import os
import pickle
from typing import NamedTuple

import pytest
import torch
from torch import nn

from course_lib.training.resume import Logbook, parts, read_snapshot, write_snapshot

BOOK = Logbook(4, 1.5, ("loss",), ((2.0, 0.5), (3.0, 0.25)), ({"loss": 0.1},))


class Pair(NamedTuple):
    """Two networks, as a game has."""

    one: nn.Module
    other: nn.Module


class State(NamedTuple):
    """Everything that a training may change."""

    pair: Pair
    optimizer: torch.optim.Optimizer
    rng: torch.Generator


def fresh(seed=0, wide=3):
    torch.manual_seed(seed)
    pair = Pair(nn.Linear(2, wide), nn.BatchNorm1d(wide))
    weights = [p for network in pair for p in network.parameters()]
    adam = torch.optim.Adam(weights, lr=0.1)
    return State(pair, adam, torch.Generator().manual_seed(seed))


def trained(state, steps):
    losses = []
    for _ in range(steps):
        x = torch.randn(4, 2, generator=state.rng)
        loss = state.pair.other(state.pair.one(x)).square().sum()
        state.optimizer.zero_grad()
        loss.backward()
        state.optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.fixture
def kept(tmp_path):
    """A snapshot after three steps, and what came in the next five."""
    state = fresh()
    trained(state, 3)
    write_snapshot(tmp_path / "kept", "a game", state, BOOK)
    return tmp_path / "kept", trained(state, 5)


def test_what_is_read_back_goes_on_with_the_same_steps(kept):
    path, expected = kept
    state = fresh(seed=9)
    assert read_snapshot(path, "a game", state) == BOOK
    assert trained(state, 5) == expected


def test_before_the_first_step_an_optimizer_has_nothing_to_keep(tmp_path):
    write_snapshot(tmp_path / "start", "a game", fresh(), Logbook())
    assert read_snapshot(tmp_path / "start", "a game", fresh(seed=4)) == Logbook()


def test_parts_are_named_by_where_they_lie():
    assert [name for name, _ in parts(fresh())] == [
        "pair.one",
        "pair.other",
        "optimizer",
        "rng",
    ]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_snapshot_cut_short_is_refused_by_name_and_fills_nothing(kept, share):
    path, _ = kept
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    state = fresh(seed=9)
    before = state.pair.one.weight.clone()
    with pytest.raises(ValueError, match="kept is no complete"):
        read_snapshot(path, "a game", state)
    assert torch.equal(state.pair.one.weight, before)


def test_another_training_s_snapshot_is_refused(kept):
    with pytest.raises(ValueError, match="holds 'a game', not 'a walk'"):
        read_snapshot(kept[0], "a walk", fresh())


def test_a_file_of_weights_is_no_snapshot(tmp_path):
    from safetensors.torch import save_file

    save_file({"weight": torch.zeros(2)}, tmp_path / "weights")
    with pytest.raises(ValueError, match="no training at all"):
        read_snapshot(tmp_path / "weights", "a game", fresh())


def test_a_snapshot_of_another_recipe_is_refused(tmp_path):
    write_snapshot(tmp_path / "kept", "a game", fresh(), BOOK, recipe="300 steps")
    with pytest.raises(ValueError, match=r"another version of the course: .*300 steps"):
        read_snapshot(tmp_path / "kept", "a game", fresh(), recipe="200 steps")
    found = read_snapshot(tmp_path / "kept", "a game", fresh(), recipe="300 steps")
    assert found == BOOK


def test_a_bit_that_turned_over_is_found_and_fills_nothing(kept):
    path, _ = kept
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    state = fresh(seed=9)
    before = state.pair.one.weight.clone()
    with pytest.raises(ValueError, match="kept is damaged"):
        read_snapshot(path, "a game", state)
    assert torch.equal(state.pair.one.weight, before)


def test_other_sizes_are_refused_by_tensor_and_fill_nothing(kept):
    state = fresh(wide=4)
    before = state.pair.one.weight.clone()
    with pytest.raises(ValueError, match=r"pair\.one\.weight is \(3, 2\) of float32"):
        read_snapshot(kept[0], "a game", state)
    assert torch.equal(state.pair.one.weight, before)


def test_an_optimizer_of_other_weights_is_refused(kept):
    state = fresh()
    state = state._replace(optimizer=torch.optim.Adam([state.pair.one.bias]))
    with pytest.raises(ValueError, match=r"optimizer\.0\.exp_avg is"):
        read_snapshot(kept[0], "a game", state)


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


def test_a_pickle_is_refused_unopened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match="no complete safetensors"):
        read_snapshot(tmp_path / "kept", "a game", fresh())
    assert not (tmp_path / "exploded").exists()


def test_a_full_disk_leaves_the_old_snapshot(kept, monkeypatch):
    path, expected = kept

    def full(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_snapshot(path, "a game", fresh(seed=5), BOOK)
    assert os.listdir(path.parent) == ["kept"]
    state = fresh(seed=9)
    read_snapshot(path, "a game", state)
    assert trained(state, 5) == expected


def test_what_cannot_be_written_down_is_refused(tmp_path):
    class Odd(NamedTuple):
        number: int

    with pytest.raises(TypeError, match="int cannot be written down"):
        write_snapshot(tmp_path / "odd", "odd", Odd(3), BOOK)
