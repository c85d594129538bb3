"""The ELBO of a sequence is a sum over frames; futures are sampled from the prior."""

import pytest
import torch

from course_lib.vae.gaussian import kl_between, log_density
from course_lib.vae.sampled_futures import sample_future, sequence_elbo
from course_lib.vae.sequential import SequenceSizes, SequentialVAE

SMALL = SequenceSizes(channels=1, side=16, block=8, width=6, gaussian_width=4, latent=3)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model():
    return SequentialVAE(SMALL, rng())


def clips(n=2, n_frames=5):
    return torch.rand(n, n_frames, 1, 16, 16, generator=rng(5)) * 2 - 1


def test_the_elbo_is_the_sum_over_steps(model):
    x, noise = clips(n_frames=3), rng(4)
    states = model.initial_states(x)
    first = model.posterior_step(states, x[:, 0], x[:, 1], noise)
    second = model.posterior_step(first.states, x[:, 1], x[:, 2], noise)
    terms = sequence_elbo(model, x, rng(4), n_context=2)
    likelihood = sum(
        log_density(x[:, t], step.frame, model.sigma)
        for t, step in ((1, first), (2, second))
    )
    kl = sum(kl_between(*step.posterior, *step.prior) for step in (first, second))
    torch.testing.assert_close(terms.log_likelihood, likelihood)
    torch.testing.assert_close(terms.kl, kl)
    assert (terms.kl >= 0).all()


def test_after_the_context_the_model_reads_its_decoded_frames(model):
    """With one frame of context, the second step reads the first step's frame."""
    x, noise = clips(n_frames=3), rng(4)
    states = model.initial_states(x)
    first = model.posterior_step(states, x[:, 0], x[:, 1], noise)
    second = model.posterior_step(first.states, first.frame, x[:, 2], noise)
    terms = sequence_elbo(model, x, rng(4), n_context=1)
    expected = kl_between(*first.posterior, *first.prior) + kl_between(
        *second.posterior, *second.prior
    )
    torch.testing.assert_close(terms.kl, expected)


def test_every_weight_gets_a_gradient_from_the_elbo(model):
    (-sequence_elbo(model, clips(), rng(1), n_context=2).bound.mean()).backward()
    assert all(
        p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters()
    )


def test_a_future_has_the_horizon_and_is_reproducible_by_the_generator(model):
    context = clips()[:, :3]
    first, again, other = (
        sample_future(model, context, 4, rng(seed)) for seed in (1, 1, 2)
    )
    assert first.shape == (2, 4, 1, 16, 16)
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_a_longer_future_starts_with_the_shorter_one(model):
    context = clips()[:, :3]
    short, long = (sample_future(model, context, n, rng(1)) for n in (2, 5))
    torch.testing.assert_close(long[:, :2], short)


def test_a_context_or_horizon_without_frames_raises_an_error(model):
    with pytest.raises(ValueError, match="at least 1 frame"):
        sample_future(model, clips()[:, :0], 3, rng())
    with pytest.raises(ValueError, match="at least 1 frame"):
        sample_future(model, clips(), 0, rng())
    for n_context in (0, 5):
        with pytest.raises(ValueError, match="from 1 to 4 for clips of 5 frames"):
            sequence_elbo(model, clips(), rng(), n_context=n_context)
