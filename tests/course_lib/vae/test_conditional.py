"""The conditional VAE: dropped conditions are zero, given ones change the samples."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from course_lib.vae.clip_vae import ClipSizes
from course_lib.vae.conditional import (
    FRAME_FEATURES,
    Condition,
    ConditionalVAE,
    condition_on_class,
    condition_on_first_frame,
    conditional_elbo,
    drop_condition,
)

SMALL = ClipSizes(side=32, width=16, latent=4)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def model():
    return ConditionalVAE(SMALL, rng())


def frames(n=4):
    return torch.rand(n, 3, 32, 32, generator=rng(2)) * 2 - 1


def test_dropped_parts_of_the_embedding_are_zero(model):
    classes = torch.tensor([2, 0])
    embedding = model.embed(condition_on_class(classes, SMALL))
    assert embedding.shape == (2, 4 + FRAME_FEATURES)
    assert embedding[:, :4].tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]
    assert (embedding[:, 4:] == 0).all()
    embedding = model.embed(condition_on_first_frame(frames()))
    assert (embedding[:, :4] == 0).all() and (embedding[:, 4:] != 0).any(dim=1).all()


def test_each_part_is_dropped_independently_with_probability_one_half():
    first_frames = torch.zeros(4000, 3, 1, 1)
    condition = drop_condition(torch.zeros(4000).long(), first_frames, rng())
    assert condition.mask.unique().tolist() == [0, 1]
    assert (condition.mask.mean(dim=0) - 0.5).abs().max() < 0.04
    both = condition.mask.prod(dim=1).mean()  # 1/4 if independent
    assert abs(both - 0.25) < 0.04


def test_the_condition_changes_samples_with_the_same_noise(model):
    def sample(condition, seed=1):
        return model.sample(condition, rng(seed))

    square, circle = (condition_on_class(torch.tensor([c]), SMALL) for c in (0, 1))
    assert sample(square).shape == (1, 16, 3, 32, 32)
    assert not torch.allclose(sample(square), sample(circle))
    assert torch.equal(sample(square), sample(square))
    first_frame = condition_on_first_frame(frames(1))
    assert not torch.allclose(sample(first_frame), sample(square))


def test_frame_encoder_and_prior_get_gradients_from_the_elbo(model):
    clips = torch.rand(4, 16, 3, 32, 32, generator=rng(3)) * 2 - 1
    mask = torch.tensor([[1.0, 0], [0, 1], [1, 1], [0, 0]])
    condition = Condition(torch.tensor([0, 1, 2, 3]), clips[:, 0], mask)
    terms = conditional_elbo(model, clips, condition, rng())
    (-terms.bound.mean()).backward()
    networks = (model.frame_encoder, model.prior_network)
    weights = [w for network in networks for w in network.parameters()]
    assert all(w.grad is not None and w.grad.abs().sum() > 0 for w in weights)


@torch.no_grad()
def test_the_kl_is_that_from_posterior_to_conditional_prior(model):
    clips = torch.rand(2, 16, 3, 32, 32, generator=rng(3)) * 2 - 1
    condition = condition_on_class(torch.tensor([1, 3]), SMALL)
    terms = conditional_elbo(model, clips, condition, rng())
    embedding = model.embed(condition)
    gaussians = (model.vae.encoder(clips, embedding), model.prior(embedding))
    q, p = (Normal(mu, (logvar / 2).exp()) for mu, logvar in gaussians)
    torch.testing.assert_close(terms.kl, kl_divergence(q, p).sum(dim=1))
