"""The ELBO against exact log evidence; rates, free bits, active units, KL annealing."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from course_lib.vae.elbo import (
    MIN_ACTIVE_VARIANCE,
    Elbo,
    active_units,
    bits_per_dimension,
    elbo,
    free_bits,
    kl_per_unit,
    kl_weight,
    sigma_from_beta,
)
from course_lib.vae.gaussian import kl_between, kl_to_standard_normal, log_density
from course_lib.vae.linear_gaussian import (
    LinearGaussian,
    decode,
    log_evidence,
    posterior,
)

AXES, CLIPS = 4, 3


def noise(seed, *shape):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def orthogonal_model(latents, sigma=0.7):
    """A model with orthogonal columns, whose posterior has independent axes."""
    basis = torch.linalg.qr(noise(latents, AXES, latents)).Q
    lengths = torch.tensor([1.5, 0.6])[:latents]
    return LinearGaussian(basis * lengths, noise(9, AXES), sigma)


def exact_posterior(model, x):
    true = posterior(model, x)
    return true.mean, true.covariance.diag().log().expand_as(true.mean)


def elbo_by_quadrature(model, x, mu, logvar):
    """The course's ELBO at quadrature nodes: exact, because it is quadratic in z."""
    nodes, weights = map(torch.from_numpy, np.polynomial.hermite_e.hermegauss(3))
    latents = mu.shape[1]
    points = torch.cartesian_prod(*[nodes] * latents).view(-1, latents)
    weights = torch.cartesian_prod(*[weights / weights.sum()] * latents)
    weights = weights.view(-1, latents).prod(1)
    bounds = [
        elbo(x, decode(model, mu + (logvar / 2).exp() * eps), mu, logvar, model.sigma)
        for eps in points
    ]
    return sum(w * terms.bound for w, terms in zip(weights, bounds, strict=True))


def elbo_in_closed_form(model, x, mu, logvar):
    """log p(x | mu) minus the term of the variance of W z, minus the KL."""
    variance = logvar.exp() @ model.weight.square().sum(0) / (2 * model.sigma**2)
    log_likelihood = Normal(decode(model, mu), model.sigma).log_prob(x).sum(1)
    return log_likelihood - variance - kl_to_standard_normal(mu, logvar)


def evidence_on_a_grid(model, x, limit=9.0, step=0.05):
    latents = model.weight.shape[1]
    ticks = torch.arange(-limit, limit, step, dtype=torch.float64)
    z = torch.cartesian_prod(*[ticks] * latents).view(-1, latents)
    likelihood = Normal(decode(model, z).unsqueeze(1), model.sigma).log_prob(x).sum(2)
    joint = likelihood + Normal(0, 1).log_prob(z).sum(1, keepdim=True)
    return joint.logsumexp(0) + latents * math.log(step)


@pytest.mark.parametrize("latents", [1, 2])
@pytest.mark.parametrize("error", [0.0, 0.5])
def test_log_evidence_is_the_elbo_plus_the_kl_to_the_true_posterior(latents, error):
    model, x = orthogonal_model(latents), noise(1, CLIPS, AXES)
    true = exact_posterior(model, x)
    mu, logvar = (part + error * noise(2, CLIPS, latents) for part in true)
    gap = kl_between(mu, logvar, *true)
    methods = (
        evidence_on_a_grid(model, x),
        elbo_by_quadrature(model, x, mu, logvar) + gap,
        elbo_in_closed_form(model, x, mu, logvar) + gap,
    )
    for actual in methods:
        assert torch.allclose(actual, log_evidence(model, x), rtol=0, atol=1e-10)
    assert (gap == 0).all() if error == 0 else (gap > 0.01).all()


def test_the_elbo_is_stationary_at_the_true_posterior():
    model, x = orthogonal_model(2), noise(3, CLIPS, AXES)
    q = [part.clone().requires_grad_() for part in exact_posterior(model, x)]
    gradients = torch.autograd.grad(elbo_by_quadrature(model, x, *q).sum(), q)
    assert max(gradient.abs().max() for gradient in gradients) < 1e-12


def test_at_the_true_posterior_the_decoder_gets_the_gradient_of_log_evidence():
    model, x = orthogonal_model(2), noise(3, CLIPS, AXES)
    q = [part.detach() for part in exact_posterior(model, x)]
    parameters = model.weight.requires_grad_(), model.bias.requires_grad_()
    actual, expected = (
        torch.autograd.grad(value.sum(), parameters)
        for value in (elbo_by_quadrature(model, x, *q), log_evidence(model, x))
    )
    for pair in zip(actual, expected, strict=True):
        assert torch.allclose(*pair)


def test_the_elbo_of_one_sample_may_exceed_log_evidence_but_the_mean_does_not():
    model, x = orthogonal_model(2), noise(4, 1, AXES)
    true = exact_posterior(model, x)
    mu, logvar = (part + 0.5 for part in true)
    n = 20_000
    x_n, mu_n, logvar_n = (part.expand(n, -1) for part in (x, mu, logvar))
    z = mu_n + (logvar_n / 2).exp() * noise(5, n, 2)
    bounds = elbo(x_n, decode(model, z), mu_n, logvar_n, model.sigma).bound
    evidence = log_evidence(model, x)
    assert (bounds > evidence).any()
    gap = evidence - bounds.mean()
    assert abs(gap - kl_between(mu, logvar, *true)) < 4 * bounds.std() / n**0.5


def clip_and_posterior(seed=0, n=CLIPS):
    x, mean = noise(seed, 2, n, 4, 1, 3, 5)
    return x, mean, *noise(seed + 1, 2, n, 6)


def test_the_bound_is_log_likelihood_minus_kl():
    x, mean, mu, logvar = clip_and_posterior()
    terms = elbo(x, mean, mu, logvar, 0.5)
    assert torch.equal(terms.log_likelihood, log_density(x, mean, 0.5))
    assert torch.equal(terms.kl, kl_to_standard_normal(mu, logvar))
    assert torch.equal(terms.bound, terms.log_likelihood - terms.kl)
    assert Elbo(torch.tensor([-3.0]), torch.tensor([2.0])).bound == -5


def test_the_elbo_of_a_clip_depends_on_no_other_and_adds_up_over_time():
    arguments = clip_and_posterior(2)
    batch = elbo(*arguments, 0.5).bound
    single = [
        elbo(*(part[i : i + 1] for part in arguments), 0.5).bound for i in range(CLIPS)
    ]
    assert torch.allclose(batch, torch.cat(single))
    twice = [torch.cat((part, part), dim=1) for part in arguments]
    assert torch.allclose(elbo(*twice, 0.5).bound, 2 * batch)


def test_an_elbo_with_sigma_0_raises_an_error():
    with pytest.raises(ValueError, match="standard deviation, above 0; got 0"):
        elbo(*clip_and_posterior(3), 0.0)


def test_bits_of_standard_normal_numbers_are_their_entropy():
    x, n_axes = noise(4, 20_000, 5), 5
    bits = bits_per_dimension(-log_density(x, torch.zeros_like(x), 1.0), n_axes)
    entropy = math.log2(2 * math.pi * math.e) / 2
    assert abs(bits.mean() - entropy) < 4 * bits.std() / len(bits) ** 0.5


def test_pixels_up_to_255_have_seven_bits_more_than_pixels_within_1():
    x, mean, *_ = clip_and_posterior(5)
    n_axes = x[0].numel()

    def bits(scale):
        nats = -log_density(scale * x, scale * mean, scale * 0.3)
        return bits_per_dimension(nats, n_axes)

    assert torch.allclose(bits(127.5) - bits(1.0), torch.tensor(6.9943).double())


def test_bits_per_dimension_do_not_depend_on_the_number_of_pixels():
    x, mean, *_ = clip_and_posterior(6)
    nats = -log_density(x, mean, 0.3)
    double = [torch.cat((part, part), 1) for part in (x, mean)]
    twice = bits_per_dimension(-log_density(*double, 0.3), 2 * x[0].numel())
    assert torch.allclose(twice, bits_per_dimension(nats, x[0].numel()))


def test_a_beta_weighted_loss_has_the_gradient_of_the_elbo_with_the_hidden_sigma():
    arguments = [part.requires_grad_() for part in clip_and_posterior(7)]
    x, mean, mu, logvar = arguments
    beta, n_axes = 0.03, x[0].numel()
    beta_loss = (x - mean).square().flatten(1).mean(1) + beta * kl_to_standard_normal(
        mu, logvar
    )
    bound = elbo(*arguments, sigma_from_beta(beta, n_axes)).bound
    gradients = (
        torch.autograd.grad(loss.sum(), (mean, mu, logvar))
        for loss in (beta_loss, -bound)
    )
    for of_loss, of_elbo in zip(*gradients, strict=True):
        assert torch.allclose(of_loss, beta * of_elbo)  # the same up to a factor


def test_beta_1e_4_for_frames_of_64_by_64_is_a_variance_of_0_2():
    assert math.isclose(sigma_from_beta(1e-4, 64 * 64) ** 2, 0.2048)


@pytest.mark.parametrize("beta", [0.0, -1.0, math.nan])
def test_a_beta_not_above_0_raises_an_error(beta):
    with pytest.raises(ValueError, match="above 0"):
        sigma_from_beta(beta, 64)


def test_the_kl_is_the_sum_over_units():
    _, _, mu, logvar = clip_and_posterior(8)
    units = kl_per_unit(mu, logvar)
    assert units.shape == mu.shape
    assert torch.allclose(units.sum(1), kl_to_standard_normal(mu, logvar))
    for axis in range(6):
        single = kl_to_standard_normal(mu[:, axis, None], logvar[:, axis, None])
        assert torch.allclose(units[:, axis], single)


def test_with_floor_0_free_bits_are_the_plain_kl_with_its_gradients():
    posterior = [part.requires_grad_() for part in clip_and_posterior(9)[2:]]
    actual = free_bits(kl_per_unit(*posterior), 0.0)
    expected = kl_to_standard_normal(*posterior).mean()
    assert torch.allclose(actual, expected)
    gradients = (torch.autograd.grad(kl, posterior) for kl in (actual, expected))
    assert torch.allclose(*map(torch.stack, gradients))


def test_an_axis_below_the_floor_counts_as_the_floor_without_gradient():
    units = torch.tensor([[0.1, 3.0], [0.3, 1.0]], requires_grad=True)
    kl = free_bits(units, 0.5)
    assert torch.isclose(kl, torch.tensor(0.5 + 2.0))
    (gradient,) = torch.autograd.grad(kl, units)
    assert gradient.tolist() == [[0, 0.5], [0, 0.5]]


def test_the_floor_applies_to_the_mean_over_clips():
    units = torch.tensor([[0.0], [2.0]])
    assert free_bits(units, 0.5) == 1  # clip by clip it would be 1.25


def test_an_axis_is_active_if_its_mean_varies_between_clips():
    variance = torch.tensor([0.0, 0.9, 1.1, 30.0]) * MIN_ACTIVE_VARIANCE
    unit = torch.tensor([[1.0], [-1.0], [1.0], [-1.0]]) * 0.75**0.5  # a variance of 1
    mu = 5 + unit * variance.sqrt()  # the common mean 5 does not count
    assert active_units(mu) == 2
    assert active_units(mu.flip(0)) == 2
    assert (
        active_units(torch.tensor([[0.0, 3.0], [0.0, 4.0]])) == 1
    )  # two clips are enough
    assert active_units(torch.full((9, 3), 7.0)) == 0


def test_active_units_of_one_clip_raise_an_error():
    with pytest.raises(ValueError, match="at least two clips"):
        active_units(torch.zeros(1, 3))


def test_the_weight_of_the_kl_rises_linearly_to_1():
    weights = [kl_weight(step, 4) for step in range(7)]
    assert weights == [0, 0.25, 0.5, 0.75, 1, 1, 1]
    assert kl_weight(0, 0) == 1  # without warm-up
