"""Gaussians: nats by torch, by quadrature and by hand; draws by their law."""

import math

import pytest
import torch
from scipy import stats
from scipy.integrate import quad
from torch.distributions import Normal, kl_divergence

from course_lib.vae.gaussian import (
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


def law(mu, logvar):
    return Normal(mu, (logvar / 2).exp())


def test_the_price_of_a_shift_is_half_its_square_and_of_a_width_what_the_hand_says():
    mu, logvar = torch.tensor([[3.0], [0.0]]), torch.tensor([[0.0], [math.log(4)]])
    found = kl_to_standard_normal(mu, logvar)
    assert torch.allclose(found, torch.tensor([4.5, 1.5 - math.log(2)]))


def test_a_code_that_says_nothing_costs_nothing():
    nothing = torch.zeros(4, 3)
    assert (kl_to_standard_normal(nothing, nothing) == 0).all()
    mu, logvar, *_ = pair(1)
    assert (kl_between(mu, logvar, mu, logvar) == 0).all()


def test_both_prices_agree_with_torch_in_values_and_slopes():
    given = [part.requires_grad_() for part in pair(2)]
    q, p, standard = law(*given[:2]), law(*given[2:]), Normal(0.0, 1.0)
    for found, needed, learnt in (
        (kl_between(*given), kl_divergence(q, p), given),
        (kl_to_standard_normal(*given[:2]), kl_divergence(q, standard), given[:2]),
    ):
        assert torch.allclose(found, needed.sum(1))
        mine, theirs = (
            torch.autograd.grad(price.sum(), learnt, retain_graph=True)
            for price in (found, needed)
        )
        assert torch.allclose(torch.stack(mine), torch.stack(theirs))


def test_a_price_is_the_mean_of_a_log_ratio():
    given = pair(3, n=1, latents=1)
    q, p = (
        stats.norm(part.mean, part.stddev)
        for part in (law(*given[:2]), law(*given[2:]))
    )

    def weighed(z):
        return (q.pdf(z) * (q.logpdf(z) - p.logpdf(z))).item()

    ratio = quad(weighed, -15, 15)[0]
    assert math.isclose(kl_between(*given).item(), ratio, rel_tol=1e-9)


def test_the_standard_normal_is_one_other_law_among_many():
    mu, logvar, *_ = pair(4)
    zero = torch.zeros_like(mu)
    found = kl_between(mu, logvar, zero, zero)
    assert torch.allclose(found, kl_to_standard_normal(mu, logvar))


def test_a_code_of_twice_the_axes_costs_twice_as_much():
    given = pair(5)
    twice = [torch.cat((part, part), dim=1) for part in given]
    assert torch.allclose(kl_between(*twice), 2 * kl_between(*given))
    mine = kl_to_standard_normal(*given[:2])
    assert torch.allclose(kl_to_standard_normal(*twice[:2]), 2 * mine)


def test_each_clip_pays_for_its_own_code_only():
    given = pair(6)
    alone = torch.cat(
        [kl_between(*(part[i : i + 1] for part in given)) for i in range(5)]
    )
    assert torch.allclose(kl_between(*given), alone)


def test_units_do_not_matter_to_the_price_but_sides_do():
    mu_q, logvar_q, mu_p, logvar_p = given = pair(7)
    metres = (3 * mu_q + 1, logvar_q + 2 * math.log(3))
    others = (3 * mu_p + 1, logvar_p + 2 * math.log(3))
    assert torch.allclose(kl_between(*metres, *others), kl_between(*given))
    swapped = kl_between(mu_p, logvar_p, mu_q, logvar_q)
    assert not torch.allclose(swapped, kl_between(*given), rtol=0.1)


def test_no_price_is_negative():
    assert (kl_between(*pair(8, n=1000)) > 0).all()
    assert (kl_to_standard_normal(*pair(9, n=1000)[:2]) > 0).all()


def test_draws_follow_the_law_that_was_asked_for():
    mu, logvar = torch.tensor([[-1.0, 2.0]]), torch.tensor([[-2.0, 1.5]])
    n = 20_000
    z = reparameterize(mu.expand(n, 2), logvar.expand(n, 2), rng())
    for axis in range(2):
        scale = math.exp(logvar[0, axis] / 2)
        expected = stats.norm(mu[0, axis].item(), scale)
        assert stats.kstest(z[:, axis].numpy(), expected.cdf).pvalue > 1e-3


def test_every_clip_and_every_axis_has_noise_of_its_own():
    n = 20_000
    eps = reparameterize(torch.zeros(n, 3), torch.zeros(n, 3), rng())
    assert eps.unique().numel() > 0.99 * eps.numel()
    assert (torch.corrcoef(eps.T) - torch.eye(3)).abs().max() < 4 / n**0.5
    following = torch.corrcoef(torch.stack((eps[1:, 0], eps[:-1, 0])))
    assert following[0, 1].abs() < 4 / n**0.5


def test_what_is_learnt_moves_every_draw_in_a_plain_way():
    mu, logvar = (part.requires_grad_() for part in pair(10)[:2])
    z = reparameterize(mu, logvar, rng())
    weigh = noise(11, *z.shape)
    along_mu, along_logvar = torch.autograd.grad((z * weigh).sum(), (mu, logvar))
    assert torch.allclose(along_mu, weigh)
    assert torch.allclose(along_logvar, weigh * (z - mu) / 2)  # sigma eps / 2


def test_one_seed_draws_one_code_of_any_precision():
    mu, logvar, *_ = pair(12)
    first, again, other = (reparameterize(mu, logvar, rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.dtype == torch.float64
    assert reparameterize(mu.float(), logvar.float(), rng()).dtype == torch.float32


def test_a_code_without_doubt_is_its_mean():
    mu = noise(13, 4, 3)
    assert torch.equal(reparameterize(mu, torch.full_like(mu, -math.inf), rng()), mu)


def test_log_density_is_torch_s_summed_over_a_whole_clip_in_values_and_slopes():
    given = [part.requires_grad_() for part in noise(14, 2, 3, 4, 1, 5, 6).unbind()]
    sigma = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    found = log_density(*given, sigma)
    needed = Normal(given[1], sigma).log_prob(given[0]).flatten(1).sum(1)
    assert found.shape == (3,)
    assert torch.allclose(found, needed)
    for mine, theirs in zip(
        *(torch.autograd.grad(v.sum(), [*given, sigma]) for v in (found, needed)),
        strict=True,
    ):
        assert torch.allclose(mine, theirs)


def test_a_density_integrates_to_1_also_where_it_is_above_1():
    mean, sigma = torch.tensor([[0.3]]).double(), 0.1

    def density(x):
        return log_density(torch.full_like(mean, x), mean, sigma).exp().item()

    assert abs(quad(density, -1, 2, points=[0.3])[0] - 1) < 1e-9
    assert density(0.3) > 3.9


def test_the_sigma_that_fits_best_is_the_root_of_the_mean_squared_error():
    x, mean = noise(15, 2, 1, 6, 7)
    best = (x - mean).square().mean().sqrt().requires_grad_()
    value = log_density(x, mean, best).sum()
    (slope,) = torch.autograd.grad(value, best)
    assert abs(slope.item()) < 1e-9  # sigma can be learnt, and rests here
    for other in (0.9 * best.item(), 1.1 * best.item()):
        assert log_density(x, mean, other).sum() < value


def test_two_clips_in_a_row_are_as_likely_as_both():
    first, second, mean = noise(16, 3, 2, 4, 1, 3, 3)
    joined = log_density(torch.cat((first, second), 1), torch.cat((mean, mean), 1), 0.5)
    parts = log_density(first, mean, 0.5) + log_density(second, mean, 0.5)
    assert torch.allclose(joined, parts)


@pytest.mark.parametrize("sigma", [0.0, -0.5, math.nan])
def test_pixels_without_a_width_are_refused(sigma):
    with pytest.raises(ValueError, match="sigma is a standard deviation, above 0"):
        log_density(torch.zeros(2, 3), torch.zeros(2, 3), sigma)


def test_a_map_of_widths_is_that_of_the_last_axes():
    x, mean = noise(11, 4, 2, 3, 5), noise(12, 4, 2, 3, 5)
    for shape in ((3, 5), (2, 1, 5), (2, 3, 5)):
        widths = noise(13, *shape).exp()
        expected = Normal(mean, widths).log_prob(x).flatten(1).sum(dim=1)
        torch.testing.assert_close(log_density(x, mean, widths), expected)
    with pytest.raises(ValueError, match="above 0"):
        log_density(x, mean, torch.tensor([1.0, 1, 0, 1, 1]))
