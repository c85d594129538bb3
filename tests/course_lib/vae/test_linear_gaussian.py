"""A line with Gaussian noise: evidence and posterior by scipy, on a grid, by Bayes."""

import numpy as np
import torch
from scipy.stats import multivariate_normal
from torch.distributions import MultivariateNormal, Normal

from course_lib.vae.linear_gaussian import (
    LinearGaussian,
    decode,
    log_evidence,
    posterior,
)


def noise(seed, *shape):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def line(seed=0, latents=2, axes=4, sigma=0.8):
    return LinearGaussian(noise(seed, axes, latents), noise(seed + 50, axes), sigma)


def joint(model, x, z):
    """log p(x, z), (point of z, x): by torch.distributions."""
    shown = Normal(decode(model, z).unsqueeze(1), model.sigma).log_prob(x).sum(2)
    return shown + Normal(0, 1).log_prob(z).sum(1, keepdim=True)


def grid(latents, reach=9.0, step=0.05):
    ticks = torch.arange(-reach, reach, step, dtype=torch.float64)
    return torch.cartesian_prod(*[ticks] * latents).view(-1, latents), step**latents


def test_the_evidence_is_scipy_s():
    model, x = line(), 2 * noise(1, 7, 4)
    spread = model.weight @ model.weight.T + model.sigma**2 * torch.eye(4).double()
    needed = multivariate_normal(model.bias.numpy(), spread.numpy()).logpdf(x.numpy())
    assert np.allclose(log_evidence(model, x), needed, rtol=0, atol=1e-10)


def test_the_evidence_is_what_all_codes_together_explain():
    for latents in (1, 2):
        model, x = line(2, latents), noise(3, 3, 4)
        z, area = grid(latents)
        summed = joint(model, x, z).logsumexp(0) + np.log(area)
        assert torch.allclose(log_evidence(model, x), summed, rtol=0, atol=1e-10)


def test_by_bayes_no_code_disagrees_about_the_evidence():
    model, x, z = line(4), noise(5, 1, 4), 3 * noise(6, 50, 2)
    true = posterior(model, x)
    law = MultivariateNormal(true.mean[0], true.covariance)
    found = joint(model, x, z)[:, 0] - law.log_prob(z)
    assert torch.allclose(found, log_evidence(model, x).expand(50), rtol=0, atol=1e-10)


def test_the_posterior_has_the_moments_of_all_codes_weighed_by_what_they_explain():
    model, x = line(7), noise(8, 3, 4)
    z, _ = grid(2)
    shares = joint(model, x, z).softmax(0)
    mean = shares.T @ z
    assert torch.allclose(posterior(model, x).mean, mean, rtol=0, atol=1e-10)
    for i in range(3):  # one covariance for all
        apart = z - mean[i]
        spread = (shares[:, i, None] * apart).T @ apart
        assert torch.allclose(posterior(model, x).covariance, spread, atol=1e-10)


def test_the_posterior_is_the_joint_law_cut_at_x():
    """By the other formula, whose inverse has the size of x, not of z."""
    model, x = line(9, latents=3, axes=5), noise(10, 4, 5)
    spread = model.weight @ model.weight.T + model.sigma**2 * torch.eye(5).double()
    gain = model.weight.T @ torch.linalg.inv(spread)
    true = posterior(model, x)
    assert torch.allclose(true.mean, (x - model.bias) @ gain.T)
    assert torch.allclose(true.covariance, torch.eye(3).double() - gain @ model.weight)


def test_a_decoder_that_ignores_its_code_leaves_the_prior():
    model, x = line()._replace(weight=torch.zeros(4, 2).double()), noise(11, 3, 4)
    true = posterior(model, x)
    assert torch.equal(true.mean, torch.zeros(3, 2).double())
    assert torch.equal(true.covariance, torch.eye(2).double())
    needed = Normal(model.bias, model.sigma).log_prob(x).sum(1)
    assert torch.allclose(log_evidence(model, x), needed)


def test_without_noise_the_code_that_was_drawn_comes_back():
    model, z = line(12, sigma=1e-4), noise(13, 3, 2)
    true = posterior(model, decode(model, z))
    assert torch.allclose(true.mean, z, atol=1e-6)
    assert true.covariance.abs().max() < 1e-6


def test_turning_the_code_changes_no_clip_s_probability():
    model, x = line(14), noise(15, 3, 4)
    turned = model._replace(weight=model.weight @ torch.linalg.qr(noise(16, 2, 2)).Q)
    assert torch.allclose(log_evidence(turned, x), log_evidence(model, x))
    assert not torch.allclose(posterior(turned, x).mean, posterior(model, x).mean)


def test_what_the_line_draws_has_the_variance_that_the_evidence_knows():
    model, n = line(17), 200_000
    x = decode(model, noise(18, n, 2)) + model.sigma * noise(19, n, 4)
    spread = model.weight @ model.weight.T + model.sigma**2 * torch.eye(4).double()
    entropy = MultivariateNormal(model.bias, spread).entropy()
    surprise = -log_evidence(model, x)  # its mean over x is the entropy
    assert abs(surprise.mean() - entropy) < 4 * surprise.std() / n**0.5
