"""The lab: each of its four faults is recognized by its training curves."""

from math import log

import pytest
import torch

from lessons.mocogan.experiments.moving_bars import (
    BATCH,
    BREADTH,
    FRAMES,
    LENGTH,
    SIDE,
    SmallMoCoGAN,
    moving_bars,
)
from lessons.mocogan.lab import (
    FAULTS,
    TrainingCurves,
    mix_clips,
    run_fault,
    run_healthy,
    to_unit_range,
)

KEYS = ("A", "B", "C", "D")
STEPS = 150  # after which the healthy generator uses its category
WHITE_FRACTION = LENGTH * BREADTH / SIDE**2


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def fault(key):
    return FAULTS[KEYS.index(key)]


def end(curve):
    """The mean of the last third."""
    return curve[-len(curve) // 3 :].mean().item()


@pytest.fixture(scope="module")
def runs():
    """The curves of every fault and of the healthy training."""
    faulty = {key: run_fault(fault(key), STEPS, rng()) for key in KEYS}
    return {"healthy": run_healthy(STEPS, rng()), **faulty}


def diagnosis(curves: TrainingCurves) -> str:
    """The fault by rules on the ends of the curves."""
    if end(curves.brightness) > -0.1:
        return "A"
    if end(curves.real_category) > 0.6:
        return "B"
    if end(curves.fake_category) > 0.6:
        return "C"
    return "D" if end(curves.video_d_fake) > 0.8 else "healthy"


def test_each_fault_is_recognized_by_its_curves_alone(runs):
    for key, curves in runs.items():
        assert diagnosis(curves) == key


def test_in_the_healthy_training_both_category_losses_fall(runs):
    healthy = runs["healthy"]
    assert healthy.real_category[0] > 0.5 > 0.1 > end(healthy.real_category)
    assert healthy.fake_category[0] > 0.5 > 0.3 > end(healthy.fake_category)
    for d_fake in (healthy.image_d_fake, healthy.video_d_fake):
        assert 0.25 < end(d_fake) < 0.55


def test_real_clips_in_the_unit_range_raise_the_brightness_to_their_mean(runs):
    assert end(runs["A"].brightness) == pytest.approx(WHITE_FRACTION, abs=0.06)
    expected = pytest.approx(2 * WHITE_FRACTION - 1, abs=0.2)
    assert end(runs["healthy"].brightness) == expected


def test_without_real_categories_both_category_losses_end_at_log_2(runs):
    for curve in (runs["B"].real_category, runs["B"].fake_category):
        assert end(curve) == pytest.approx(log(2), abs=0.02)


def test_mixed_clips_have_a_high_category_loss_and_realistic_frames(runs):
    curves, healthy = runs["C"], runs["healthy"]
    assert end(curves.real_category) < 0.2 and end(curves.fake_category) > log(2)
    expected = pytest.approx(end(healthy.image_d_fake), abs=0.12)
    assert end(curves.image_d_fake) == expected


def test_nested_discriminators_classify_generated_samples_as_real(runs):
    assert end(runs["D"].image_d_fake) > 0.8 and end(runs["D"].video_d_fake) > 0.9


def test_faults_have_the_letters_a_to_d_and_distinct_explanations():
    assert tuple(fault.key for fault in FAULTS) == KEYS
    for field in ("name", "symptom", "explanation"):
        assert len({getattr(fault, field) for fault in FAULTS}) == len(FAULTS)
    for fault_ in FAULTS:
        assert fault_.symptom.endswith(".") and fault_.explanation.endswith(".")


@pytest.mark.parametrize("key", ["healthy", *KEYS])
def test_curves_are_reproducible_from_a_seed(key):
    def curves():
        return (
            run_fault(fault(key), 3, rng(5)) if key in KEYS else run_healthy(3, rng(5))
        )

    for one, other in zip(curves(), curves(), strict=True):
        assert torch.equal(one, other)


def test_a_run_has_thirty_readings_or_one_for_each_step():
    assert run_healthy(4, rng()).step.tolist() == [1, 2, 3, 4]
    curves = run_fault(fault("B"), 60, rng())
    assert curves.step.tolist() == [*range(2, 61, 2)]
    assert {len(curve) for curve in curves} == {30}


# Data and changes of clips


def test_bars_keep_their_shape_and_move_along_themselves():
    videos, category = moving_bars(64, rng())
    assert videos.shape == (64, FRAMES, 1, SIDE, SIDE)
    assert set(videos.unique().tolist()) == {-1.0, 1.0}
    assert (videos == 1).double().mean().item() == pytest.approx(WHITE_FRACTION)
    for label, axis in ((0, 4), (1, 3)):  # right along the width, down the height
        of_label = videos[category == label]
        assert len(of_label) > 20
        assert torch.equal(of_label[:, :-1].roll(1, dims=axis), of_label[:, 1:])
        length = (of_label == 1).any(dim=7 - axis).sum(dim=3)
        assert (length == LENGTH).all()


def test_mixing_keeps_all_frames_but_never_two_neighbours_of_one_clip():
    clips = torch.arange(BATCH * FRAMES).float().view(BATCH, FRAMES, 1, 1, 1)
    mixed = mix_clips(clips)
    assert mixed.flatten().sort().values.tolist() == [*range(BATCH * FRAMES)]
    assert ((mixed.flatten(1) // FRAMES).diff(dim=1) != 0).all()


def test_the_unit_range_is_0_to_1():
    pixels = torch.tensor([-1.0, 0.0, 1.0]).view(1, 3, 1, 1, 1)
    assert to_unit_range(pixels).flatten(0).tolist() == [0, 0.5, 1]


def test_a_small_generator_applies_its_transform_to_its_clips():
    plain, mixing = (SmallMoCoGAN(rng(), x) for x in (lambda v: v, mix_clips))
    latents = plain.sample_latents(3, rng(1), FRAMES)
    videos = plain(latents)
    assert videos.shape == (3, FRAMES, 1, SIDE, SIDE)
    assert torch.equal(mix_clips(videos), mixing(latents))
