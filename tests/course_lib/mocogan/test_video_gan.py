"""Content and motion: drawn apart, put together, exchanged."""

import pytest
import torch

from course_lib.mocogan.generator import count_weights
from course_lib.mocogan.latents import Drawn, LatentSizes
from course_lib.mocogan.video_gan import (
    LAPTOP,
    PAPER,
    MoCoGAN,
    MoCoGANSizes,
    content_by_motion,
    sample,
)

LATENTS = LatentSizes(content=5, motion=3, categories=2)
SMALL = MoCoGANSizes(LATENTS, width=8, placed=True)
PLAIN = MoCoGANSizes(LatentSizes(5, 3, 2, category_moves=False), width=4)
each = pytest.mark.parametrize("sizes", [SMALL, PLAIN], ids=["placed", "paper"])


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model():
    return MoCoGAN(SMALL, rng())


def test_the_paper_s_generator_has_3_266_068_weights():
    model = MoCoGAN(PAPER, rng())
    assert count_weights(model.painter) == 3_265_408
    assert count_weights(model.memory) == 660


def test_the_laptop_s_generator_is_a_tenth_of_it():
    assert count_weights(MoCoGAN(LAPTOP, rng())) < 0.1 * 3_266_068


@each
def test_clips_have_the_canonical_layout_and_range(sizes):
    videos = sample(MoCoGAN(sizes, rng()), 2, rng(1))
    assert videos.shape == (2, 16, 3, 64, 64) and videos.dtype == torch.float32
    assert videos.abs().max() <= 1 and not videos.requires_grad


@each
def test_every_weight_gets_a_slope(sizes):
    model = MoCoGAN(sizes, rng())
    model(model.draw(2, rng(1), 4)).square().sum().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name


def test_samples_come_from_the_given_generator(model):
    first, again, other = (sample(model, 2, rng(seed), 3) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_a_clip_longer_than_trained_begins_as_the_shorter_one(model):
    drawn = model.draw(1, rng(1), 40)
    with torch.no_grad():
        film = model(drawn)
        begin = model(drawn._replace(noise=drawn.noise[:, :16]))
    assert film.shape[1] == 40
    torch.testing.assert_close(film[:, :16], begin, atol=1e-5, rtol=1e-4)


def test_a_frame_is_painted_from_its_own_moment_of_the_path(model):
    drawn = model.draw(2, rng(1), 5)
    with torch.no_grad():
        frame = model.painter(model.path(drawn)[:, 3])
        torch.testing.assert_close(model(drawn)[:, 3], frame, atol=1e-5, rtol=1e-4)


def test_rows_share_what_stays_and_columns_what_moves(model):
    contents, motions = model.draw(2, rng(1), 4), model.draw(3, rng(2), 4)
    grid = content_by_motion(model, contents, motions)
    assert grid.shape == (2, 3, 4, 3, 64, 64)
    for i in range(2):
        for j in range(3):
            own = Drawn(*(part[j : j + 1] for part in motions))
            pair = own._replace(content=contents.content[i : i + 1])
            with torch.no_grad():
                clip = model(pair)[0]
            torch.testing.assert_close(grid[i, j], clip, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("field", ["latents", "width", "placed"])
def test_every_size_changes_the_weights(field):
    other = {"latents": LatentSizes(6, 3, 2), "width": 16, "placed": False}[field]
    changed = MoCoGANSizes(**{**SMALL.__dict__, field: other})
    assert count_weights(MoCoGAN(changed, rng())) != count_weights(
        MoCoGAN(SMALL, rng())
    )
