"""The table of models of clips: fixed clips, intervals, baselines, class accuracy."""

from math import log

import pytest
import torch

from course_lib.data.shape_classes import class_of
from course_lib.data.shape_motion import sample_clips
from course_lib.evaluation.clip_model_table import (
    bits_interval,
    class_accuracy,
    content_of_reconstructions,
    fitted_pixel_gaussian,
    pixel_gaussian_nats,
    training_clips,
    vae_nats,
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


def test_test_clips_are_fixed_and_differ_from_training_clips():
    assert torch.equal(fixed_clips(3), fixed_clips(5)[:3])
    assert [len(batch) for batch in training_clips(70)] == [64, 6]
    assert not torch.equal(next(training_clips(64))[:3], fixed_clips(3))


def test_the_interval_covers_the_mean_in_90_percent_of_samples():
    rng = torch.Generator().manual_seed(0)
    samples = torch.randn(400, 100, generator=rng) * 3 + 5
    clips = torch.zeros(100, 1, 1, 1, 1)  # of one pixel
    intervals = [bits_interval(sample * log(2), clips) for sample in samples]
    covered = [interval.low < 5 < interval.high for interval in intervals]
    assert 0.85 < sum(covered) / len(covered) < 0.95
    mean = samples[0].mean().item()
    assert intervals[0].value == pytest.approx(mean, abs=1e-4)


def test_the_vae_has_fewer_bits_than_the_pixel_gaussian(vae):
    """On 64 of the 256 clips; the card states the result on all."""
    clips = fixed_clips(64)
    saved = pixel_gaussian_nats(clips, n_train=1000) - vae_nats(vae, clips)
    assert bits_interval(saved, clips).low > 0.3
    assert fitted_pixel_gaussian(1000).sigma.min() >= ClipSizes().min_sigma


@torch.no_grad()
def test_reconstructions_keep_colour_and_speed_and_units_are_active(vae):
    """Real clips: distance 0, step 3.5; two clips' colours differ by about 150."""
    clips = fixed_clips(64)
    assert active_units(vae.encoder(clips).mu) >= 6
    decoded = content_of_reconstructions(vae, clips)
    real = average_content_distance(clips)
    assert decoded.distance < 0.2 * 150
    assert decoded.step == pytest.approx(real.step, rel=0.2)
    assert decoded.empty_fraction < 0.05


def test_the_accuracy_of_both_is_at_most_that_of_motion_and_of_shape():
    rng = torch.Generator().manual_seed(0)
    model = ConditionalVAE(ClipSizes(width=16, latent=4), rng)
    accuracy = class_accuracy(model, ClipClassifier(rng), n=8)
    assert len(accuracy) == 3 and accuracy[2] <= min(accuracy[:2])


def test_real_clips_of_the_requested_class_have_accuracy_1(monkeypatch):
    clips = sample_clips(200, torch.Generator().manual_seed(3))
    classes = class_of(clips.motion, clips.shape)
    by_class = [clips.videos[classes == c] for c in range(4)]
    model = ConditionalVAE(ClipSizes(width=16, latent=4), torch.Generator())

    def real(condition, rng):
        return torch.stack([by_class[c][i % 20] for i, c in enumerate(condition[0])])

    monkeypatch.setattr(model, "sample", real)
    accuracy = class_accuracy(model, classifier.load_pretrained(), n=40)
    assert accuracy == (1.0, 1.0, 1.0)
