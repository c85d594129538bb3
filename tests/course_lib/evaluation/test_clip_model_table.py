"""Bits are those of fixed clips, with their interval, beside rivals that know less."""

from math import log

import pytest
import torch

from course_lib.data.shape_classes import class_of
from course_lib.data.shape_motion import sample_clips
from course_lib.evaluation.clip_model_table import (
    nats_of_pixels,
    nats_of_vae,
    pixels_alone,
    price,
    rebuilt,
    recognised,
    training_clips,
)
from course_lib.evaluation.clip_model_table import test_clips as fixed_clips
from course_lib.metrics.content import average_content_distance
from course_lib.metrics.features import ClipClassifier
from course_lib.training import classifier, clip_vae
from course_lib.vae.clip_vae import ClipSizes
from course_lib.vae.conditional import ConditionalVAE
from course_lib.vae.elbo import active_units


@pytest.fixture(scope="module")
def vae():
    return clip_vae.load_pretrained("clip_vae")


def test_clips_are_fixed_and_apart_from_those_fitted_to():
    assert torch.equal(fixed_clips(3), fixed_clips(5)[:3])
    assert [len(part) for part in training_clips(70)] == [64, 6]
    assert not torch.equal(next(training_clips(64))[:3], fixed_clips(3))


def test_a_price_is_a_mean_with_what_90_percent_of_sets_say():
    rng = torch.Generator().manual_seed(0)
    sets = torch.randn(400, 100, generator=rng) * 3 + 5
    one = torch.zeros(100, 1, 1, 1, 1)  # clips of one number
    holds = [p.low < 5 < p.high for p in (price(s * log(2), one) for s in sets)]
    assert 0.85 < sum(holds) / len(holds) < 0.95
    mean = sets[0].mean().item()
    assert price(sets[0] * log(2), one).value == pytest.approx(mean, abs=1e-4)


def test_the_vae_is_cheaper_than_pixels_alone(vae):
    """On 64 of the 256 clips; the card holds all."""
    clips = fixed_clips(64)
    saved = nats_of_pixels(clips, fitted_to=1000) - nats_of_vae(vae, clips)
    assert price(saved, clips).low > 0.3
    assert pixels_alone(1000).sigma.min() >= ClipSizes().floor


@torch.no_grad()
def test_the_vae_s_code_speaks_and_its_clips_keep_colour_and_pace(vae):
    """Real clips: distance 0, step 3.5; two clips' colours are some 150 apart."""
    clips = fixed_clips(64)
    assert active_units(vae.encode(clips).mu) >= 6
    found, real = rebuilt(vae, clips), average_content_distance(clips)
    assert found.distance < 0.2 * 150
    assert found.step == pytest.approx(real.step, rel=0.2)
    assert found.empty_fraction < 0.05


def test_an_untrained_model_is_recognised_by_chance():
    rng = torch.Generator().manual_seed(0)
    model = ConditionalVAE(ClipSizes(width=16, latent=4), rng)
    found = recognised(model, ClipClassifier(rng), n=8)
    assert len(found) == 3 and found[2] <= min(found[:2])


def test_real_clips_of_a_class_would_be_recognised(monkeypatch):
    """The yardstick: whoever draws real clips of the class is right."""
    clips = sample_clips(200, torch.Generator().manual_seed(3))
    places = class_of(clips.motion, clips.shape)
    by_class = [clips.videos[places == c] for c in range(4)]
    model = ConditionalVAE(ClipSizes(width=16, latent=4), torch.Generator())

    def real(condition, rng):
        return torch.stack([by_class[c][i % 20] for i, c in enumerate(condition[0])])

    monkeypatch.setattr(model, "sample", real)
    assert recognised(model, classifier.load_pretrained(), n=40) == (1.0, 1.0, 1.0)
