"""Steps of the sequential VAE: what prior, posterior and decoder depend on."""

import pytest
import torch

from course_lib.vae.sequential import SequenceSizes, SequentialVAE

SMALL = SequenceSizes(channels=1, side=16, block=8, width=6, gaussian_width=4, latent=3)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model():
    return SequentialVAE(SMALL, rng())


def clips(n=2, n_frames=4):
    return torch.rand(n, n_frames, 1, 16, 16, generator=rng(5)) * 2 - 1


def test_a_posterior_step_returns_a_frame_and_both_gaussians(model):
    x = clips()
    states = model.initial_states(x)
    step = model.posterior_step(states, x[:, 0], x[:, 1], rng(1))
    assert step.frame.shape == (2, 1, 16, 16)
    assert step.prior.mu.shape == step.posterior.logvar.shape == (2, 3)
    assert step.frame.abs().max() <= 1


def test_the_posterior_depends_on_the_target_and_the_prior_does_not(model):
    x = clips()
    states = model.initial_states(x)
    one = model.posterior_step(states, x[:, 0], x[:, 1], rng(1))
    other = model.posterior_step(states, x[:, 0], x[:, 2], rng(1))
    assert torch.equal(one.prior.mu, other.prior.mu)
    assert not torch.equal(one.posterior.mu, other.posterior.mu)


def test_a_step_is_reproducible_by_the_generator(model):
    x = clips()
    states = model.initial_states(x)
    one, again = (
        model.posterior_step(states, x[:, 0], x[:, 1], rng(3)) for _ in range(2)
    )
    assert torch.equal(one.frame, again.frame)


def test_a_prior_step_decodes_a_sample_of_the_prior(model):
    x = clips()
    states = model.initial_states(x)
    _, frame = model.prior_step(states, x[:, 0], rng(2))
    _, other = model.prior_step(states, x[:, 0], rng(7))
    assert not torch.equal(frame, other)
    with torch.no_grad():  # a prior with a variance near 0
        model.prior.head.weight.zero_()
        model.prior.head.bias.copy_(torch.tensor([0.0] * 3 + [-50.0] * 3))
    frames = [model.prior_step(states, x[:, 0], rng(seed))[1] for seed in (2, 7)]
    torch.testing.assert_close(*frames, atol=2e-2, rtol=0)


def test_the_state_of_a_clip_depends_on_no_other_clip(model):
    x = clips(3)
    together = model.initial_states(x).posterior.h
    alone = model.initial_states(x[:1]).posterior.h
    torch.testing.assert_close(together[:1], alone, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(
    "size", ["channels", "block", "width", "gaussian_width", "latent"]
)
def test_every_size_changes_the_shapes_of_weights(size):
    sizes = {"channels": 2, "block": 4, "width": 8, "gaussian_width": 5, "latent": 4}

    def shapes(sizes):
        return [p.shape for p in SequentialVAE(sizes, rng()).parameters()]

    changed = SequenceSizes(**{**SMALL.__dict__, size: sizes[size]})
    assert shapes(changed) != shapes(SMALL)
