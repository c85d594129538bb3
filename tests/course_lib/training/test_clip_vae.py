"""How codes of whole clips are trained, and what shipped ones keep of their cards."""

import math
from dataclasses import replace
from functools import cache

import pytest
import torch

from course_lib.data.shape_motion import sample_clips
from course_lib.evaluation import clip_model_table
from course_lib.training import classifier, clip_vae
from course_lib.training.checkpoints import read_card
from course_lib.training.clip_vae import (
    Kind,
    bound,
    calibrated,
    calibrated_alone,
    fit_alone,
    load_pretrained,
    told_bound,
    training_run,
)
from course_lib.training.presets import LearningPreset
from course_lib.vae.clip_vae import ClipSizes, ClipVAE
from course_lib.vae.conditional import ConditionalVAE

TINY = LearningPreset(steps=4, batch=8, every=1, rate=1e-3)
SIZES = ClipSizes(width=16, latent=4)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def vae(rng):
    return ClipVAE(SIZES, rng)


def conditional(rng):
    return ConditionalVAE(SIZES, rng)


def kind(make, objective):
    return Kind(make, objective, lambda model: model, lambda model: "measured")


ALL = [(vae, bound), (vae, fit_alone), (conditional, told_bound)]


@pytest.mark.parametrize(("make", "objective"), ALL)
def test_a_step_moves_what_is_learnt_and_says_its_terms(make, objective):
    ready = training_run(kind(make, objective), TINY, rng())
    before = {n: w.clone() for n, w in ready.state.model.named_parameters()}
    state, readings = ready.step(ready.state, 4)
    assert set(readings) == {"nats_per_number", "kl"}
    assert math.isfinite(readings["nats_per_number"])
    moved = {n for n, w in state.model.named_parameters() if (w != before[n]).any()}
    assert len(moved) > 0.8 * len(before)


@pytest.mark.parametrize("finish", [calibrated, calibrated_alone])
def test_after_the_training_widths_are_those_of_the_errors(finish, monkeypatch):
    monkeypatch.setattr(clip_vae, "CALIBRATED_ON", 8)
    model = finish(ClipVAE(SIZES, rng()))
    assert 0.03 <= model.sigma.min() and model.sigma.max() < 1.8 < SIZES.sigma


def test_a_point_pays_a_tenth_of_half_its_squared_length():
    clips, model = sample_clips(2, rng(1)), vae(rng())
    mu = model.encode(clips.videos).mu
    paid = fit_alone(model, clips, rng()).kl
    torch.testing.assert_close(paid, 0.05 * (mu * mu).sum(dim=1))
    assert (bound(model, clips, rng()).kl > 0).all()


def test_a_finished_vae_has_codes_where_its_prior_expects_them(monkeypatch):
    monkeypatch.setattr(clip_vae, "CALIBRATED_ON", 16)
    model = clip_vae.settled(ClipVAE(SIZES, rng()))
    (clips,) = clip_model_table.training_clips(16)
    with torch.no_grad():
        codes = model.encode(clips)
        errors = clips - model.decode(codes.mu)
    assert codes.mu.mean(dim=0).abs().max() < 1e-4
    spread = codes.mu.var(dim=0, correction=0) + codes.logvar.exp().mean(dim=0)
    torch.testing.assert_close(spread, torch.ones(4))
    error = errors.square().mean().item()
    assert model.sigma.square().mean().item() == pytest.approx(error, rel=0.1)


def test_widths_settle_twice_and_at_no_other_step():
    settled = []
    told = kind(vae, bound)._replace(settle=settled.append)
    ready = training_run(told, replace(TINY, steps=20), rng())
    for number in (1, 10, 15, 16, 17, 18, 20):
        before = len(settled)
        ready.step(ready.state, number)
        assert (len(settled) > before) == (number in (16, 18))


def test_only_the_shipped_vae_settles_on_the_way():
    untouched = vae(rng())
    for name in ("autoencoder", "conditional_vae"):
        assert clip_vae.KINDS[name].settle(untouched) is untouched
    assert clip_vae.KINDS["clip_vae"].settle is calibrated


def test_the_same_seed_trains_the_same_model():
    def readings(seed):
        ready = training_run(kind(vae, bound), TINY, rng(seed))
        return [ready.step(ready.state, i)[1] for i in (1, 2)]

    assert readings(3) == readings(3)
    assert readings(3) != readings(4)


def test_an_unknown_code_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="there are clip_vae, autoencoder"):
        load_pretrained("oracle")


@cache
def nats_of_shipped(name, seed=None):
    """What clips cost: those of the table, or with a seed as many others."""
    clips = clip_model_table.test_clips()
    if seed is not None:
        clips = sample_clips(len(clips), rng(seed)).videos
    model = load_pretrained(name)
    if name == "clip_vae":
        return clip_model_table.nats_of_vae(model, clips)
    return clip_model_table.nats_of_autoencoder(model, law(), clips)


@cache
def law():
    return clip_model_table.law_of(load_pretrained("autoencoder"))


def saved_by_vae(seed=None):
    return nats_of_shipped("autoencoder", seed) - nats_of_shipped("clip_vae", seed)


@pytest.mark.parametrize("name", ["clip_vae", "autoencoder"])
def test_shipped_codes_keep_what_their_cards_say(name):
    found = clip_model_table.price(nats_of_shipped(name), clip_model_table.test_clips())
    stated = float(read_card(name).result.split(" ")[0])
    assert found.value == pytest.approx(stated, abs=0.01)


def test_on_the_table_s_clips_the_shipped_vae_saves_what_two_of_them_carry():
    clips, saved = clip_model_table.test_clips(), saved_by_vae()
    found = clip_model_table.price(saved, clips)
    assert found.value == pytest.approx(0.017, abs=0.01) and found.low > 0
    others = clip_model_table.price(saved.sort().values[:-2], clips[2:])
    assert others.value < 0.4 * found.value


def test_on_other_clips_the_shipped_vae_and_autoencoder_tie():
    saved = torch.cat([saved_by_vae(seed) for seed in range(4)])
    found = clip_model_table.price(
        saved, clip_model_table.test_clips().repeat(4, 1, 1, 1, 1)
    )
    assert found.value == pytest.approx(-0.001, abs=0.003)
    assert found.low < 0 < found.high < 0.006


def test_the_shipped_model_with_a_wish_hears_the_motion():
    """On 100 clips; the card holds 500."""
    model = load_pretrained("conditional_vae")
    motion, _, _ = clip_model_table.recognised(model, classifier.load_pretrained(), n=100)
    assert motion > 0.8


def test_presets_of_every_code_are_named():
    assert set(clip_vae.RUNS) == set(clip_vae.KINDS)
