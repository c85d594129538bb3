"""Training of the stochastic predictor, and the shipped one against its card."""

import pytest
import torch

from course_lib.data.restless_digits import sample_clips
from course_lib.data.restless_digits import test_clips as fixed_clips
from course_lib.evaluation.future_table import score, trivial_rows
from course_lib.predictor.model import ConvLSTMPredictor, ConvLSTMSizes
from course_lib.training import stochastic_predictor
from course_lib.training.checkpoints import read_card
from course_lib.training.predictor import clip_length
from course_lib.training.presets import LearningPreset
from course_lib.training.stochastic_predictor import (
    RESTLESS_DIGITS,
    deterministic_future,
    future_sampler,
    load_pretrained,
    training_run,
)
from course_lib.vae.sequential import SequenceSizes

TINY = LearningPreset(steps=4, batch=2, every=1, rate=1e-3)
SMALL = SequenceSizes(width=8, gaussian_width=8, latent=4)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def model():
    return load_pretrained()


def test_clips_grow_from_a_horizon_of_two_frames_to_ten():
    lengths = [clip_length(part, RESTLESS_DIGITS) for part in (0.0, 0.35, 1.0)]
    assert lengths == [7, 15, 15]


def test_a_step_changes_every_weight_and_is_reproducible(monkeypatch):
    monkeypatch.setattr(stochastic_predictor, "SIZES", SMALL)

    def metrics_of_one_step():
        run = training_run(TINY, rng())
        before = [w.clone() for w in run.state.model.parameters()]
        state, metrics = run.step(run.state, 3)
        pairs = zip(before, state.model.parameters(), strict=True)
        assert all(not torch.equal(*pair) for pair in pairs)
        return metrics

    assert metrics_of_one_step() == metrics_of_one_step()
    assert set(metrics_of_one_step()) == {"nats_per_dimension", "kl_per_frame"}


def test_a_deterministic_predictor_has_one_future():
    sizes = ConvLSTMSizes(block=8, width=8, kernel=3, depth=1)
    predict = deterministic_future(ConvLSTMPredictor(sizes, rng()))
    context = sample_clips(1, rng(1))[:, :5]
    assert torch.equal(predict(context, 3), predict(context, 3))


@torch.no_grad()
def test_each_call_of_the_shipped_model_samples_new_futures(model):
    sample, context = future_sampler(model), fixed_clips(2)[:, :5]
    first, second = sample(context, 4), sample(context, 4)
    assert first.shape == (2, 4, 1, 64, 64)
    assert not torch.allclose(first, second, atol=0.1)
    again = future_sampler(model)(context, 4)
    assert torch.equal(first, again)


def test_the_best_of_twenty_beats_trivial_baselines_and_agrees_with_the_card(model):
    """On 20 of the 200 clips; the card states the results on all."""
    best = score(future_sampler(model), n=20).best_mse.mean()
    trivial = [score(row, n=20, n_samples=1) for row in trivial_rows().values()]
    assert best < min(row.best_mse.mean() for row in trivial)
    text = read_card("stochastic_predictor").result.split("best of 20: mse ")[1]
    assert best.item() == pytest.approx(float(text.split(",")[0]), rel=0.2)


def test_every_preset_has_a_training_run():
    trainings = stochastic_predictor.TRAININGS
    for training in trainings.values():
        assert {"smoke", "laptop", "gpu"} == set(training.presets)
    baseline = trainings["predictor_restless"]
    assert baseline.build(baseline.presets["smoke"], rng()).preset.steps == 6


def test_frames_that_do_not_fit_are_rejected():
    for frame in ((1, 64, 32), (1, 60, 60)):
        with pytest.raises(ValueError, match="Resize the films with --size"):
            stochastic_predictor.build(rng(), frame)
