"""The linear Gaussian model: evidence and posterior against independent methods."""

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


def random_model(seed=0, latents=2, axes=4, sigma=0.8):
    return LinearGaussian(noise(seed, axes, latents), noise(seed + 50, axes), sigma)


def joint(model, x, z):
    """log p(x, z), (point of z, x), by torch.distributions."""
    likelihood = Normal(decode(model, z).unsqueeze(1), model.sigma).log_prob(x).sum(2)
    return likelihood + Normal(0, 1).log_prob(z).sum(1, keepdim=True)


def grid(latents, limit=9.0, step=0.05):
    ticks = torch.arange(-limit, limit, step, dtype=torch.float64)
    return torch.cartesian_prod(*[ticks] * latents).view(-1, latents), step**latents


def test_the_evidence_agrees_with_scipy():
    model, x = random_model(), 2 * noise(1, 7, 4)
    covariance = model.weight @ model.weight.T + model.sigma**2 * torch.eye(4).double()
    expected = multivariate_normal(model.bias.numpy(), covariance.numpy()).logpdf(
        x.numpy()
    )
    assert np.allclose(log_evidence(model, x), expected, rtol=0, atol=1e-10)


def test_the_evidence_is_the_integral_over_z():
    for latents in (1, 2):
        model, x = random_model(2, latents), noise(3, 3, 4)
        z, area = grid(latents)
        integral = joint(model, x, z).logsumexp(0) + np.log(area)
        assert torch.allclose(log_evidence(model, x), integral, rtol=0, atol=1e-10)


def test_joint_over_posterior_is_the_evidence_at_every_z():
    model, x, z = random_model(4), noise(5, 1, 4), 3 * noise(6, 50, 2)
    true = posterior(model, x)
    distribution = MultivariateNormal(true.mean[0], true.covariance)
    ratio = joint(model, x, z)[:, 0] - distribution.log_prob(z)
    assert torch.allclose(ratio, log_evidence(model, x).expand(50), rtol=0, atol=1e-10)


def test_the_posterior_has_the_moments_of_a_normalized_grid():
    model, x = random_model(7), noise(8, 3, 4)
    z, _ = grid(2)
    weights = joint(model, x, z).softmax(0)
    mean = weights.T @ z
    assert torch.allclose(posterior(model, x).mean, mean, rtol=0, atol=1e-10)
    for i in range(3):  # one covariance for all
        centred = z - mean[i]
        covariance = (weights[:, i, None] * centred).T @ centred
        assert torch.allclose(posterior(model, x).covariance, covariance, atol=1e-10)


def test_the_posterior_is_the_conditional_of_the_joint_gaussian():
    """By another formula, which inverts a matrix of the size of x, not of z."""
    model, x = random_model(9, latents=3, axes=5), noise(10, 4, 5)
    covariance = model.weight @ model.weight.T + model.sigma**2 * torch.eye(5).double()
    gain = model.weight.T @ torch.linalg.inv(covariance)
    true = posterior(model, x)
    assert torch.allclose(true.mean, (x - model.bias) @ gain.T)
    assert torch.allclose(true.covariance, torch.eye(3).double() - gain @ model.weight)


def test_with_zero_weights_the_posterior_is_the_prior():
    model, x = (
        random_model()._replace(weight=torch.zeros(4, 2).double()),
        noise(11, 3, 4),
    )
    true = posterior(model, x)
    assert torch.equal(true.mean, torch.zeros(3, 2).double())
    assert torch.equal(true.covariance, torch.eye(2).double())
    expected = Normal(model.bias, model.sigma).log_prob(x).sum(1)
    assert torch.allclose(log_evidence(model, x), expected)


def test_without_noise_the_posterior_mean_is_the_true_z():
    model, z = random_model(12, sigma=1e-4), noise(13, 3, 2)
    true = posterior(model, decode(model, z))
    assert torch.allclose(true.mean, z, atol=1e-6)
    assert true.covariance.abs().max() < 1e-6


def test_the_evidence_is_invariant_to_rotations_of_z():
    model, x = random_model(14), noise(15, 3, 4)
    rotated = model._replace(weight=model.weight @ torch.linalg.qr(noise(16, 2, 2)).Q)
    assert torch.allclose(log_evidence(rotated, x), log_evidence(model, x))
    assert not torch.allclose(posterior(rotated, x).mean, posterior(model, x).mean)


def test_the_mean_negative_log_evidence_of_samples_is_the_entropy():
    model, n = random_model(17), 200_000
    x = decode(model, noise(18, n, 2)) + model.sigma * noise(19, n, 4)
    covariance = model.weight @ model.weight.T + model.sigma**2 * torch.eye(4).double()
    entropy = MultivariateNormal(model.bias, covariance).entropy()
    nats = -log_evidence(model, x)
    assert abs(nats.mean() - entropy) < 4 * nats.std() / n**0.5
