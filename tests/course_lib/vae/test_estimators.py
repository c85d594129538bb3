"""Two estimates of one slope: the same mean, and variances as the closed form says."""

import math

import torch
from scipy.stats import norm

from course_lib.vae.estimators import reparameterised_slopes, score_function_slopes

BOTH = (reparameterised_slopes, score_function_slopes)
N = 200_000
MU, LOGVAR = 0.7, -0.8
VARIANCE = math.exp(LOGVAR)
BEND, TILT, LIFT = 0.9, -0.6, 0.4


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def parabola(z):
    return (BEND * z.square() + TILT * z + LIFT).sum(1)


def slopes(estimator, function, mu=(MU,), logvar=(LOGVAR,), n=N):
    """One estimate a draw, (n, axis)."""
    given = (torch.tensor(part).double().expand(n, -1) for part in (mu, logvar))
    return estimator(function, *given, rng())


def off(values, expected):
    """How many standard errors a mean is off, axis by axis."""
    return ((values.mean(0) - expected) / (values.std(0) / len(values) ** 0.5)).abs()


def test_both_have_the_mean_that_the_closed_form_says_on_every_axis():
    bends = torch.tensor([[1.0, 0.4, 0.0], [0.4, -0.5, 0.2], [0.0, 0.2, 0.3]]).double()
    tilts = torch.tensor([0.3, -1.0, 0.5]).double()
    mu, logvar = [1.0, -0.5, 0.2], [-1.0, 0.5, 0.0]

    def bowl(z):
        return ((z @ bends) * z).sum(1) / 2 + z @ tilts

    expected = bends @ torch.tensor(mu).double() + tilts
    for estimator in BOTH:
        found = slopes(estimator, bowl, mu, logvar)
        assert found.shape == (N, 3)
        assert off(found, expected).max() < 4


def test_on_a_parabola_their_variances_are_apart_as_the_closed_form_says():
    at_mu = BEND * MU**2 + TILT * MU + LIFT
    slope = 2 * BEND * MU + TILT
    moved = 4 * BEND**2 * VARIANCE
    lifted = (at_mu + 3 * BEND * VARIANCE) ** 2 / VARIANCE
    weighed = 6 * BEND**2 * VARIANCE + 2 * slope**2 + lifted
    for estimator, variance in zip(BOTH, (moved, weighed), strict=True):
        found = slopes(estimator, parabola)
        squares = (found - slope).square()  # their mean is the variance
        assert off(found, slope) < 4
        assert off(squares, variance) < 4
    assert weighed > 1.5 * moved


def test_they_estimate_a_slope_that_nobody_knows_in_closed_form():
    def wave(z):
        return torch.sin(2 * z).sum(1) * torch.cos(z).prod(1)

    found = [slopes(estimator, wave) for estimator in BOTH]
    gap = found[0].mean() - found[1].mean()
    error = sum(values.var() / N for values in found).sqrt()
    assert abs(gap) < 4 * error
    nodes = torch.linspace(-9, 9, 20_001).double()  # E f, a little left and right of mu

    def mean(mu):
        z = mu + nodes * VARIANCE**0.5
        return (wave(z[:, None]) * (-nodes.square() / 2).exp()).sum() / (
            -nodes.square() / 2
        ).exp().sum()

    expected = (mean(MU + 1e-4) - mean(MU - 1e-4)) / 2e-4
    assert max(off(values, expected) for values in found) < 4


def test_on_a_straight_line_moving_is_exact_at_every_draw_and_weighing_is_not():
    def ramp(z):
        return 3 * z.sum(1) + 5

    moved, weighed = (slopes(estimator, ramp) for estimator in BOTH)
    assert torch.allclose(moved, torch.full_like(moved, 3.0))
    assert weighed.std() > 3
    assert off(weighed, 3) < 4


def test_a_step_has_no_slope_to_move_along_yet_weighing_finds_it():
    def step(z):
        return z.sign().sum(1)

    moved, weighed = (slopes(estimator, step) for estimator in BOTH)
    assert (moved == 0).all()
    expected = 2 * norm(0, VARIANCE**0.5).pdf(MU)
    assert off(weighed, expected) < 4


def test_a_height_that_says_nothing_moves_nothing_but_costs_the_weighing_variance():
    def lifted(z):
        return parabola(z) + 10

    low, high = (slopes(score_function_slopes, f) for f in (parabola, lifted))
    assert high.var() > 10 * low.var()
    assert off(high, 2 * BEND * MU + TILT) < 4
    low, high = (slopes(reparameterised_slopes, f) for f in (parabola, lifted))
    assert torch.allclose(low, high)


def test_both_judge_the_same_draws_and_leave_their_arguments_alone():
    mu, logvar = torch.zeros(6, 2, requires_grad=True), torch.ones(6, 2)
    for estimator in BOTH:
        seen = []

        def watched(z, seen=seen):
            seen.append(z.detach().clone())
            return z.square().sum(1)

        first = estimator(watched, mu, logvar, rng(3))
        again = estimator(watched, mu, logvar, rng(3))
        assert torch.equal(first, again)
        assert torch.equal(*seen)
        assert mu.grad is None
        assert not first.requires_grad
        moved = 2 * seen[0]
        weighed = seen[0].square().sum(1, keepdim=True) * seen[0] / math.e
        assert torch.allclose(first, moved if estimator is BOTH[0] else weighed)
