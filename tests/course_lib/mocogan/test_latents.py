"""Latent paths: constant content, a motion code from a GRU, and the category."""

import pytest
import torch
from torch import nn

from course_lib.mocogan.latents import (
    LatentSizes,
    build_motion_rnn,
    latent_path,
    latent_path_as_released,
    one_hot,
    sample_latents,
)

SMALL = LatentSizes(content=3, motion=2, categories=4)
RELEASED = LatentSizes(content=3, motion=2, categories=4, category_in_motion=False)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def path_of(sizes, latents, motion_rnn=None):
    motion_rnn = motion_rnn or build_motion_rnn(sizes, rng(1))
    build = latent_path if sizes.category_in_motion else latent_path_as_released
    return build(latents, motion_rnn, sizes.categories)


def test_the_paper_s_motion_rnn_has_660_parameters():
    released = build_motion_rnn(LatentSizes(category_in_motion=False), rng())
    assert sum(w.numel() for w in released.parameters()) == 660
    conditional = build_motion_rnn(LatentSizes(), rng())
    n_gates, motion, categories = 3, 10, 2
    expected = 660 + n_gates * motion * categories
    assert sum(w.numel() for w in conditional.parameters()) == expected


def test_the_content_code_is_constant_and_the_motion_code_changes():
    path = path_of(SMALL, sample_latents(5, 7, SMALL, rng()))
    assert path.shape == (5, 7, SMALL.latent) == (5, 7, 5)
    assert (path[:, :, :3] == path[:, :1, :3]).all()
    assert (path[:, 1:, 3:] != path[:, :-1, 3:]).all()
    assert path[:, :, 3:].std() > 0.1


def test_the_motion_code_equals_the_output_of_torch_gru():
    latents = sample_latents(5, 7, SMALL, rng())
    motion_rnn = build_motion_rnn(SMALL, rng(1))
    gru = nn.GRU(6, 2, batch_first=True)
    gru.load_state_dict({f"{k}_l0": v for k, v in motion_rnn.state_dict().items()})
    condition = nn.functional.one_hot(latents.category, 4)[:, None].expand(-1, 7, -1)
    inputs = torch.cat((latents.noise, condition), 2)
    expected, _ = gru(inputs, latents.initial_state[None])
    torch.testing.assert_close(path_of(SMALL, latents, motion_rnn)[:, :, 3:], expected)


def test_the_category_changes_the_motion_in_the_paper_and_the_static_part_as_released():
    latents = sample_latents(5, 7, SMALL, rng())
    other_category = latents._replace(category=(latents.category + 1) % 4)
    paper, other = (path_of(SMALL, x) for x in (latents, other_category))
    assert (paper[:, :, :3] == other[:, :, :3]).all()
    assert (paper[:, :, 3:] != other[:, :, 3:]).all()
    released, other = (path_of(RELEASED, x) for x in (latents, other_category))
    assert released.shape == (5, 7, 3 + 4 + 2)
    assert (released[:, :, 7:] == other[:, :, 7:]).all()
    condition = torch.nn.functional.one_hot(latents.category, 4).float()
    assert (released[:, :, 3:7] == condition[:, None]).all()


def test_a_longer_path_begins_with_the_shorter_one():
    latents = sample_latents(2, 9, SMALL, rng())
    short = path_of(SMALL, latents._replace(noise=latents.noise[:, :4]))
    torch.testing.assert_close(path_of(SMALL, latents)[:, :4], short)


def test_a_clip_s_path_is_independent_of_the_other_clips():
    latents = sample_latents(4, 3, SMALL, rng())
    alone = path_of(SMALL, type(latents)(*(part[2:3] for part in latents)))
    torch.testing.assert_close(path_of(SMALL, latents)[2:3], alone)


def test_latents_are_standard_normal_and_categories_uniform():
    latents = sample_latents(4000, 4, SMALL, rng())
    for part in (latents.content, latents.initial_state, latents.noise):
        assert part.mean().abs() < 0.05 and (part.std() - 1).abs() < 0.05
    frequencies = torch.bincount(latents.category, minlength=4) / 4000
    assert (frequencies - 0.25).abs().max() < 0.03
    again, other = (sample_latents(4000, 4, SMALL, rng(s)) for s in (0, 1))
    assert all(torch.equal(*pair) for pair in zip(latents, again, strict=True))
    assert not any(torch.equal(*pair) for pair in zip(latents, other, strict=True))


def test_gradients_reach_all_latents_and_all_parameters():
    latents = sample_latents(3, 4, SMALL, rng())
    leaves = [latents.content, latents.initial_state, latents.noise]
    motion_rnn = build_motion_rnn(SMALL, rng(1))
    for leaf in leaves:
        leaf.requires_grad_()
    path_of(SMALL, latents, motion_rnn).square().sum().backward()
    for leaf in (*leaves, *motion_rnn.parameters()):
        assert leaf.grad is not None and leaf.grad.abs().sum() > 0


def test_one_hot_equals_torch_s_and_is_empty_without_columns():
    labels = torch.tensor([2, 0, 1])
    assert torch.equal(one_hot(labels, 4), nn.functional.one_hot(labels, 4).float())
    assert one_hot(labels, 0).shape == (3, 0)


@pytest.mark.parametrize("size", ["content", "motion", "categories"])
def test_every_size_changes_the_latents_or_the_motion_rnn(size):
    larger = LatentSizes(**{**SMALL.__dict__, size: 7})
    assert sample_latents(2, 3, larger, rng()).content.shape[1] == larger.content
    growth = larger.latent - SMALL.latent
    assert growth == (0 if size == "categories" else 7 - getattr(SMALL, size))
    expected = larger.motion + larger.categories
    assert build_motion_rnn(larger, rng()).input_size == expected


@pytest.mark.parametrize(("n", "n_frames"), [(0, 3), (3, 0)])
def test_no_clips_or_no_frames_are_rejected(n, n_frames):
    with pytest.raises(ValueError, match="at least 1 clip of 1 frame"):
        sample_latents(n, n_frames, SMALL, rng())


def test_less_noise_or_a_larger_update_gate_bias_makes_the_motion_smoother():
    def mean_step(noise_std, **arguments):
        sizes = LatentSizes(content=3, motion=2, categories=4, noise_std=noise_std)
        latents = sample_latents(200, 16, sizes, rng())
        motion_rnn = build_motion_rnn(sizes, rng(1), **arguments)
        path = path_of(sizes, latents, motion_rnn)
        return path[:, 1:, 3:].diff(dim=1).abs().mean().item()

    assert mean_step(0.1) < 0.8 * mean_step(1.0)
    assert mean_step(1.0, update_gate_bias=1.0) < 0.8 * mean_step(1.0)


def test_noise_std_scales_the_noise_and_changes_nothing_else():
    large, small = (
        sample_latents(5, 7, LatentSizes(content=3, motion=2, noise_std=std), rng())
        for std in (1.0, 0.1)
    )
    assert torch.equal(small.noise, 0.1 * large.noise)
    for one, other in zip(large[:3], small[:3], strict=True):
        assert torch.equal(one, other)


def test_update_gate_bias_changes_the_bias_of_the_update_gate_only():
    default, biased = (
        build_motion_rnn(SMALL, rng(1), update_gate_bias=bias) for bias in (0.0, 1.0)
    )
    assert torch.equal(biased.weight_hh, default.weight_hh)
    assert torch.equal(biased.weight_ih, default.weight_ih)
    assert torch.equal(biased.bias_hh[2:4], default.bias_hh[2:4] + 1)
    assert torch.equal(biased.bias_hh[4:], default.bias_hh[4:])
