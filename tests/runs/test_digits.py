"""The shipped forger: trained by one command, scored by the real digits."""

import json

import pytest
import torch

from course_lib.data.handwritten_digits import images
from course_lib.gan.digit_scores import digit_scores
from course_lib.gan.networks import DigitGenerator, DigitSizes
from course_lib.gan.training import generate
from course_lib.runs import checkpoints, digits
from course_lib.runs.checkpoints import load_weights, read_card
from course_lib.runs.presets import Preset

TINY = Preset(steps=3, batch=4, every=2)


def weights(players):
    return torch.cat([p.detach().flatten() for p in players.average.parameters()])


def test_scores_are_reported_on_the_way_and_at_the_end():
    said = []
    digits.train_digits(TINY, seed=0, say=said.append)
    assert [line.split(":")[0] for line in said] == ["step 2", "step 3"]
    assert all("readable" in line and "distance" in line for line in said)


def test_the_same_seed_trains_the_same_forger():
    first, again, other = (
        weights(digits.train_digits(TINY, seed, say=str)) for seed in (5, 5, 6)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_one_command_leaves_weights_and_a_card_that_names_it(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(digits, "DIGITS_LAPTOP", TINY)
    monkeypatch.setattr(
        digits,
        "save_weights",
        lambda *given: checkpoints.save_weights(*given, folder=tmp_path),
    )
    digits.main(["--seed", "4"])
    card = json.loads((tmp_path / "digits_gan.json").read_text())
    assert card["command"] == "python -m course_lib.runs.digits --seed 4"
    assert card["seed"] == 4 and card["result"] in capsys.readouterr().out
    network = DigitGenerator(DigitSizes(), torch.Generator())
    assert load_weights("digits_gan", network, folder=tmp_path) is network


def test_the_shipped_forger_is_readable_various_and_no_copyist():
    forger = load_weights(
        "digits_gan", DigitGenerator(DigitSizes(), torch.Generator().manual_seed(0))
    )
    forged = generate(forger, 300, torch.Generator().manual_seed(2))
    scores = digit_scores(forged, *images())
    assert scores.readable > 0.6
    assert scores.variety > 0.95
    assert 0.15 < scores.distance < 0.3  # held-out digits: .23


def test_the_card_s_figures_can_be_measured_again():
    stated = dict(part.split() for part in read_card("digits_gan").result.split(", "))
    forger = load_weights("digits_gan", DigitGenerator(DigitSizes(), torch.Generator()))
    noise = torch.Generator().manual_seed(1)
    scores = digit_scores(generate(forger, digits.SCORED, noise), *images())
    for name, value in scores._asdict().items():
        assert float(stated[name]) == pytest.approx(value, abs=0.01), name
