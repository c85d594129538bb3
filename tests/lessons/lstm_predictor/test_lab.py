"""The lab: the curves distinguish the five faults and the healthy run."""

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
    mix_batch_and_time,
    moving_squares,
    predict_by_rollout,
    predict_by_teacher_forcing,
    predict_without_reset,
    run_fault,
    run_healthy,
)

KEYS = ("A", "B", "C", "D", "E")
STEPS = 120  # enough for loss and reported error to differ between faults
SEEDS = (0, 3)
WHITE = SQUARE**2 / SIDE**2  # fraction of white pixels


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def fault(key):
    return FAULTS[KEYS.index(key)]


def end(curve):
    """The mean of the last third of a curve."""
    return curve[-len(curve) // 3 :].mean().item()


@pytest.fixture(scope="module", params=SEEDS)
def runs(request):
    """Curves of every fault by letter, and of the healthy run, for one seed."""
    faulty = {key: run_fault(fault(key), STEPS, rng(request.param)) for key in KEYS}
    return {"healthy": run_healthy(STEPS, rng(request.param)), **faulty}


def diagnosis(run: PredictorCurves, healthy: PredictorCurves) -> str:
    """The letter of the fault, by rules that a learner can apply to the curves."""
    if torch.equal(run.loss, healthy.loss):
        ratio = end(run.error) / end(healthy.error)
        return "B" if ratio < 0.5 else "D" if ratio > 1.3 else "healthy"
    ratio = end(run.loss) / end(healthy.loss)
    if ratio > 4:
        return "C"
    if ratio < 0.1 and torch.allclose(run.by_horizon, run.copy_last, rtol=0.1):
        return "A"
    if 0.2 < ratio < 0.35 and end(run.error) > run.copy_last.mean():
        return "E"
    return "?"


def test_each_fault_is_identified_by_its_curves_alone(runs):
    for key, run in runs.items():
        assert diagnosis(run, runs["healthy"]) == key


def test_a_healthy_run_learns_and_its_error_grows_with_the_horizon(runs):
    healthy = runs["healthy"]
    assert healthy.loss[-1] < healthy.loss[0] / 5
    assert healthy.error[-1] < healthy.error[0] / 2
    assert (healthy.by_horizon < healthy.copy_last).all()
    assert (healthy.by_horizon.diff() > 0).all()


def test_with_the_input_as_target_the_model_learns_copy_last(runs):
    run = runs["A"]
    assert end(run.loss) < 0.1 < 1 < end(runs["healthy"].loss)
    assert torch.allclose(run.by_horizon, run.copy_last, rtol=0.05)
    assert end(run.error) == pytest.approx(run.copy_last.mean().item(), rel=0.05)


def test_with_leaked_frames_only_the_error_one_frame_ahead_is_unchanged(runs):
    run, healthy = runs["B"], runs["healthy"]
    assert torch.equal(run.loss, healthy.loss)
    assert run.by_horizon[0] == pytest.approx(healthy.by_horizon[0].item(), rel=1e-4)
    assert (run.by_horizon[1:] <= run.by_horizon[0]).all()
    assert end(run.error) < end(healthy.error) / 4


def test_with_mixed_clips_the_error_is_that_of_the_mean_frame(runs):
    run = runs["C"]
    variance = SIDE**2 * WHITE * (1 - WHITE)  # of a frame, pixels in [0, 1]
    assert variance == pytest.approx(13.44)
    for curve in (run.loss, run.error):
        assert end(curve) == pytest.approx(variance, rel=0.01)
    assert torch.allclose(run.by_horizon, torch.tensor(variance), rtol=0.02)
    assert end(run.loss) > 5 * end(runs["healthy"].loss)
    assert end(run.error) > 2 * end(runs["healthy"].error)


def test_without_a_reset_only_the_reported_error_is_higher_at_all_horizons(runs):
    run, healthy = runs["D"], runs["healthy"]
    assert torch.equal(run.loss, healthy.loss)
    assert run.by_horizon[0] > 2 * healthy.by_horizon[0]
    assert (run.by_horizon > healthy.by_horizon).all()


def test_in_another_range_the_loss_is_a_quarter_and_the_error_above_copy_last(runs):
    run, healthy = runs["E"], runs["healthy"]
    for curve in (lambda run: run.loss[0].item(), lambda run: end(run.loss)):
        assert curve(run) / curve(healthy) == pytest.approx(0.25, abs=0.07)
    assert end(run.error) > 1.2 * run.copy_last.mean()
    assert (run.by_horizon > run.copy_last).all()


def test_letters_run_from_a_to_e_and_every_fault_has_symptom_and_explanation():
    assert tuple(x.key for x in FAULTS) == KEYS
    for field in ("name", "symptom", "explanation"):
        assert len({getattr(x, field) for x in FAULTS}) == len(FAULTS)
    for x in FAULTS:
        assert x.symptom.endswith(".") and x.explanation.endswith(".")


@pytest.mark.parametrize("key", ["healthy", *KEYS])
def test_a_seed_determines_the_curves(key):
    def curves():
        return (
            run_fault(fault(key), 3, rng(5)) if key in KEYS else run_healthy(3, rng(5))
        )

    for first, second in zip(curves(), curves(), strict=True):
        assert torch.equal(first, second)


def test_every_run_has_thirty_readings_or_one_a_step():
    run = run_fault(fault("B"), 60, rng())
    assert [len(curve) for curve in run[:3]] == [30, 30, 30]
    assert run.step.tolist() == [*range(2, 61, 2)]
    assert run_healthy(4, rng()).step.tolist() == [1, 2, 3, 4]
    assert run.by_horizon.shape == run.copy_last.shape == (FRAMES - CONTEXT,)


# The data


def test_squares_move_one_pixel_a_frame_in_one_direction():
    clips = moving_squares(64, rng())
    assert clips.shape == (64, FRAMES, 1, SIDE, SIDE)
    assert set(clips.unique().tolist()) == {-1.0, 1.0}
    assert ((clips == 1).sum(dim=(2, 3, 4)) == SQUARE**2).all()
    shifts = [(1, 3), (-1, 3), (1, 4), (-1, 4)]  # by how much, along which axis
    shifted = [clips[:, :-1].roll(by, dims=axis) for by, axis in shifts]
    equal = torch.stack([(x == clips[:, 1:]).flatten(1).all(dim=1) for x in shifted])
    assert (equal.sum(dim=0) == 1).all()
    assert equal.any(dim=1).all()


def test_the_error_of_copy_last_grows_until_the_squares_do_not_overlap():
    copy_last = run_healthy(1, rng()).copy_last
    assert copy_last.tolist() == pytest.approx([8, 16, 24, 32, 32, 32])


def test_mixing_permutes_the_frames_so_that_neighbours_are_of_different_clips():
    clips = torch.arange(BATCH * FRAMES).float().view(BATCH, FRAMES, 1, 1, 1)
    mixed = mix_batch_and_time(clips)
    assert mixed.shape == clips.shape
    assert mixed.flatten().sort().values.tolist() == [*range(BATCH * FRAMES)]
    source_clip = mixed.flatten(1) // FRAMES
    assert (source_clip.diff(dim=1) != 0).all()


# The predictions


def test_the_three_predictions_differ_at_the_expected_horizons():
    model, clips = ConvLSTMPredictor(SIZES, rng()), moving_squares(4, rng(1))
    with torch.no_grad():
        free = predict_by_rollout(model, clips)
        forced = predict_by_teacher_forcing(model, clips)
        without_reset = predict_without_reset(model, clips)
    for frames in (free, forced, without_reset):
        assert frame_errors(frames, clips[:, CONTEXT:]).shape == (4, FRAMES - CONTEXT)
    assert torch.allclose(free[:, 0], forced[:, 0], atol=1e-6)
    assert not torch.allclose(free[:, 1:], forced[:, 1:], atol=1e-3)
    assert not torch.allclose(free, without_reset, atol=1e-3)


def test_a_rollout_does_not_depend_on_frames_after_the_context():
    model, clips = ConvLSTMPredictor(SIZES, rng()), moving_squares(4, rng(1))
    other = torch.cat((clips[:, :CONTEXT], -clips[:, CONTEXT:]), dim=1)
    with torch.no_grad():
        assert torch.equal(*(predict_by_rollout(model, x) for x in (clips, other)))
        forced = [predict_by_teacher_forcing(model, x) for x in (clips, other)]
        assert not torch.allclose(*forced)


def test_without_a_reset_the_state_after_another_clip_is_the_initial_state():
    model, clips = ConvLSTMPredictor(SIZES, rng()), moving_squares(4, rng(1))
    with torch.no_grad():
        initial = model.initial_state(clips)
        state, _ = model.read(initial, clips.roll(1, dims=0))
        _, expected = model.read(state, clips[:, :CONTEXT])
        actual = predict_without_reset(model, clips)[:, 0]
        assert torch.allclose(actual, expected[:, -1], atol=1e-6)
