"""The lab of lesson 01: each fault is recognizable by its training curves."""

from math import log

import pytest
import torch

from course_lib.gan.ring import sample_ring
from course_lib.gan.ring_training import RingCurves
from course_lib.gan.training import init_ring_gan
from lessons.gan_math.lab import FAULTS, run_fault, run_healthy

KEYS = ("A", "B", "C", "D", "E")
STEPS = 700  # enough for the curves to differ


def rng(seed):
    return torch.Generator().manual_seed(seed)


def curves(key, seed):
    if key == "healthy":
        return run_healthy(STEPS, rng(seed))
    return run_fault(fault(key), STEPS, rng(seed))


def fault(key):
    return FAULTS[KEYS.index(key)]


def end(curve):
    """The mean of the last third of a curve."""
    return curve[-len(curve) // 3 :].mean().item()


def diagnosis(run: RingCurves) -> str:
    """The letter of the fault, by rules on the end of the curves."""
    d_loss, g_loss = end(run.discriminator_loss), end(run.generator_loss)
    d_real, d_fake = end(run.d_real), end(run.d_fake)
    if d_real > 0.9 and abs(d_fake - 0.5) < 0.1:
        return "A"
    if d_loss < 0.2 and d_fake > 0.9:
        return "C"
    if d_loss < 0.2 and g_loss < 0.2 and d_real > 0.9 and d_fake < 0.1:
        return "E"
    if d_loss > 1.2 and d_real < 0.45:  # without the fault D(real) is at least 1/2
        return "D"
    if abs(d_fake - 0.5) < 0.1 and end(run.high_quality_fraction) == 0:
        return "B"
    return "healthy"


@pytest.mark.parametrize("key", ["healthy", *KEYS])
def test_each_fault_is_recognized_by_its_curves(key):
    assert diagnosis(curves(key, seed=3)) == key


def test_every_fault_has_a_letter_a_symptom_and_an_explanation():
    assert tuple(entry.key for entry in FAULTS) == KEYS
    for field in ("name", "symptom", "explanation", "step"):
        assert len({getattr(entry, field) for entry in FAULTS}) == len(FAULTS)
    for entry in FAULTS:
        assert entry.symptom.endswith(".") and entry.explanation.endswith(".")


def updated_networks(fault_key):
    """Whether one faulty step changes the generator, and the discriminator."""
    state = init_ring_gan(rng(0))
    g_before = {n: p.clone() for n, p in state.generator.named_parameters()}
    d_before = {n: p.clone() for n, p in state.discriminator.named_parameters()}
    state, _ = fault(fault_key).step(state, sample_ring(32, rng(1)), rng(2))
    generator = any(
        not torch.equal(p, g_before[n]) for n, p in state.generator.named_parameters()
    )
    discriminator = any(
        not torch.equal(p, d_before[n])
        for n, p in state.discriminator.named_parameters()
    )
    return generator, discriminator


@pytest.mark.parametrize("key", KEYS)
def test_only_the_wrong_optimizer_leaves_the_generator_unchanged(key):
    assert updated_networks(key) == (key != "A", True)


def test_with_two_sigmoids_the_discriminator_loss_is_at_least_1_01():
    lower_bound = log(1 + torch.e**-1) + log(2)
    assert lower_bound == pytest.approx(1.01, abs=0.005)
    run = run_fault(fault("D"), 40, rng(0))
    assert run.discriminator_loss.min() > lower_bound
    assert run.generator_loss.min() > log(1 + torch.e**-1)


def test_every_run_has_thirty_records_or_one_a_step():
    assert len(run_fault(FAULTS[0], 60, rng(0)).step) == 30
    assert len(run_healthy(60, rng(0)).step) == 30
    assert run_healthy(4, rng(0)).step.tolist() == [1, 2, 3, 4]
