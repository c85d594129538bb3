"""The lab: five faults, each told from the others and from health by its curves."""

import pytest
import torch

from course_lib.predictor.model import ConvLSTMPredictor
from course_lib.predictor.squared_error import frame_errors
from lessons.lstm_predictor.lab import (
    BATCH,
    CONTEXT,
    FAULTS,
    FRAMES,
    SIDE,
    SIZES,
    SQUARE,
    PredictorCurves,
    fed,
    free,
    mixed,
    moving_squares,
    run_fault,
    run_healthy,
    unreset,
)

KEYS = ("A", "B", "C", "D", "E")
STEPS = 120  # enough for loss and report to part
SEEDS = (0, 3)
WHITE = SQUARE**2 / SIDE**2


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def fault(key):
    return FAULTS[KEYS.index(key)]


def end(curve):
    """The mean of the last third: one number a curve."""
    return curve[-len(curve) // 3 :].mean().item()


@pytest.fixture(scope="module", params=SEEDS)
def runs(request):
    """The curves of every fault and of the healthy run, by letter, at one seed."""
    seen = {key: run_fault(fault(key), STEPS, rng(request.param)) for key in KEYS}
    return {"healthy": run_healthy(STEPS, rng(request.param)), **seen}


def diagnosis(seen: PredictorCurves, healthy: PredictorCurves) -> str:
    """What a learner reads off the curves, written as rules."""
    if torch.equal(seen.loss, healthy.loss):
        ratio = end(seen.error) / end(healthy.error)
        return "B" if ratio < 0.5 else "D" if ratio > 1.3 else "healthy"
    ratio = end(seen.loss) / end(healthy.loss)
    if ratio > 4:
        return "C"
    if ratio < 0.1 and torch.allclose(seen.by_horizon, seen.copied, rtol=0.1):
        return "A"
    if 0.2 < ratio < 0.35 and end(seen.error) > seen.copied.mean():
        return "E"
    return "?"


def test_each_fault_is_named_by_its_curves_alone(runs):
    for key, seen in runs.items():
        assert diagnosis(seen, runs["healthy"]) == key


def test_a_healthy_run_learns_and_its_error_grows_with_the_horizon(runs):
    healthy = runs["healthy"]
    assert healthy.loss[-1] < healthy.loss[0] / 5
    assert healthy.error[-1] < healthy.error[0] / 2
    assert (healthy.by_horizon < healthy.copied).all()
    assert (healthy.by_horizon.diff() > 0).all()


def test_who_compares_with_the_input_learns_to_freeze_the_film(runs):
    seen = runs["A"]
    assert end(seen.loss) < 0.1 < 1 < end(runs["healthy"].loss)
    assert torch.allclose(seen.by_horizon, seen.copied, rtol=0.05)
    assert end(seen.error) == pytest.approx(seen.copied.mean().item(), rel=0.05)


def test_a_leak_is_invisible_one_frame_ahead_and_grows_no_error(runs):
    seen, healthy = runs["B"], runs["healthy"]
    assert torch.equal(seen.loss, healthy.loss)
    assert seen.by_horizon[0] == pytest.approx(healthy.by_horizon[0].item(), rel=1e-4)
    assert (seen.by_horizon[1:] <= seen.by_horizon[0]).all()
    assert end(seen.error) < end(healthy.error) / 4


def test_frames_of_mixed_clips_leave_nothing_but_the_mean_frame(runs):
    seen = runs["C"]
    variance = SIDE**2 * WHITE * (1 - WHITE)  # of a frame, pixels in [0, 1]
    assert variance == pytest.approx(13.44)
    for curve in (seen.loss, seen.error):
        assert end(curve) == pytest.approx(variance, rel=0.01)
    assert torch.allclose(seen.by_horizon, torch.tensor(variance), rtol=0.02)
    assert end(seen.loss) > 5 * end(runs["healthy"].loss)
    assert end(seen.error) > 2 * end(runs["healthy"].error)


def test_a_state_left_over_harms_the_report_alone_from_the_first_frame_on(runs):
    seen, healthy = runs["D"], runs["healthy"]
    assert torch.equal(seen.loss, healthy.loss)
    assert seen.by_horizon[0] > 2 * healthy.by_horizon[0]
    assert (seen.by_horizon > healthy.by_horizon).all()


def test_another_range_costs_a_quarter_and_reports_worse_than_a_frozen_film(runs):
    seen, healthy = runs["E"], runs["healthy"]
    for curve in (lambda run: run.loss[0].item(), lambda run: end(run.loss)):
        assert curve(seen) / curve(healthy) == pytest.approx(0.25, abs=0.07)
    assert end(seen.error) > 1.2 * seen.copied.mean()
    assert (seen.by_horizon > seen.copied).all()


def test_the_letters_run_from_a_to_e_and_every_fault_is_explained():
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
    seen = run_fault(fault("B"), 60, rng())
    assert [len(curve) for curve in seen[:3]] == [30, 30, 30]
    assert seen.step.tolist() == [*range(2, 61, 2)]
    assert run_healthy(4, rng()).step.tolist() == [1, 2, 3, 4]
    assert seen.by_horizon.shape == seen.copied.shape == (FRAMES - CONTEXT,)


# What moves


def test_squares_keep_their_shape_and_move_one_pixel_a_frame_one_way():
    clips = moving_squares(64, rng())
    assert clips.shape == (64, FRAMES, 1, SIDE, SIDE)
    assert set(clips.unique().tolist()) == {-1.0, 1.0}
    assert ((clips == 1).sum(dim=(2, 3, 4)) == SQUARE**2).all()
    ways = [(1, 3), (-1, 3), (1, 4), (-1, 4)]  # by how much, along which axis
    moved = [clips[:, :-1].roll(by, dims=axis) for by, axis in ways]
    fits = torch.stack([(m == clips[:, 1:]).flatten(1).all(dim=1) for m in moved])
    assert (fits.sum(dim=0) == 1).all()
    assert fits.any(dim=1).all()


def test_a_frozen_film_costs_two_edges_a_step_until_the_square_has_left():
    copied = run_healthy(1, rng()).copied
    assert copied.tolist() == pytest.approx([8, 16, 24, 32, 32, 32])


def test_mixing_loses_no_frame_but_puts_other_clips_behind_one_another():
    clips = torch.arange(BATCH * FRAMES).float().view(BATCH, FRAMES, 1, 1, 1)
    other = mixed(clips)
    assert other.shape == clips.shape
    assert other.flatten().sort().values.tolist() == [*range(BATCH * FRAMES)]
    owner = other.flatten(1) // FRAMES
    assert (owner.diff(dim=1) != 0).all()


# What is scored


def test_all_scores_speak_of_the_same_frames_and_part_where_they_should():
    model, clips = ConvLSTMPredictor(SIZES, rng()), moving_squares(4, rng(1))
    with torch.no_grad():
        ahead = {score: score(model, clips) for score in (free, fed, unreset)}
    for frames in ahead.values():
        assert frame_errors(frames, clips[:, CONTEXT:]).shape == (4, FRAMES - CONTEXT)
    assert torch.allclose(ahead[free][:, 0], ahead[fed][:, 0], atol=1e-6)
    assert not torch.allclose(ahead[free][:, 1:], ahead[fed][:, 1:], atol=1e-3)
    assert not torch.allclose(ahead[free], ahead[unreset], atol=1e-3)


def test_an_honest_score_sees_nothing_behind_the_context():
    model, clips = ConvLSTMPredictor(SIZES, rng()), moving_squares(4, rng(1))
    other = torch.cat((clips[:, :CONTEXT], -clips[:, CONTEXT:]), dim=1)
    with torch.no_grad():
        assert torch.equal(free(model, clips), free(model, other))
        assert not torch.allclose(fed(model, clips), fed(model, other))


def test_to_read_two_clips_as_one_is_to_keep_the_state_of_the_first():
    model, clips = ConvLSTMPredictor(SIZES, rng()), moving_squares(4, rng(1))
    with torch.no_grad():
        kept, _ = model.read(model.initial_state(clips), clips.roll(1, dims=0))
        _, expected = model.read(kept, clips[:, :CONTEXT])
        assert torch.allclose(unreset(model, clips)[:, 0], expected[:, -1], atol=1e-6)
