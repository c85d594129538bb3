"""Three memories, one step: what is new in a frame, and who could know it."""

import pytest
import torch

from course_lib.vae.sequential import SequenceSizes, SequentialVAE

SMALL = SequenceSizes(channels=1, side=16, block=8, width=6, guess=4, latent=3)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model():
    return SequentialVAE(SMALL, rng())


def clips(n=2, n_frames=4):
    return torch.rand(n, n_frames, 1, 16, 16, generator=rng(5)) * 2 - 1


def test_a_step_names_a_frame_and_both_laws_of_its_code(model):
    x = clips()
    told = model.tell(model.start(x), x[:, 0], x[:, 1], rng(1))
    assert told.frame.shape == (2, 1, 16, 16)
    assert told.prior.mu.shape == told.posterior.logvar.shape == (2, 3)
    assert told.frame.abs().max() <= 1


def test_the_prior_has_not_seen_the_frame_and_the_posterior_has(model):
    x = clips()
    states = model.start(x)
    one = model.tell(states, x[:, 0], x[:, 1], rng(1))
    other = model.tell(states, x[:, 0], x[:, 2], rng(1))
    assert torch.equal(one.prior.mu, other.prior.mu)
    assert not torch.equal(one.posterior.mu, other.posterior.mu)


def test_asking_twice_answers_the_same(model):
    x = clips()
    states = model.start(x)
    one, again = (model.tell(states, x[:, 0], x[:, 1], rng(3)) for _ in range(2))
    assert torch.equal(one.frame, again.frame)


def test_a_dream_is_painted_from_the_prior_s_code(model):
    x = clips()
    states = model.start(x)
    _, frame = model.dream(states, x[:, 0], rng(2))
    _, other = model.dream(states, x[:, 0], rng(7))
    assert not torch.equal(frame, other)
    with torch.no_grad():  # a prior that is sure, whoever draws
        model.prior.head.weight.zero_()
        model.prior.head.bias.copy_(torch.tensor([0.0] * 3 + [-50.0] * 3))
    dreams = [model.dream(states, x[:, 0], rng(seed))[1] for seed in (2, 7)]
    torch.testing.assert_close(*dreams, atol=2e-2, rtol=0)


def test_the_states_of_one_clip_know_no_other(model):
    x = clips(3)
    together = model.start(x).posterior.h
    alone = model.start(x[:1]).posterior.h
    torch.testing.assert_close(together[:1], alone, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("size", ["channels", "block", "width", "guess", "latent"])
def test_every_size_changes_the_weights(size):
    larger = {"channels": 2, "block": 4, "width": 8, "guess": 5, "latent": 4}[size]

    def shapes(sizes):
        return [p.shape for p in SequentialVAE(sizes, rng()).parameters()]

    changed = SequenceSizes(**{**SMALL.__dict__, size: larger})
    assert shapes(changed) != shapes(SMALL)
