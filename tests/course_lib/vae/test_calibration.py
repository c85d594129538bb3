"""Calibrated sigma is the root of the mean squared error; latents are standardized."""

import math

import pytest
import torch
from torch.distributions import Normal

from course_lib.vae.calibration import calibrate_sigma, standardize_latents
from course_lib.vae.clip_vae import ClipSizes, ClipVAE
from course_lib.vae.gaussian import kl_to_standard_normal

SMALL = ClipSizes(channels=2, side=16, width=8, latent=3)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def clips(n=6):
    return torch.rand(n, 16, 2, 16, 16, generator=rng(9)) * 2 - 1


def posterior_mean(posterior):
    return posterior.mu


def calibrated_model(batches):
    return calibrate_sigma(ClipVAE(SMALL, rng()), batches, posterior_mean)


def test_variance_is_the_mean_squared_error_plus_the_square_of_the_minimum():
    model = calibrated_model([clips()])
    with torch.no_grad():
        errors = (clips() - model.decoder(model.encoder(clips()).mu)).square()
    expected = errors.mean(dim=(0, 2)).unsqueeze(1) + 0.03**2
    torch.testing.assert_close(model.sigma.square(), expected)


def test_batches_of_unequal_size_are_weighted_by_their_clips():
    unequal = calibrated_model([clips()[:1], clips()[1:]])
    torch.testing.assert_close(unequal.sigma, calibrated_model([clips()]).sigma)


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_another_sigma_has_a_lower_likelihood(factor):
    model = calibrated_model([clips()])
    with torch.no_grad():
        mean = model.decoder(model.encoder(clips()).mu)
        best = Normal(mean, model.raw_sigma).log_prob(clips()).sum()
        other = Normal(mean, factor * model.raw_sigma).log_prob(clips()).sum()
    assert best > other


def test_calibration_changes_sigma_and_no_weight():
    before, after = ClipVAE(SMALL, rng()), calibrated_model([clips()])
    for old, new in zip(before.parameters(), after.parameters(), strict=True):
        assert torch.equal(old, new)
    assert not torch.equal(before.raw_sigma, after.raw_sigma)


@pytest.fixture
def shifted():
    """A model whose latents are far from the prior, and two batches of clips."""
    model = ClipVAE(SMALL, rng())
    with torch.no_grad():
        model.encoder.head.bias[:3] += torch.tensor([4.0, 0.0, -9.0])
        model.encoder.head.weight[:3] *= 7
    return model, [clips(4), -clips(5)]


@torch.no_grad()
def test_latents_get_the_moments_of_the_prior_and_reconstructions_stay(shifted):
    model, batches = shifted
    before = [model.decoder(model.encoder(batch).mu) for batch in batches]
    standardize_latents(model, batches)
    posterior = model.encoder(torch.cat(batches))
    mean = posterior.mu.mean(dim=0)
    torch.testing.assert_close(mean, torch.zeros(3), atol=1e-5, rtol=0)
    within = posterior.logvar.exp().mean(dim=0)
    variance = posterior.mu.var(dim=0, correction=0) + within
    torch.testing.assert_close(variance, torch.ones(3))
    after = [model.decoder(model.encoder(batch).mu) for batch in batches]
    for old, new in zip(before, after, strict=True):
        torch.testing.assert_close(old, new, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_no_other_shift_or_scale_has_a_smaller_kl(shifted):
    model, batches = shifted
    mu, logvar = standardize_latents(model, batches).encoder(torch.cat(batches))
    best = kl_to_standard_normal(mu, logvar).mean()
    for shift, scale in ((0.1, 1.0), (-0.1, 1.0), (0.0, 1.1), (0.0, 0.9)):
        other = kl_to_standard_normal(
            scale * mu + shift, logvar + 2 * math.log(scale)
        ).mean()
        assert other > best


@pytest.mark.parametrize(
    "calibrate",
    [
        standardize_latents,
        lambda model, batches: calibrate_sigma(model, batches, posterior_mean),
    ],
)
def test_no_clip_raises_an_error(calibrate):
    with pytest.raises(ValueError, match="at least 1 clip"):
        calibrate(ClipVAE(SMALL, rng()), [])
