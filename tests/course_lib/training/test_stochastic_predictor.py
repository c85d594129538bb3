"""The dreamer learns on clips that grow, and what it ships beats its own mean."""

from functools import partial

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
    RESTLESS,
    dreams,
    foresees,
    load_pretrained,
    training_run,
)
from course_lib.vae.sequential import SequenceSizes

TINY = LearningPreset(steps=4, batch=2, every=1, rate=1e-3)
SMALL = SequenceSizes(width=8, guess=8, latent=4)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def model():
    return load_pretrained()


def test_clips_grow_from_two_frames_to_dream_to_ten():
    assert [clip_length(share, RESTLESS) for share in (0.0, 0.35, 1.0)] == [7, 15, 15]


def test_a_step_moves_every_weight_and_repeats(monkeypatch):
    monkeypatch.setattr(stochastic_predictor, "SequenceSizes", lambda: SMALL)

    def readings():
        ready = training_run(TINY, rng())
        before = [w.clone() for w in ready.state.model.parameters()]
        state, found = ready.step(ready.state, 3)
        pairs = zip(before, state.model.parameters(), strict=True)
        assert all(not torch.equal(*pair) for pair in pairs)
        return found

    assert readings() == readings()
    assert set(readings()) == {"nats_per_number", "kl_per_frame"}


def test_a_predictor_has_one_dream():
    sizes = ConvLSTMSizes(block=8, width=8, kernel=3, depth=1)
    dream = foresees(ConvLSTMPredictor(sizes, rng()))
    context = sample_clips(1, rng(1))[:, :5]
    assert torch.equal(dream(context, 3), dream(context, 3))


@torch.no_grad()
def test_the_shipped_dreamer_answers_anew_at_every_call(model):
    dream, context = dreams(model), fixed_clips(2)[:, :5]
    first, second = dream(context, 4), dream(context, 4)
    assert first.shape == (2, 4, 1, 64, 64)
    assert not torch.allclose(first, second, atol=0.1)
    again = dreams(model)(context, 4)
    assert torch.equal(first, again)


def test_the_best_of_twenty_beats_the_trivial_rows_and_keeps_to_the_card(model):
    """On 20 of the 200 clips; the card holds the figures on all."""
    best = score(dreams(model), n=20).best_mse.mean()
    trivial = [score(row, n=20, tries=1) for row in trivial_rows().values()]
    assert best < min(row.best_mse.mean() for row in trivial)
    words = read_card("dreamer").result.split("best of 20: mse ")[1]
    assert best.item() == pytest.approx(float(words.split(",")[0]), rel=0.2)


def test_every_preset_makes_a_plan():
    assert {"smoke", "laptop", "gpu"} == set(stochastic_predictor.RUNS["dreamer"])
    rival = partial(stochastic_predictor.RUNS["predictor_restless"]["smoke"], rng())
    assert rival().preset.steps == 6
