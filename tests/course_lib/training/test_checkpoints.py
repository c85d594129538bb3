"""Checkpoints: weights are loaded exactly, or an error names the file."""

import os
import pickle

import pytest
import torch
from torch import nn

from course_lib.gan.digit_networks import DigitGenerator
from course_lib.training.checkpoints import (
    Card,
    load_weights,
    quantize_weights,
    read_card,
    save_weights,
)

CARD = Card("course train nothing", 3, 0.1, "a desk", "it stands", {"step": [1.0]})


def network(wide=3, seed=0):
    torch.manual_seed(seed)
    return quantize_weights(nn.Sequential(nn.Linear(2, wide), nn.BatchNorm1d(wide)))


@pytest.fixture
def saved(tmp_path):
    save_weights("kept", network(), CARD, folder=tmp_path)
    return tmp_path


def test_weights_and_buffers_are_loaded_exactly(saved):
    other = network(seed=1)
    loaded = load_weights("kept", other, folder=saved)
    assert loaded is other
    for name, weight in network().state_dict().items():
        assert torch.equal(weight, loaded.state_dict()[name]), name


def test_a_matrix_takes_a_byte_a_weight_and_is_quantized_as_stored(saved):
    exact = nn.Linear(64, 64)
    save_weights("exact", exact, CARD, folder=saved)
    assert (saved / "exact.safetensors").stat().st_size < 1.2 * 64 * 65
    loaded = load_weights("exact", nn.Linear(64, 64), folder=saved)
    assert loaded.weight.dtype == torch.float32
    assert torch.equal(loaded.weight, quantize_weights(exact).weight)


def test_the_quantization_error_is_at_most_half_the_scale_of_a_row():
    exact = nn.Conv2d(3, 5, 4)
    weight = exact.weight.detach().clone()
    error = (quantize_weights(exact).weight - weight).flatten(1).abs().amax(dim=1)
    largest = weight.flatten(1).abs().amax(dim=1)
    assert (error <= 0.503 * largest / 127).all()  # a scale has 8 bits, hence the .003


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e-8, 1.0, 1e8])
def test_quantization_is_idempotent_at_every_scale(scale):
    module = nn.Linear(50, 20, bias=False)
    module.weight.data *= scale
    once = quantize_weights(module).weight.detach().clone()
    assert torch.equal(quantize_weights(module).weight, once) and once.isfinite().all()


def test_the_card_is_read_as_it_was_written(saved):
    assert read_card("kept", folder=saved) == CARD


def test_the_folder_holds_only_weights_and_card(saved):
    assert sorted(os.listdir(saved)) == ["kept.json", "kept.safetensors"]


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.99])
def test_a_truncated_file_is_rejected_by_name_and_changes_nothing(saved, fraction):
    path = saved / "kept.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(fraction * len(whole))])
    module = network(seed=1)
    kept = module[0].weight.clone()
    with pytest.raises(ValueError, match=r"kept\.safetensors is no complete"):
        load_weights("kept", module, folder=saved)
    assert torch.equal(module[0].weight, kept)


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


def test_a_pickle_is_rejected_unopened(saved, monkeypatch):
    monkeypatch.chdir(saved)
    (saved / "kept.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match="no complete safetensors"):
        load_weights("kept", network(), folder=saved)
    assert not (saved / "exploded").exists()


def test_weights_of_another_shape_are_rejected_by_tensor(saved):
    module = network(wide=4)
    with pytest.raises(ValueError, match=r"0\.weight is \(3, 2\) of int8 in the"):
        load_weights("kept", module, folder=saved)


def test_weights_of_another_dtype_are_rejected(saved):
    with pytest.raises(ValueError, match="float64 here"):
        load_weights("kept", network().double(), folder=saved)


def test_missing_and_unexpected_tensors_are_rejected(saved):
    with pytest.raises(ValueError, match="absent here"):
        load_weights("kept", network()[:1], folder=saved)
    deeper = nn.Sequential(*network(), nn.Linear(3, 1))
    with pytest.raises(ValueError, match=r"2\.weight is absent in the file"):
        load_weights("kept", deeper, folder=saved)


@pytest.mark.parametrize("name", ["gone", "../kept", "kept.safetensors", ""])
def test_an_unknown_name_is_rejected_with_the_known_names(saved, name):
    with pytest.raises(ValueError, match="there is: kept"):
        load_weights(name, network(), folder=saved)


def test_an_unreadable_card_is_named(saved):
    (saved / "kept.json").write_text('{"seed": 1}')
    with pytest.raises(ValueError, match=r"kept\.json is no readable card"):
        read_card("kept", folder=saved)


def test_a_full_disk_keeps_the_old_file_and_leaves_no_other(saved, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    old = (saved / "kept.safetensors").read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_weights("kept", network(seed=1), CARD, folder=saved)
    assert (saved / "kept.safetensors").read_bytes() == old
    assert sorted(os.listdir(saved)) == ["kept.json", "kept.safetensors"]


def test_the_shipped_digits_gan_loads_into_its_default_sizes():
    module = DigitGenerator()
    before = [p.clone() for p in module.parameters()]
    load_weights("digits_gan", module)
    assert not any(map(torch.equal, before, module.parameters()))
    card = read_card("digits_gan")
    assert card.command.startswith("course train digits_gan") and card.minutes > 0
