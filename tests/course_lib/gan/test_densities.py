"""The game on a line: densities, its value, and how far two mixtures are apart."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import logsigmoid

from course_lib.gan.densities import (
    TWO_HUMPS,
    Mixture,
    best_judge,
    halfway,
    jensen_shannon_between,
    kl_between,
    quadrature,
    value,
)
from course_lib.gan.objectives import discriminator_loss

SLIM, WIDE = Mixture((0.3,), (0.8,)), Mixture((-1.0,), (1.4,))
LOPSIDED = Mixture((-1.0, 2.0), (0.5, 1.5), (0.3, 0.7))


def same(a, b, atol=1e-12):
    return bool((a - torch.as_tensor(b, dtype=torch.float64)).abs().max() <= atol)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_density_integrates_to_1():
    for law in (TWO_HUMPS, SLIM, LOPSIDED, Mixture((50.0,), (0.01,))):
        grid = quadrature(law)
        total = grid.integrate(law.log_density(grid.points).exp())
        assert same(total, 1.0)


def test_one_bump_is_the_normal_law():
    x = torch.linspace(-60, 60, 241, dtype=torch.float64)
    mean, scale = torch.tensor((0.3, 0.8), dtype=torch.float64)
    assert same(SLIM.log_density(x), Normal(mean, scale).log_prob(x), atol=1e-9)


def test_samples_have_the_mixture_s_mean_and_variance():
    x = LOPSIDED.sample(400_000, rng())
    mean = 0.3 * -1 + 0.7 * 2
    variance = 0.3 * (0.25 + 1) + 0.7 * (2.25 + 4) - mean**2
    assert abs(float(x.mean()) - mean) < 5 * math.sqrt(variance / len(x))
    assert abs(float(x.var()) / variance - 1) < 0.02


def test_the_same_generator_state_draws_the_same_samples():
    assert torch.equal(TWO_HUMPS.sample(50, rng(7)), TWO_HUMPS.sample(50, rng(7)))
    assert not torch.equal(TWO_HUMPS.sample(50, rng(7)), TWO_HUMPS.sample(50, rng(8)))


def test_an_undecided_judge_scores_minus_log_4_whatever_the_laws():
    def undecided(x):
        return torch.zeros_like(x)

    assert same(value(undecided, TWO_HUMPS, SLIM), -math.log(4))
    assert same(value(undecided, LOPSIDED, WIDE), -math.log(4))


def test_no_judge_beats_the_best_one():
    best = best_judge(TWO_HUMPS, WIDE)
    top = value(best, TWO_HUMPS, WIDE)
    for other in (lambda x: 1.1 * best(x), lambda x: best(x) + 0.1, torch.sin):
        assert value(other, TWO_HUMPS, WIDE) < top


def test_the_best_judge_of_equal_laws_is_undecided():
    x = torch.linspace(-9, 9, 19, dtype=torch.float64)
    assert same(best_judge(LOPSIDED, LOPSIDED)(x), torch.zeros(19).double())
    assert same(value(best_judge(SLIM, SLIM), SLIM, SLIM), -math.log(4))


@pytest.mark.parametrize("seed", range(5))
def test_the_judge_s_loss_on_samples_is_minus_their_value(seed):
    exact = value(torch.sin, TWO_HUMPS, WIDE)
    dice = rng(seed)
    real, fake = (law.sample(20_000, dice) for law in (TWO_HUMPS, WIDE))
    loss = discriminator_loss(torch.sin(real), torch.sin(fake))
    terms = logsigmoid(torch.sin(real)), logsigmoid(-torch.sin(fake))
    assert same(loss.total, -sum(term.mean() for term in terms))
    error = (sum(term.var() for term in terms) / 20_000).sqrt()
    assert abs(loss.total + exact) < 5 * error and 0.001 < error < 0.01


def test_kl_of_two_bumps_is_the_closed_form():
    a, b = (
        Normal(*torch.tensor(law, dtype=torch.float64))
        for law in ((0.3, 0.8), (-1.0, 1.4))
    )
    assert same(kl_between(SLIM, WIDE), kl_divergence(a, b))
    assert same(kl_between(WIDE, SLIM), kl_divergence(b, a))
    assert same(kl_between(LOPSIDED, LOPSIDED), 0.0)


def test_jensen_shannon_is_symmetric_and_ends_at_log_2():
    forth, back = (
        jensen_shannon_between(*pair) for pair in ((SLIM, WIDE), (WIDE, SLIM))
    )
    assert same(forth, back)
    assert same(jensen_shannon_between(SLIM, SLIM), 0.0)
    far = Mixture((60.0,), (0.8,))
    assert same(jensen_shannon_between(SLIM, far), math.log(2))


def test_moving_both_laws_together_changes_nothing():
    here = jensen_shannon_between(Mixture((0.0,), (1.0,)), Mixture((1.0,), (0.5,)))
    there = jensen_shannon_between(Mixture((7.0,), (1.0,)), Mixture((8.0,), (0.5,)))
    assert same(here, there)


def test_halfway_lies_between_both_densities():
    x = torch.linspace(-5, 5, 21, dtype=torch.float64)
    middle = (SLIM.log_density(x).exp() + LOPSIDED.log_density(x).exp()) / 2
    assert same(halfway(SLIM, LOPSIDED).log_density(x).exp(), middle)


def test_the_value_pulls_the_generator_towards_the_data():
    mean = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    data, fakes = Mixture((0.0,), (1.0,)), Mixture(mean, (1.0,))
    value(best_judge(data, fakes), data, fakes).backward()
    assert float(mean.grad) > 0  # descending V moves the mean back to 0


def test_a_grid_twice_as_fine_changes_nothing(monkeypatch):
    laws = LOPSIDED, Mixture((-4.0, 3.0), (0.2, 2.0), (0.1, 0.9))
    coarse = jensen_shannon_between(*laws)
    monkeypatch.setattr("course_lib.gan.densities.NODES_PER_SCALE", 64)
    assert same(jensen_shannon_between(*laws), coarse)


def test_a_mixture_refuses_what_is_none():
    with pytest.raises(ValueError, match="one mean, scale and weight"):
        Mixture((0.0, 1.0), (1.0,), (1.0,))
    with pytest.raises(ValueError, match="> 0"):
        Mixture((0.0,), (0.0,))
    with pytest.raises(ValueError, match="divide them by their sum"):
        Mixture((0.0, 1.0), (1.0, 1.0), (1.0, 1.0))
    with pytest.raises(ValueError, match="shares"):
        Mixture((0.0, 1.0), (1.0, 1.0), (1.5, -0.5))


def test_quadrature_refuses_scales_that_no_grid_resolves():
    with pytest.raises(ValueError, match="closer together"):
        quadrature(Mixture((0.0,), (1e-4,)), Mixture((0.0,), (100.0,)))
