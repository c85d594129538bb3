"""A Gaussian fitted to an autoencoder's codes: its moments, its ELBO, samples."""

import pytest
import torch
from torch.distributions import MultivariateNormal

from course_lib.vae.autoencoder import (
    CodeDistribution,
    fit_code_distribution,
    negative_elbo,
    reconstruct,
    sample,
    select_code_distribution,
)
from course_lib.vae.clip_vae import ClipSizes, ClipVAE
from course_lib.vae.gaussian import log_density

SMALL = ClipSizes(channels=1, frames=16, side=16, width=8, latent=3)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model():
    return ClipVAE(SMALL, rng())


def clips(n=4):
    return torch.rand(n, 16, 1, 16, 16, generator=rng(2)) * 2 - 1


def test_mean_and_covariance_are_those_of_the_codes_plus_sigma_squared():
    root = torch.tensor([[2.0, 0.0], [1.0, 0.5]])
    codes = torch.randn(50_000, 2, generator=rng()) @ root.T + torch.tensor([3.0, -1])
    distribution = fit_code_distribution(codes, sigma=0.1)
    expected = (root @ root.T).double() + 0.01 * torch.eye(2).double()
    torch.testing.assert_close(distribution.covariance, expected, atol=0.05, rtol=0)
    torch.testing.assert_close(
        distribution.mean, torch.tensor([3.0, -1.0]).double(), atol=0.03, rtol=0
    )


def test_reconstruction_is_deterministic(model):
    assert torch.equal(reconstruct(model, clips()), reconstruct(model, clips()))


def test_negative_elbo_is_kl_minus_log_likelihood(model):
    """A decoder that ignores its code makes the log likelihood deterministic."""
    with torch.no_grad():
        for layer in model.decoder.latent_layers():
            layer.weight.zero_()
        variance = 2 * torch.eye(3).double()
        fitted = CodeDistribution(torch.zeros(3).double(), variance, 0.5)
        actual = negative_elbo(model, fitted, clips(), rng())
        code = model.encoder(clips()).mu.double()
    posterior = MultivariateNormal(code, 0.25 * torch.eye(3).double())
    prior = MultivariateNormal(fitted.mean, fitted.covariance)
    kl = torch.distributions.kl_divergence(posterior, prior)
    likelihood = log_density(clips(), model.decoder(code.float()), model.sigma)
    torch.testing.assert_close(actual, kl - likelihood.double().detach())


def test_samples_are_reproducible_by_the_generator(model):
    codes = torch.randn(50, 3, generator=rng())
    prior = fit_code_distribution(codes, sigma=0.1)
    first, again, other = (sample(model, prior, 2, rng(seed)) for seed in (1, 1, 2))
    assert first.shape == (2, 16, 1, 16, 16)
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_the_selected_sigma_has_the_best_elbo(model):
    codes = torch.randn(50, 3, generator=rng())
    sigmas = (0.1, 1.0, 10.0)
    selected = select_code_distribution(model, codes, clips(), rng(), sigmas)
    candidates = {s: fit_code_distribution(codes, sigma=s) for s in sigmas}
    losses = {
        sigma: negative_elbo(model, prior, clips(), rng()).mean()
        for sigma, prior in candidates.items()
    }
    assert selected.sigma in sigmas
    assert losses[selected.sigma] <= min(losses.values()) * 1.01


@pytest.mark.parametrize(("n", "sigma"), [(3, 0.1), (10, 0.0), (10, -1.0)])
def test_too_few_codes_and_sigma_not_above_0_raise_an_error(n, sigma):
    with pytest.raises(ValueError, match="more codes"):
        fit_code_distribution(torch.zeros(n, 3), sigma=sigma)
