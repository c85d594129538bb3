"""MoCoGAN's generator: sizes, sampling, and exchange of content and motion."""

import pytest
import torch

from course_lib.mocogan.generator import count_parameters
from course_lib.mocogan.latents import ClipLatents, LatentSizes
from course_lib.mocogan.video_gan import (
    LAPTOP,
    PAPER,
    MoCoGAN,
    MoCoGANSizes,
    content_by_motion,
    sample,
)

LATENTS = LatentSizes(content=5, motion=3, categories=2)
SMALL = MoCoGANSizes(LATENTS, width=8, object_generator=True)
SMALL_PAPER = MoCoGANSizes(LatentSizes(5, 3, 2, category_in_motion=False), width=4)
each = pytest.mark.parametrize("sizes", [SMALL, SMALL_PAPER], ids=["object", "paper"])


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model():
    return MoCoGAN(SMALL, rng())


def test_the_paper_s_generator_has_3_266_068_parameters():
    model = MoCoGAN(PAPER, rng())
    assert count_parameters(model.image_generator) == 3_265_408
    assert count_parameters(model.motion_rnn) == 660


def test_the_laptop_s_generator_has_less_than_a_tenth_of_them():
    assert count_parameters(MoCoGAN(LAPTOP, rng())) < 0.1 * 3_266_068


@each
def test_clips_have_the_canonical_layout_and_range(sizes):
    videos = sample(MoCoGAN(sizes, rng()), 2, rng(1))
    assert videos.shape == (2, 16, 3, 64, 64) and videos.dtype == torch.float32
    assert videos.abs().max() <= 1 and not videos.requires_grad


@each
def test_every_parameter_gets_a_gradient(sizes):
    model = MoCoGAN(sizes, rng())
    model(model.sample_latents(2, rng(1), 4)).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_samples_depend_on_the_given_random_generator_only(model):
    first, again, other = (sample(model, 2, rng(seed), 3) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_a_clip_longer_than_in_training_begins_with_the_shorter_one(model):
    latents = model.sample_latents(1, rng(1), 40)
    with torch.no_grad():
        long = model(latents)
        short = model(latents._replace(noise=latents.noise[:, :16]))
    assert long.shape[1] == 40
    torch.testing.assert_close(long[:, :16], short, atol=1e-5, rtol=1e-4)


def test_each_frame_is_generated_from_its_own_latent(model):
    latents = model.sample_latents(2, rng(1), 5)
    with torch.no_grad():
        frame = model.image_generator(model.path(latents)[:, 3])
        torch.testing.assert_close(model(latents)[:, 3], frame, atol=1e-5, rtol=1e-4)


def test_rows_of_the_grid_share_content_and_columns_share_motion(model):
    contents = model.sample_latents(2, rng(1), 4)
    motions = model.sample_latents(3, rng(2), 4)
    grid = content_by_motion(model, contents, motions)
    assert grid.shape == (2, 3, 4, 3, 64, 64)
    for i in range(2):
        for j in range(3):
            motion = ClipLatents(*(part[j : j + 1] for part in motions))
            latents = motion._replace(content=contents.content[i : i + 1])
            with torch.no_grad():
                clip = model(latents)[0]
            torch.testing.assert_close(grid[i, j], clip, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("field", ["latents", "width", "object_generator"])
def test_every_size_changes_the_number_of_parameters(field):
    other = {"latents": LatentSizes(6, 3, 2), "width": 16, "object_generator": False}
    changed = MoCoGANSizes(**{**SMALL.__dict__, field: other[field]})
    assert count_parameters(MoCoGAN(changed, rng())) != count_parameters(
        MoCoGAN(SMALL, rng())
    )
