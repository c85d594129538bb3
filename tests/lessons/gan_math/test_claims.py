"""The measurements of lesson 01 that share code."""

import pytest
import torch

from course_lib.data.mnist_digits import held_out_digits
from lessons.gan_math import claims
from lessons.gan_math.claims import CLAIMS, ends, recorded, score


def test_ids_are_numbered_without_a_gap():
    numbers = sorted(int(id.partition(".")[2]) for id in CLAIMS)
    assert numbers == list(range(1, len(CLAIMS) + 1))


def test_the_end_of_a_run_is_its_last_record():
    runs = recorded("Adam", 0.001, r1=True)
    modes, quality = ends(runs, "averaged")
    assert modes == [run.averaged.modes[-1] for run in runs]
    assert quality == [run.averaged.high_quality[-1] for run in runs]


def test_a_setting_that_was_not_recorded_fails():
    with pytest.raises(AssertionError):
        recorded("SGD", 0.5, r1=True)


def test_a_claim_that_does_not_hold_fails(monkeypatch):
    monkeypatch.setattr(claims.math, "log", lambda x: 2.0)
    with pytest.raises(AssertionError):
        CLAIMS["C1.1"].run(full=True)


def test_measuring_the_first_gan_keeps_the_global_random_state():
    before = torch.get_rng_state()
    CLAIMS["C1.17"].run(full=False)
    assert torch.equal(torch.get_rng_state(), before)


def test_real_digits_are_recognized():
    images, labels = held_out_digits()
    assert score(images[::20], labels[::20]).accuracy > 0.9
