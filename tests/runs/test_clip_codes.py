"""How codes of whole clips are trained, and what shipped ones keep of their cards."""

import math
from functools import partial

import pytest
import torch

from course_lib.data.shape_motion import sample_clips
from course_lib.runs import clip_codes, clip_table
from course_lib.runs.checkpoints import read_card
from course_lib.runs.clip_codes import bound, fit_alone, plan, shipped, told_bound
from course_lib.runs.presets import PredictorPreset
from course_lib.vae.clip_vae import ClipSizes, ClipVAE
from course_lib.vae.conditional import ConditionalVAE

TINY = PredictorPreset(steps=4, batch=8, every=1, rate=1e-3)
SIZES = ClipSizes(width=16, latent=4)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def vae(rng):
    return ClipVAE(SIZES, rng)


def conditional(rng):
    return ConditionalVAE(SIZES, rng)


ALL = [(vae, bound), (vae, fit_alone), (conditional, told_bound)]
made = partial(plan, result=lambda model: "measured", preset=TINY)


@pytest.mark.parametrize(("make", "objective"), ALL)
def test_a_step_moves_what_is_learnt_and_says_bits(make, objective):
    ready = made(make, objective, rng=rng())
    before = {n: w.clone() for n, w in ready.state.model.named_parameters()}
    state, readings = ready.step(ready.state, 4)
    assert set(readings) == {"bits_per_dimension", "kl"}
    assert math.isfinite(readings["bits_per_dimension"])
    moved = {n for n, w in state.model.named_parameters() if (w != before[n]).any()}
    assert any("log_sigma" in name for name in moved)
    assert len(moved) > 0.8 * len(before)


def test_points_cost_nothing_and_clouds_do():
    clips, model = sample_clips(2, rng(1)), vae(rng())
    assert (fit_alone(model, clips, rng()).kl == 0).all()
    assert (bound(model, clips, rng()).kl > 0).all()


def test_widths_learn_ten_times_as_fast():
    ready = made(vae, bound, rng=rng())
    ready.step(ready.state, 1)
    weights, widths = ready.state.optimiser.param_groups
    assert widths["lr"] == pytest.approx(10 * weights["lr"])
    assert [tuple(w.shape) for w in widths["params"]] == [(16, 1, 64, 64)]


def test_the_same_seed_trains_the_same_model():
    def readings(seed):
        ready = made(vae, bound, rng=rng(seed))
        return [ready.step(ready.state, i)[1] for i in (1, 2)]

    assert readings(3) == readings(3)
    assert readings(3) != readings(4)


def test_an_unknown_code_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="there are clip_vae, autoencoder"):
        shipped("oracle")


@pytest.mark.parametrize("name", ["clip_vae", "autoencoder"])
def test_a_shipped_model_keeps_what_its_card_says_on_part_of_the_test(name):
    """On 64 of the 256 clips: within .15 bits of the card's figure."""
    clips, model = clip_table.test_clips(64), shipped(name)
    if name == "clip_vae":
        found = clip_table.price_of_vae(model, clips)
    else:
        law = clip_table.law_of(model, fitted_to=128)
        found = clip_table.price_of_autoencoder(model, law, clips)
    stated = float(read_card(name).result.split(" ")[0])
    assert found.mean == pytest.approx(stated, abs=0.15)


def test_presets_of_every_code_are_named():
    assert set(clip_codes.PLANS) == set(clip_codes.CODES)
