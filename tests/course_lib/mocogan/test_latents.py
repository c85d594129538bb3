"""What stays is the same in every frame, what moves remembers."""

import pytest
import torch
from torch import nn

from course_lib.mocogan.latents import (
    LatentSizes,
    draw_latents,
    latent_path,
    latent_path_as_released,
    motion_memory,
    one_hot,
)

SMALL = LatentSizes(content=3, motion=2, categories=4)
RELEASED = LatentSizes(content=3, motion=2, categories=4, category_moves=False)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def path_of(sizes, drawn, memory=None):
    memory = memory or motion_memory(sizes, rng(1))
    way = latent_path if sizes.category_moves else latent_path_as_released
    return way(drawn, memory, sizes.categories)


def test_the_paper_s_memory_has_660_weights():
    memory = motion_memory(LatentSizes(category_moves=False), rng())
    assert sum(w.numel() for w in memory.parameters()) == 660
    told = motion_memory(LatentSizes(), rng())  # three gates read two columns more
    assert sum(w.numel() for w in told.parameters()) == 660 + 3 * 10 * 2


def test_content_stays_and_motion_moves():
    path = path_of(SMALL, draw_latents(5, 7, SMALL, rng()))
    assert path.shape == (5, 7, SMALL.latent) == (5, 7, 5)
    assert (path[:, :, :3] == path[:, :1, :3]).all()
    assert (path[:, 1:, 3:] != path[:, :-1, 3:]).all()
    assert path[:, :, 3:].std() > 0.1


def test_the_motion_is_that_of_torch_s_own_gru():
    drawn = draw_latents(5, 7, SMALL, rng())
    memory = motion_memory(SMALL, rng(1))
    layer = nn.GRU(6, 2, batch_first=True)
    layer.load_state_dict({f"{k}_l0": v for k, v in memory.state_dict().items()})
    told = nn.functional.one_hot(drawn.category, 4)[:, None].expand(-1, 7, -1)
    shown, _ = layer(torch.cat((drawn.noise, told), 2), drawn.start[None])
    torch.testing.assert_close(path_of(SMALL, drawn, memory)[:, :, 3:], shown)


def test_the_category_moves_in_the_paper_and_stays_in_the_release():
    drawn = draw_latents(5, 7, SMALL, rng())
    other = drawn._replace(category=(drawn.category + 1) % 4)
    paper, asked = (path_of(SMALL, d) for d in (drawn, other))
    assert (paper[:, :, :3] == asked[:, :, :3]).all()
    assert (paper[:, :, 3:] != asked[:, :, 3:]).all()
    released, asked = (path_of(RELEASED, d) for d in (drawn, other))
    assert released.shape == (5, 7, 3 + 4 + 2)
    assert (released[:, :, 7:] == asked[:, :, 7:]).all()
    one = torch.nn.functional.one_hot(drawn.category, 4).float()
    assert (released[:, :, 3:7] == one[:, None]).all()


def test_a_longer_film_begins_like_the_shorter_one():
    drawn = draw_latents(2, 9, SMALL, rng())
    short = path_of(SMALL, drawn._replace(noise=drawn.noise[:, :4]))
    torch.testing.assert_close(path_of(SMALL, drawn)[:, :4], short)


def test_one_clip_s_path_depends_on_no_other_clip():
    drawn = draw_latents(4, 3, SMALL, rng())
    alone = path_of(SMALL, type(drawn)(*(part[2:3] for part in drawn)))
    torch.testing.assert_close(path_of(SMALL, drawn)[2:3], alone)


def test_what_is_drawn_is_standard_normal_and_every_category_as_likely():
    drawn = draw_latents(4000, 4, SMALL, rng())
    for part in (drawn.content, drawn.start, drawn.noise):
        assert part.mean().abs() < 0.05 and (part.std() - 1).abs() < 0.05
    shares = torch.bincount(drawn.category, minlength=4) / 4000
    assert (shares - 0.25).abs().max() < 0.03
    again, other = (draw_latents(4000, 4, SMALL, rng(s)) for s in (0, 1))
    assert all(torch.equal(*pair) for pair in zip(drawn, again, strict=True))
    assert not any(torch.equal(*pair) for pair in zip(drawn, other, strict=True))


def test_gradients_reach_all_that_was_drawn_and_every_weight():
    drawn = draw_latents(3, 4, SMALL, rng())
    leaves = [drawn.content, drawn.start, drawn.noise]
    memory = motion_memory(SMALL, rng(1))
    for leaf in leaves:
        leaf.requires_grad_()
    path_of(SMALL, drawn, memory).square().sum().backward()
    for leaf in (*leaves, *memory.parameters()):
        assert leaf.grad is not None and leaf.grad.abs().sum() > 0


def test_one_hot_is_torch_s_own_and_empty_without_columns():
    labels = torch.tensor([2, 0, 1])
    assert torch.equal(one_hot(labels, 4), nn.functional.one_hot(labels, 4).float())
    assert one_hot(labels, 0).shape == (3, 0)


@pytest.mark.parametrize("size", ["content", "motion", "categories"])
def test_every_size_changes_the_path(size):
    larger = LatentSizes(**{**SMALL.__dict__, size: 7})
    assert draw_latents(2, 3, larger, rng()).content.shape[1] == larger.content
    grown = larger.latent - SMALL.latent
    assert grown == (0 if size == "categories" else 7 - getattr(SMALL, size))
    assert motion_memory(larger, rng()).input_size == larger.motion + larger.categories


@pytest.mark.parametrize(("n", "n_frames"), [(0, 3), (3, 0)])
def test_nothing_to_draw_is_refused(n, n_frames):
    with pytest.raises(ValueError, match="at least 1 clip of 1 frame"):
        draw_latents(n, n_frames, SMALL, rng())


def test_motion_under_less_noise_that_keeps_more_glides():
    def moves(hum, **how):
        sizes = LatentSizes(content=3, motion=2, categories=4, hum=hum)
        drawn = draw_latents(200, 16, sizes, rng())
        path = path_of(sizes, drawn, motion_memory(sizes, rng(1), **how))
        return path[:, 1:, 3:].diff(dim=1).abs().mean().item()

    assert moves(0.1) < 0.8 * moves(1.0)
    assert moves(1.0, keeping=1.0) < 0.8 * moves(1.0)


def test_noise_hums_as_loudly_as_it_is_told_and_nothing_else_changes():
    loud, quiet = (
        draw_latents(5, 7, LatentSizes(content=3, motion=2, hum=hum), rng())
        for hum in (1.0, 0.1)
    )
    assert torch.equal(quiet.noise, 0.1 * loud.noise)
    for one, other in zip(loud[:3], quiet[:3], strict=True):
        assert torch.equal(one, other)


def test_a_memory_that_keeps_more_is_the_plain_one_but_for_one_gate():
    plain, keeping = (motion_memory(SMALL, rng(1), keeping=k) for k in (0.0, 1.0))
    assert torch.equal(keeping.weight_hh, plain.weight_hh)
    assert torch.equal(keeping.weight_ih, plain.weight_ih)
    assert torch.equal(keeping.bias_hh[2:4], plain.bias_hh[2:4] + 1)
    assert torch.equal(keeping.bias_hh[4:], plain.bias_hh[4:])
