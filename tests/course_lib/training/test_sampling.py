"""Whatever is shipped draws clips; what was asked for is remembered."""

import pytest
import torch

from course_lib.training.checkpoints import CHECKPOINTS
from course_lib.training.sampling import SAMPLERS, load
from course_lib.training.video_gan import VIDEO_GANS

SHIPPED = [name for name in SAMPLERS if (CHECKPOINTS / f"{name}.safetensors").exists()]


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_model_draws_clips_in_range(name):
    drawn = SAMPLERS[name].draw(load(name), 3, rng())
    assert drawn.videos.shape == (3, 16, 3, 64, 64)
    assert drawn.videos.abs().max() <= 1


def test_motions_are_asked_for_in_turn():
    sampler = SAMPLERS["conditional_vae"]
    drawn = sampler.draw(load("conditional_vae"), 5, rng())
    assert drawn.category.tolist() == [0, 0, 1, 1, 0]


def test_a_rival_is_asked_for_no_motion():
    for name, heard in (("mocogan", True), ("vgan", False), ("tgan", False)):
        model = VIDEO_GANS[name].init(rng()).ema_generator
        assert (SAMPLERS[name].draw(model, 2, rng()).category is not None) == heard


def test_the_same_dice_draw_the_same_clips():
    model, draw = load("clip_vae"), SAMPLERS["clip_vae"].draw
    once, again, other = (draw(model, 2, rng(seed)).videos for seed in (0, 0, 1))
    assert torch.equal(once, again) and not torch.equal(once, other)


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match="but from clip_vae"):
        load("predictor")
