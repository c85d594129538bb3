"""Clips sampled from all shipped models, with their requested categories."""

import pytest
import torch

from course_lib.training.checkpoints import CHECKPOINTS
from course_lib.training.sampling import SAMPLERS, load
from course_lib.training.video_gan import VIDEO_GANS

SHIPPED = [name for name in SAMPLERS if (CHECKPOINTS / f"{name}.safetensors").exists()]


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_model_samples_clips_in_range(name):
    clips = SAMPLERS[name].sample(load(name), 3, rng())
    assert clips.videos.shape == (3, 16, 3, 64, 64)
    assert clips.videos.abs().max() <= 1


def test_a_conditional_vae_is_conditioned_on_all_classes_in_turn():
    sampler = SAMPLERS["conditional_vae"]
    clips = sampler.sample(load("conditional_vae"), 5, rng())
    assert clips.category.tolist() == [0, 0, 1, 1, 0]


def test_only_a_mocogan_has_categories():
    for name, has_category in (("mocogan", True), ("vgan", False), ("tgan", False)):
        model = VIDEO_GANS[name].init(rng()).ema_generator
        assert (
            SAMPLERS[name].sample(model, 2, rng()).category is not None
        ) == has_category


def test_the_same_seed_samples_the_same_clips():
    model, sample = load("clip_vae"), SAMPLERS["clip_vae"].sample
    once, again, other = (sample(model, 2, rng(seed)).videos for seed in (0, 0, 1))
    assert torch.equal(once, again) and not torch.equal(once, other)


def test_an_unknown_name_is_rejected_with_the_known_names():
    with pytest.raises(ValueError, match="choose one of clip_vae"):
        load("predictor")
