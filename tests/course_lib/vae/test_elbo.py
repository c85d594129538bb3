"""The bound: log p(x) to ten digits where it is known; rates, floors and warm-up."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from course_lib.vae.elbo import (
    SMALL_VARIANCE,
    Elbo,
    active_units,
    bits_per_dimension,
    elbo,
    free_bits,
    kl_of_units,
    sigma_of,
    warm_up,
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


def upright_line(latents, sigma=0.7):
    """A line whose posterior has independent axes: its columns meet at right angles."""
    turn = torch.linalg.qr(noise(latents, AXES, latents)).Q
    lengths = torch.tensor([1.5, 0.6])[:latents]
    return LinearGaussian(turn * lengths, noise(9, AXES), sigma)


def code_of(model, x):
    true = posterior(model, x)
    return true.mean, true.covariance.diag().log().expand_as(true.mean)


def averaged(model, x, mu, logvar):
    """The course's bound at weighed draws of z: exact, for it is a parabola in z."""
    nodes, shares = map(torch.from_numpy, np.polynomial.hermite_e.hermegauss(3))
    latents = mu.shape[1]
    places = torch.cartesian_prod(*[nodes] * latents).view(-1, latents)
    shares = torch.cartesian_prod(*[shares / shares.sum()] * latents)
    shares = shares.view(-1, latents).prod(1)
    bounds = [
        elbo(x, decode(model, mu + (logvar / 2).exp() * eps), mu, logvar, model.sigma)
        for eps in places
    ]
    return sum(w * part.bound for w, part in zip(shares, bounds, strict=True))


def in_closed_form(model, x, mu, logvar):
    """E log p(x | z) at the mean code, less what the spread of W z costs; less KL."""
    spread = logvar.exp() @ model.weight.square().sum(0) / (2 * model.sigma**2)
    explained = Normal(decode(model, mu), model.sigma).log_prob(x).sum(1) - spread
    return explained - kl_to_standard_normal(mu, logvar)


def on_a_grid(model, x, reach=9.0, step=0.05):
    latents = model.weight.shape[1]
    ticks = torch.arange(-reach, reach, step, dtype=torch.float64)
    z = torch.cartesian_prod(*[ticks] * latents).view(-1, latents)
    shown = Normal(decode(model, z).unsqueeze(1), model.sigma).log_prob(x).sum(2)
    together = shown + Normal(0, 1).log_prob(z).sum(1, keepdim=True)
    return together.logsumexp(0) + latents * math.log(step)


@pytest.mark.parametrize("latents", [1, 2])
@pytest.mark.parametrize("error", [0.0, 0.5])
def test_log_p_is_the_bound_plus_the_kl_to_the_true_posterior(latents, error):
    model, x = upright_line(latents), noise(1, CLIPS, AXES)
    true = code_of(model, x)
    mu, logvar = (part + error * noise(2, CLIPS, latents) for part in true)
    gap = kl_between(mu, logvar, *true)
    routes = (
        on_a_grid(model, x),
        averaged(model, x, mu, logvar) + gap,
        in_closed_form(model, x, mu, logvar) + gap,
    )
    for found in routes:
        assert torch.allclose(found, log_evidence(model, x), rtol=0, atol=1e-10)
    assert (gap == 0).all() if error == 0 else (gap > 0.01).all()


def test_at_the_true_posterior_a_small_change_of_the_code_changes_nothing():
    model, x = upright_line(2), noise(3, CLIPS, AXES)
    code = [part.clone().requires_grad_() for part in code_of(model, x)]
    slopes = torch.autograd.grad(averaged(model, x, *code).sum(), code)
    assert max(slope.abs().max() for slope in slopes) < 1e-12


def test_at_the_true_posterior_the_bound_pulls_the_decoder_as_log_p_does():
    model, x = upright_line(2), noise(3, CLIPS, AXES)
    code = [part.detach() for part in code_of(model, x)]  # held where it fits
    learnt = model.weight.requires_grad_(), model.bias.requires_grad_()
    one, other = (
        torch.autograd.grad(value.sum(), learnt)
        for value in (averaged(model, x, *code), log_evidence(model, x))
    )
    for mine, theirs in zip(one, other, strict=True):
        assert torch.allclose(mine, theirs)


def test_one_draw_s_bound_may_exceed_log_p_but_their_mean_does_not():
    model, x = upright_line(2), noise(4, 1, AXES)
    true = code_of(model, x)
    mu, logvar = (part + 0.5 for part in true)
    n = 20_000
    given = [part.expand(n, -1) for part in (x, mu, logvar)]
    z = given[1] + (given[2] / 2).exp() * noise(5, n, 2)
    bounds = elbo(given[0], decode(model, z), *given[1:], model.sigma).bound
    evidence = log_evidence(model, x)
    assert (bounds > evidence).any()
    gap = evidence - bounds.mean()
    assert abs(gap - kl_between(mu, logvar, *true)) < 4 * bounds.std() / n**0.5


def clip_and_code(seed=0, n=CLIPS):
    x, mean = noise(seed, 2, n, 4, 1, 3, 5)
    return x, mean, *noise(seed + 1, 2, n, 6)


def test_the_bound_is_what_is_explained_less_what_is_paid():
    x, mean, mu, logvar = clip_and_code()
    found = elbo(x, mean, mu, logvar, 0.5)
    assert torch.equal(found.log_likelihood, log_density(x, mean, 0.5))
    assert torch.equal(found.kl, kl_to_standard_normal(mu, logvar))
    assert torch.equal(found.bound, found.log_likelihood - found.kl)
    assert Elbo(torch.tensor([-3.0]), torch.tensor([2.0])).bound == -5


def test_each_clip_is_bounded_alone_and_a_clip_twice_as_long_counts_twice():
    given = clip_and_code(2)
    whole = elbo(*given, 0.5).bound
    alone = [
        elbo(*(part[i : i + 1] for part in given), 0.5).bound for i in range(CLIPS)
    ]
    assert torch.allclose(whole, torch.cat(alone))
    long = [torch.cat((part, part), dim=1) for part in given]
    assert torch.allclose(elbo(*long, 0.5).bound, 2 * whole)


def test_a_bound_without_a_sigma_is_refused():
    with pytest.raises(ValueError, match="standard deviation, above 0; got 0"):
        elbo(*clip_and_code(3), 0.0)


def test_a_standard_normal_number_costs_its_entropy_in_bits():
    x, n_axes = noise(4, 20_000, 5), 5
    bits = bits_per_dimension(-log_density(x, torch.zeros_like(x), 1.0), n_axes)
    entropy = math.log2(2 * math.pi * math.e) / 2
    assert abs(bits.mean() - entropy) < 4 * bits.std() / len(bits) ** 0.5


def test_pixels_up_to_255_cost_seven_bits_more_than_pixels_within_1():
    x, mean, *_ = clip_and_code(5)
    n_axes = x[0].numel()

    def bits(scale):
        nats = -log_density(scale * x, scale * mean, scale * 0.3)
        return bits_per_dimension(nats, n_axes)

    assert torch.allclose(bits(127.5) - bits(1.0), torch.tensor(6.9943).double())


def test_twice_the_pixels_are_twice_the_nats_and_no_more_bits_each():
    x, mean, *_ = clip_and_code(6)
    nats = -log_density(x, mean, 0.3)
    double = [torch.cat((part, part), 1) for part in (x, mean)]
    twice = bits_per_dimension(-log_density(*double, 0.3), 2 * x[0].numel())
    assert torch.allclose(twice, bits_per_dimension(nats, x[0].numel()))


def test_a_bare_beta_descends_the_bound_of_the_sigma_that_it_hides():
    given = [part.requires_grad_() for part in clip_and_code(7)]
    x, mean, mu, logvar = given
    beta, n_axes = 0.03, x[0].numel()
    bare = (x - mean).square().flatten(1).mean(1) + beta * kl_to_standard_normal(
        mu, logvar
    )
    bound = elbo(*given, sigma_of(beta, n_axes)).bound
    one, other = (
        torch.autograd.grad(loss.sum(), (mean, mu, logvar)) for loss in (bare, -bound)
    )
    for mine, theirs in zip(one, other, strict=True):
        assert torch.allclose(mine, beta * theirs)  # one direction, one factor


def test_a_beta_of_a_ten_thousandth_on_frames_of_64_is_a_variance_of_a_fifth():
    assert math.isclose(sigma_of(1e-4, 64 * 64) ** 2, 0.2048)


@pytest.mark.parametrize("beta", [0.0, -1.0, math.nan])
def test_a_beta_that_does_not_weigh_is_refused(beta):
    with pytest.raises(ValueError, match="above 0"):
        sigma_of(beta, 64)


def test_the_price_of_a_code_is_the_sum_over_its_axes():
    _, _, mu, logvar = clip_and_code(8)
    units = kl_of_units(mu, logvar)
    assert units.shape == mu.shape
    assert torch.allclose(units.sum(1), kl_to_standard_normal(mu, logvar))
    for axis in range(6):
        alone = kl_to_standard_normal(mu[:, axis, None], logvar[:, axis, None])
        assert torch.allclose(units[:, axis], alone)


def test_without_a_floor_nothing_is_free_and_the_slopes_are_the_price_s():
    code = [part.requires_grad_() for part in clip_and_code(9)[2:]]
    price, needed = (
        free_bits(kl_of_units(*code), 0.0),
        kl_to_standard_normal(*code).mean(),
    )
    assert torch.allclose(price, needed)
    one, other = (torch.autograd.grad(value, code) for value in (price, needed))
    assert torch.allclose(torch.stack(one), torch.stack(other))


def test_an_axis_below_the_floor_pays_it_and_feels_no_slope():
    units = torch.tensor([[0.1, 3.0], [0.3, 1.0]], requires_grad=True)
    price = free_bits(units, 0.5)
    assert torch.isclose(price, torch.tensor(0.5 + 2.0))
    (slope,) = torch.autograd.grad(price, units)
    assert slope.tolist() == [[0, 0.5], [0, 0.5]]


def test_the_floor_is_for_the_mean_over_clips_not_for_each_clip():
    units = torch.tensor([[0.0], [2.0]])
    assert free_bits(units, 0.5) == 1  # clip by clip it would be 1.25


def test_an_axis_is_active_if_its_mean_varies_between_clips():
    spread = torch.tensor([0.0, 0.9, 1.1, 30.0]) * SMALL_VARIANCE
    signs = torch.tensor([[1.0], [-1.0], [1.0], [-1.0]]) * 0.75**0.5  # a variance of 1
    mu = 5 + signs * spread.sqrt()  # a mean that all clips share says nothing
    assert active_units(mu) == 2
    assert active_units(mu.flip(0)) == 2
    assert active_units(torch.tensor([[0.0, 3.0], [0.0, 4.0]])) == 1  # two clips do
    assert active_units(torch.full((9, 3), 7.0)) == 0


def test_activity_of_one_clip_is_refused():
    with pytest.raises(ValueError, match="needs at least two"):
        active_units(torch.zeros(1, 3))


def test_the_weight_of_the_price_rises_along_a_line_and_stays():
    weights = [warm_up(step, 4) for step in range(7)]
    assert weights == [0, 0.25, 0.5, 0.75, 1, 1, 1]
    assert warm_up(0, 0) == 1  # no warm-up at all
