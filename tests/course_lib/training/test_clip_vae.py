"""Training of the models of whole clips, and the shipped ones against their cards."""

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
    ClipModel,
    autoencoder_objective,
    calibrate_autoencoder,
    calibrate_vae,
    conditional_objective,
    load_pretrained,
    training_run,
    vae_objective,
)
from course_lib.training.presets import LearningPreset
from course_lib.vae.clip_vae import ClipSizes, ClipVAE
from course_lib.vae.conditional import ConditionalVAE

TINY = LearningPreset(steps=4, batch=8, every=1, rate=1e-3)
SIZES = ClipSizes(width=16, latent=4)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def build_vae(rng, frame=None):
    return ClipVAE(SIZES, rng)


def build_conditional(rng, frame=None):
    return ConditionalVAE(SIZES, rng)


def clip_model(build, objective):
    return ClipModel(
        build, objective, lambda model, clips: model, lambda model: "measured"
    )


def eight_clips():
    return clip_model_table.training_clips(8)


ALL = [
    (build_vae, vae_objective),
    (build_vae, autoencoder_objective),
    (build_conditional, conditional_objective),
]


@pytest.mark.parametrize(("build", "objective"), ALL)
def test_a_step_changes_the_weights_and_returns_both_metrics(build, objective):
    run = training_run(clip_model(build, objective), TINY, rng())
    before = {n: w.clone() for n, w in run.state.model.named_parameters()}
    state, metrics = run.step(run.state, 4)
    assert set(metrics) == {"nats_per_dimension", "kl"}
    assert math.isfinite(metrics["nats_per_dimension"])
    changed = {n for n, w in state.model.named_parameters() if (w != before[n]).any()}
    assert len(changed) > 0.8 * len(before)


@pytest.mark.parametrize("calibrate", [calibrate_vae, calibrate_autoencoder])
def test_calibrated_sigma_is_of_the_size_of_the_errors(calibrate):
    model = calibrate(ClipVAE(SIZES, rng()), eight_clips)
    assert 0.03 <= model.sigma.min() and model.sigma.max() < 1.8 < SIZES.sigma


def test_the_penalty_of_an_autoencoder_is_a_tenth_of_half_the_squared_norm():
    videos, model = sample_clips(2, rng(1)).videos, build_vae(rng())
    mu = model.encoder(videos).mu
    penalty = autoencoder_objective(model, videos, None, rng()).kl
    torch.testing.assert_close(penalty, 0.05 * (mu * mu).sum(dim=1))
    assert (vae_objective(model, videos, None, rng()).kl > 0).all()


def test_a_finished_vae_has_standardized_latents_and_calibrated_sigma():
    (clips,) = clip_model_table.training_clips(16)
    model = clip_vae.standardize_and_calibrate(ClipVAE(SIZES, rng()), lambda: [clips])
    with torch.no_grad():
        posterior = model.encoder(clips)
        errors = clips - model.decoder(posterior.mu)
    assert posterior.mu.mean(dim=0).abs().max() < 1e-4
    within = posterior.logvar.exp().mean(dim=0)
    variance = posterior.mu.var(dim=0, correction=0) + within
    torch.testing.assert_close(variance, torch.ones(4))
    error = errors.square().mean().item()
    assert model.sigma.square().mean().item() == pytest.approx(error, rel=0.1)


def test_sigma_is_calibrated_after_80_and_90_percent_and_finished_after_all_steps():
    calls = []
    kind = clip_model(build_vae, vae_objective)._replace(
        calibrate=lambda model, clips: calls.append("calibrate"),
        finish=lambda model, clips: calls.append("finish"),
    )
    run = training_run(kind, replace(TINY, steps=20), rng())
    expected = {16: ["calibrate"], 18: ["calibrate"], 20: ["finish"]}
    for number in (1, 10, 15, 16, 17, 18, 20):
        calls.clear()
        run.step(run.state, number)
        assert calls == expected.get(number, [])


def test_only_the_shipped_vae_is_calibrated_during_training():
    model = build_vae(rng())
    for name in ("autoencoder", "conditional_vae"):
        assert clip_vae.CLIP_MODELS[name].calibrate(model, eight_clips) is model
    assert clip_vae.CLIP_MODELS["clip_vae"].calibrate is calibrate_vae


def test_training_is_reproducible_by_the_seed():
    def metrics(seed):
        run = training_run(clip_model(build_vae, vae_objective), TINY, rng(seed))
        return [run.step(run.state, i)[1] for i in (1, 2)]

    assert metrics(3) == metrics(3)
    assert metrics(3) != metrics(4)


def test_an_unknown_name_raises_an_error_with_the_known_ones():
    with pytest.raises(ValueError, match="choose one of clip_vae, autoencoder"):
        load_pretrained("oracle")


@cache
def nats_of_pretrained(name, seed=None):
    """Negative ELBOs of the table's test clips or, with a seed, of as many others."""
    clips = clip_model_table.test_clips()
    if seed is not None:
        clips = sample_clips(len(clips), rng(seed)).videos
    model = load_pretrained(name)
    if name == "clip_vae":
        return clip_model_table.vae_nats(model, clips)
    return clip_model_table.autoencoder_nats(model, prior(), clips)


@cache
def prior():
    return clip_model_table.code_distribution(load_pretrained("autoencoder"))


def nats_saved_by_vae(seed=None):
    return nats_of_pretrained("autoencoder", seed) - nats_of_pretrained(
        "clip_vae", seed
    )


@pytest.mark.parametrize("name", ["clip_vae", "autoencoder"])
def test_shipped_models_have_the_bits_that_their_cards_state(name):
    clips = clip_model_table.test_clips()
    bits = clip_model_table.bits_interval(nats_of_pretrained(name), clips)
    stated = float(read_card(name).result.split(" ")[0])
    assert bits.value == pytest.approx(stated, abs=0.01)


def test_two_test_clips_contribute_most_of_the_vae_s_lead_over_the_autoencoder():
    clips, saved = clip_model_table.test_clips(), nats_saved_by_vae()
    bits = clip_model_table.bits_interval(saved, clips)
    assert bits.value == pytest.approx(0.017, abs=0.01) and bits.low > 0
    without_two = saved.sort().values[:-2]
    rest = clip_model_table.bits_interval(without_two, clips[2:])
    assert rest.value < 0.4 * bits.value


def test_on_other_clips_the_shipped_vae_and_autoencoder_tie():
    saved = torch.cat([nats_saved_by_vae(seed) for seed in range(4)])
    clips = clip_model_table.test_clips().repeat(4, 1, 1, 1, 1)
    bits = clip_model_table.bits_interval(saved, clips)
    assert bits.value == pytest.approx(-0.001, abs=0.003)
    assert bits.low < 0 < bits.high < 0.006


def test_the_shipped_conditional_vae_generates_the_requested_motion():
    """On 100 clips; the card states the result on 500."""
    model = load_pretrained("conditional_vae")
    motion, _, _ = clip_model_table.class_accuracy(
        model, classifier.load_pretrained(), n=100
    )
    assert motion > 0.8


def test_every_model_has_a_training_and_those_without_labels_take_films():
    trainings = clip_vae.TRAININGS
    assert set(trainings) == set(clip_vae.CLIP_MODELS)
    assert {name for name in trainings if trainings[name].clip} == {
        "clip_vae",
        "autoencoder",
    }
