"""Gaussians: KL and log density against torch and quadrature; samples; clamping."""

import math

import pytest
import torch
from scipy import stats
from scipy.integrate import quad
from torch.distributions import Normal, kl_divergence

from course_lib.vae.gaussian import (
    gaussian_from_output,
    kl_between,
    kl_to_standard_normal,
    log_density,
    reparameterize,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.float64)


def pair(seed=0, n=5, latents=3):
    """mu and logvar of q, then of p."""
    return noise(seed, 4, n, latents).unbind()


def normal(mu, logvar):
    return Normal(mu, (logvar / 2).exp())


def test_an_output_is_split_into_means_and_clamped_log_variances():
    output = torch.tensor([[1.0, -20.0, 99.0, -99.0]])
    mu, logvar = gaussian_from_output(output)
    assert mu.tolist() == [[1.0, -20.0]]
    assert logvar.tolist() == [[4.0, -12.0]]


def test_kl_of_a_shifted_and_of_a_wider_gaussian_by_hand():
    mu, logvar = torch.tensor([[3.0], [0.0]]), torch.tensor([[0.0], [math.log(4)]])
    kl = kl_to_standard_normal(mu, logvar)
    assert torch.allclose(kl, torch.tensor([4.5, 1.5 - math.log(2)]))


def test_kl_between_equal_gaussians_is_0():
    zeros = torch.zeros(4, 3)
    assert (kl_to_standard_normal(zeros, zeros) == 0).all()
    mu, logvar, *_ = pair(1)
    assert (kl_between(mu, logvar, mu, logvar) == 0).all()


def test_both_kls_agree_with_torch_in_values_and_gradients():
    both = [part.requires_grad_() for part in pair(2)]
    q, p, standard = normal(*both[:2]), normal(*both[2:]), Normal(0.0, 1.0)
    for actual, expected, parameters in (
        (kl_between(*both), kl_divergence(q, p), both),
        (kl_to_standard_normal(*both[:2]), kl_divergence(q, standard), both[:2]),
    ):
        assert torch.allclose(actual, expected.sum(1))
        gradients = (
            torch.autograd.grad(kl.sum(), parameters, retain_graph=True)
            for kl in (actual, expected)
        )
        assert torch.allclose(*map(torch.stack, gradients))


def test_kl_is_the_mean_log_ratio_by_quadrature():
    both = pair(3, n=1, latents=1)
    q, p = (
        stats.norm(part.mean, part.stddev)
        for part in (normal(*both[:2]), normal(*both[2:]))
    )

    def integrand(z):
        return (q.pdf(z) * (q.logpdf(z) - p.logpdf(z))).item()

    expected = quad(integrand, -15, 15)[0]
    assert math.isclose(kl_between(*both).item(), expected, rel_tol=1e-9)


def test_kl_between_with_a_standard_normal_is_kl_to_standard_normal():
    mu, logvar, *_ = pair(4)
    zero = torch.zeros_like(mu)
    kl = kl_between(mu, logvar, zero, zero)
    assert torch.allclose(kl, kl_to_standard_normal(mu, logvar))


def test_kl_is_additive_over_latent_axes():
    both = pair(5)
    twice = [torch.cat((part, part), dim=1) for part in both]
    assert torch.allclose(kl_between(*twice), 2 * kl_between(*both))
    single = kl_to_standard_normal(*both[:2])
    assert torch.allclose(kl_to_standard_normal(*twice[:2]), 2 * single)


def test_the_kl_of_a_clip_depends_on_no_other_clip():
    both = pair(6)
    single = torch.cat(
        [kl_between(*(part[i : i + 1] for part in both)) for i in range(5)]
    )
    assert torch.allclose(kl_between(*both), single)


def test_kl_is_invariant_to_affine_maps_and_not_symmetric():
    mu_q, logvar_q, mu_p, logvar_p = both = pair(7)
    mapped_q = (3 * mu_q + 1, logvar_q + 2 * math.log(3))
    mapped_p = (3 * mu_p + 1, logvar_p + 2 * math.log(3))
    assert torch.allclose(kl_between(*mapped_q, *mapped_p), kl_between(*both))
    reverse = kl_between(mu_p, logvar_p, mu_q, logvar_q)
    assert not torch.allclose(reverse, kl_between(*both), rtol=0.1)


def test_kl_is_positive():
    assert (kl_between(*pair(8, n=1000)) > 0).all()
    assert (kl_to_standard_normal(*pair(9, n=1000)[:2]) > 0).all()


def test_samples_have_the_requested_distribution():
    mu, logvar = torch.tensor([[-1.0, 2.0]]), torch.tensor([[-2.0, 1.5]])
    n = 20_000
    z = reparameterize(mu.expand(n, 2), logvar.expand(n, 2), rng())
    for axis in range(2):
        scale = math.exp(logvar[0, axis] / 2)
        expected = stats.norm(mu[0, axis].item(), scale)
        assert stats.kstest(z[:, axis].numpy(), expected.cdf).pvalue > 1e-3


def test_noise_is_independent_between_clips_and_axes():
    n = 20_000
    eps = reparameterize(torch.zeros(n, 3), torch.zeros(n, 3), rng())
    assert eps.unique().numel() > 0.99 * eps.numel()
    assert (torch.corrcoef(eps.T) - torch.eye(3)).abs().max() < 4 / n**0.5
    of_neighbours = torch.corrcoef(torch.stack((eps[1:, 0], eps[:-1, 0])))
    assert of_neighbours[0, 1].abs() < 4 / n**0.5


def test_samples_are_differentiable_in_mu_and_logvar():
    mu, logvar = (part.requires_grad_() for part in pair(10)[:2])
    z = reparameterize(mu, logvar, rng())
    weights = noise(11, *z.shape)
    of_mu, of_logvar = torch.autograd.grad((z * weights).sum(), (mu, logvar))
    assert torch.allclose(of_mu, weights)
    assert torch.allclose(of_logvar, weights * (z - mu) / 2)  # sigma eps / 2


def test_samples_are_reproducible_and_keep_the_dtype():
    mu, logvar, *_ = pair(12)
    first, again, other = (reparameterize(mu, logvar, rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.dtype == torch.float64
    assert reparameterize(mu.float(), logvar.float(), rng()).dtype == torch.float32


def test_a_sample_with_variance_0_is_the_mean():
    mu = noise(13, 4, 3)
    assert torch.equal(reparameterize(mu, torch.full_like(mu, -math.inf), rng()), mu)


def test_log_density_agrees_with_torch_in_values_and_gradients():
    x, mean = (part.requires_grad_() for part in noise(14, 2, 3, 4, 1, 5, 6).unbind())
    sigma = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    actual = log_density(x, mean, sigma)
    expected = Normal(mean, sigma).log_prob(x).flatten(1).sum(1)
    assert actual.shape == (3,)
    assert torch.allclose(actual, expected)
    gradients = (
        torch.autograd.grad(value.sum(), [x, mean, sigma])
        for value in (actual, expected)
    )
    for of_actual, of_expected in zip(*gradients, strict=True):
        assert torch.allclose(of_actual, of_expected)


def test_the_density_integrates_to_1():
    mean, sigma = torch.tensor([[0.3]]).double(), 0.1

    def density(x):
        return log_density(torch.full_like(mean, x), mean, sigma).exp().item()

    assert abs(quad(density, -1, 2, points=[0.3])[0] - 1) < 1e-9
    assert density(0.3) > 3.9


def test_the_optimal_sigma_is_the_root_of_the_mean_squared_error():
    x, mean = noise(15, 2, 1, 6, 7)
    best = (x - mean).square().mean().sqrt().requires_grad_()
    value = log_density(x, mean, best).sum()
    (gradient,) = torch.autograd.grad(value, best)
    assert abs(gradient.item()) < 1e-9
    for other in (0.9 * best.item(), 1.1 * best.item()):
        assert log_density(x, mean, other).sum() < value


def test_log_density_is_additive_over_time():
    first, second, mean = noise(16, 3, 2, 4, 1, 3, 3)
    joined = log_density(torch.cat((first, second), 1), torch.cat((mean, mean), 1), 0.5)
    parts = log_density(first, mean, 0.5) + log_density(second, mean, 0.5)
    assert torch.allclose(joined, parts)


@pytest.mark.parametrize("sigma", [0.0, -0.5, math.nan])
def test_a_sigma_not_above_0_raises_an_error(sigma):
    with pytest.raises(ValueError, match="sigma is a standard deviation, above 0"):
        log_density(torch.zeros(2, 3), torch.zeros(2, 3), sigma)


def test_a_tensor_of_sigmas_is_broadcast_over_the_last_axes():
    x, mean = noise(11, 4, 2, 3, 5), noise(12, 4, 2, 3, 5)
    for shape in ((3, 5), (2, 1, 5), (2, 3, 5)):
        sigma = noise(13, *shape).exp()
        expected = Normal(mean, sigma).log_prob(x).flatten(1).sum(dim=1)
        torch.testing.assert_close(log_density(x, mean, sigma), expected)
    with pytest.raises(ValueError, match="above 0"):
        log_density(x, mean, torch.tensor([1.0, 1, 0, 1, 1]))


def test_squares_of_bytes_do_not_go_around_at_256():
    mu, logvar = torch.tensor([[20, 3]]), torch.tensor([[0, 0]])
    assert kl_to_standard_normal(mu.byte(), logvar.byte()).item() == 409 / 2
    zero = torch.zeros_like(mu)
    found = kl_between(zero.byte(), logvar.byte(), mu.byte(), logvar.byte())
    assert found.item() == 409 / 2
    found = log_density(zero.byte(), mu.byte(), 0.5)
    expected = Normal(mu.double(), 0.5).log_prob(zero.double()).sum()
    assert found.item() == pytest.approx(expected.item())


def test_a_price_in_half_precision_is_that_of_the_same_numbers_in_single():
    """exp(11.2) is beyond 65504, the largest of half precision."""
    mu, logvar = torch.full((1, 2), 3.0), torch.full((1, 2), 11.2).half()
    expected = kl_to_standard_normal(mu, logvar.float())
    torch.testing.assert_close(kl_to_standard_normal(mu.half(), logvar), expected)
    x = torch.full((1, 3, 64, 64), 5.0)
    found = log_density(x.half(), torch.zeros_like(x).half(), 0.5)
    torch.testing.assert_close(found, log_density(x, torch.zeros_like(x), 0.5))
