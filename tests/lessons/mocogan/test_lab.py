"""The lab: four faults, each told from the others and from health by its curves."""

from math import log

import pytest
import torch

from lessons.mocogan.experiments.moving_bars import (
    BATCH,
    BROAD,
    FRAMES,
    LONG,
    SIDE,
    SmallMoCoGAN,
    moving_bars,
)
from lessons.mocogan.lab import (
    FAULTS,
    GameCurves,
    mixed,
    run_fault,
    run_healthy,
    unit_range,
)

KEYS = ("A", "B", "C", "D")
STEPS = 150  # enough for the healthy generator to obey
WHITE = LONG * BROAD / SIDE**2


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def fault(key):
    return FAULTS[KEYS.index(key)]


def end(curve):
    """The mean of the last third: one number a curve."""
    return curve[-len(curve) // 3 :].mean().item()


@pytest.fixture(scope="module")
def runs():
    """The curves of every fault and of the healthy game, by letter."""
    seen = {key: run_fault(fault(key), STEPS, rng()) for key in KEYS}
    return {"healthy": run_healthy(STEPS, rng()), **seen}


def diagnosis(seen: GameCurves) -> str:
    """What a learner reads off the curves, written as rules."""
    if end(seen.brightness) > -0.1:
        return "A"
    if end(seen.category) > 0.6:
        return "B"
    if end(seen.obeyed) > 0.6:
        return "C"
    return "D" if end(seen.clips_fool) > 0.8 else "healthy"


def test_each_fault_is_named_by_its_curves_alone(runs):
    for key, seen in runs.items():
        assert diagnosis(seen) == key


def test_in_health_the_judge_learns_the_categories_and_the_generator_obeys(runs):
    healthy = runs["healthy"]
    assert healthy.category[0] > 0.5 > 0.1 > end(healthy.category)
    assert healthy.obeyed[0] > 0.5 > 0.3 > end(healthy.obeyed)
    for fooled in (healthy.frames_fool, healthy.clips_fool):
        assert 0.25 < end(fooled) < 0.55


def test_black_at_0_lifts_the_fakes_to_the_data_s_mean(runs):
    assert end(runs["A"].brightness) == pytest.approx(WHITE, abs=0.06)
    assert end(runs["healthy"].brightness) == pytest.approx(2 * WHITE - 1, abs=0.2)


def test_a_judge_that_hears_no_category_comes_to_rest_at_log_2(runs):
    for curve in (runs["B"].category, runs["B"].obeyed):
        assert end(curve) == pytest.approx(log(2), abs=0.02)


def test_a_clip_cut_wrong_cannot_obey_though_its_frames_are_fine(runs):
    seen, healthy = runs["C"], runs["healthy"]
    assert end(seen.category) < 0.2 and end(seen.obeyed) > log(2)
    assert end(seen.frames_fool) == pytest.approx(end(healthy.frames_fool), abs=0.12)


def test_judges_among_the_generator_s_weights_call_its_fakes_real(runs):
    assert end(runs["D"].frames_fool) > 0.8 and end(runs["D"].clips_fool) > 0.9


def test_the_letters_run_from_a_to_d_and_every_fault_is_explained():
    assert tuple(known.key for known in FAULTS) == KEYS
    for field in ("name", "symptom", "explanation"):
        assert len({getattr(known, field) for known in FAULTS}) == len(FAULTS)
    for known in FAULTS:
        assert known.symptom.endswith(".") and known.explanation.endswith(".")


@pytest.mark.parametrize("key", ["healthy", *KEYS])
def test_a_seed_gives_the_same_curves_again(key):
    def curves():
        return (
            run_fault(fault(key), 3, rng(5)) if key in KEYS else run_healthy(3, rng(5))
        )

    for one, other in zip(curves(), curves(), strict=True):
        assert torch.equal(one, other)


def test_every_run_has_thirty_readings_or_one_a_step():
    assert run_healthy(4, rng()).step.tolist() == [1, 2, 3, 4]
    seen = run_fault(fault("B"), 60, rng())
    assert seen.step.tolist() == [*range(2, 61, 2)]
    assert {len(curve) for curve in seen} == {30}


# What moves


def test_bars_keep_their_shape_and_go_along_themselves():
    videos, category = moving_bars(64, rng())
    assert videos.shape == (64, FRAMES, 1, SIDE, SIDE)
    assert set(videos.unique().tolist()) == {-1.0, 1.0}
    assert (videos == 1).double().mean().item() == pytest.approx(WHITE)
    for label, axis in ((0, 4), (1, 3)):  # right along the width, down the height
        of_kind = videos[category == label]
        assert len(of_kind) > 20
        assert torch.equal(of_kind[:, :-1].roll(1, dims=axis), of_kind[:, 1:])
        length = (of_kind == 1).any(dim=7 - axis).sum(dim=3)
        assert (length == LONG).all()


def test_mixing_loses_no_frame_but_puts_other_clips_behind_one_another():
    clips = torch.arange(BATCH * FRAMES).float().view(BATCH, FRAMES, 1, 1, 1)
    other = mixed(clips)
    assert other.flatten().sort().values.tolist() == [*range(BATCH * FRAMES)]
    assert ((other.flatten(1) // FRAMES).diff(dim=1) != 0).all()


def test_the_unit_range_goes_from_0_to_1():
    black_to_white = torch.tensor([-1.0, 0.0, 1.0]).view(1, 3, 1, 1, 1)
    assert unit_range(black_to_white).flatten(0).tolist() == [0, 0.5, 1]


def test_a_small_generator_paints_small_clips_and_cuts_them_as_told():
    straight, wrong = (SmallMoCoGAN(rng(), cut) for cut in (lambda v: v, mixed))
    drawn = straight.draw(3, rng(1), FRAMES)
    videos = straight(drawn)
    assert videos.shape == (3, FRAMES, 1, SIDE, SIDE)
    assert torch.equal(mixed(videos), wrong(drawn))
