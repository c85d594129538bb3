"""The lab: five faults, each told from the others and from health by its curves."""

from math import log

import pytest
import torch

from course_lib.gan.ring import sample_ring
from course_lib.gan.ring_curves import RingCurves
from course_lib.gan.training import ring_players
from lessons.gan_math.lab import FAULTS, run_fault, run_healthy

KEYS = ("A", "B", "C", "D", "E")
STEPS = 700  # enough for losses and verdicts to part


def rng(seed):
    return torch.Generator().manual_seed(seed)


def curves(key, seed):
    if key == "healthy":
        return run_healthy(STEPS, rng(seed))
    return run_fault(fault(key), STEPS, rng(seed))


def fault(key):
    return FAULTS[KEYS.index(key)]


def end(curve):
    """The mean of the last third: one number a curve."""
    return curve[-len(curve) // 3 :].mean().item()


def diagnosis(seen: RingCurves) -> str:
    """What a learner reads off the curves, written as rules."""
    judge, generator = end(seen.judge_loss), end(seen.generator_loss)
    on_real, on_fake = end(seen.verdict_real), end(seen.verdict_fake)
    if judge < 0.2 and generator > 2:
        return "A"
    if judge < 0.2 and on_fake > 0.9:
        return "C"
    if judge < 0.2 and generator < 0.2 and on_real > 0.9 and on_fake < 0.1:
        return "E"
    if judge > 1.2 and on_real < 0.45:  # an honest judge never finds data fake
        return "D"
    if abs(on_fake - 0.5) < 0.1 and end(seen.good_share) == 0:
        return "B"
    return "healthy"


@pytest.mark.parametrize("key", ["healthy", *KEYS])
def test_each_fault_is_named_by_its_curves_alone(key):
    assert diagnosis(curves(key, seed=3)) == key


def test_the_letters_run_from_a_to_e_and_every_fault_is_explained():
    assert tuple(known.key for known in FAULTS) == KEYS
    for field in ("name", "symptom", "explanation", "step"):
        assert len({getattr(known, field) for known in FAULTS}) == len(FAULTS)
    for known in FAULTS:
        assert known.symptom.endswith(".") and known.explanation.endswith(".")


def moved(fault_key):
    """Which players one faulty step moves."""
    players = ring_players(rng(0))
    kept = {n: p.clone() for n, p in players.generator.named_parameters()}
    judged = {n: p.clone() for n, p in players.judge.named_parameters()}
    players, _ = fault(fault_key).step(players, sample_ring(32, rng(1)), rng(2))
    generator = any(
        not torch.equal(p, kept[n]) for n, p in players.generator.named_parameters()
    )
    judge = any(
        not torch.equal(p, judged[n]) for n, p in players.judge.named_parameters()
    )
    return generator, judge


@pytest.mark.parametrize("key", KEYS)
def test_only_the_wrong_optimiser_leaves_the_generator_where_it_is(key):
    assert moved(key) == (key != "A", True)


def test_a_judge_behind_two_sigmoids_cannot_pay_less_than_1_01():
    floor = log(1 + torch.e**-1) + log(2)
    assert floor == pytest.approx(1.01, abs=0.005)
    seen = run_fault(fault("D"), 40, rng(0))
    assert seen.judge_loss.min() > floor
    assert seen.generator_loss.min() > log(1 + torch.e**-1)


def test_every_run_has_thirty_readings_or_one_a_step():
    assert len(run_fault(FAULTS[0], 60, rng(0)).step) == 30
    assert len(run_healthy(60, rng(0)).step) == 30
    assert run_healthy(4, rng(0)).step.tolist() == [1, 2, 3, 4]
