"""GANs on the line: densities, quadrature, value function, divergences."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import logsigmoid

from course_lib.gan.densities import (
    BIMODAL_DATA,
    GaussianMixture,
    mean_mixture,
    mixture_jensen_shannon,
    mixture_kl,
    optimal_logits,
    quadrature,
    value,
)
from course_lib.gan.objectives import discriminator_loss

NARROW, WIDE = GaussianMixture((0.3,), (0.8,)), GaussianMixture((-1.0,), (1.4,))
UNEQUAL = GaussianMixture((-1.0, 2.0), (0.5, 1.5), (0.3, 0.7))


def equal(a, b, atol=1e-12):
    return bool((a - torch.as_tensor(b, dtype=torch.float64)).abs().max() <= atol)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_density_integrates_to_1():
    for mixture in (BIMODAL_DATA, NARROW, UNEQUAL, GaussianMixture((50.0,), (0.01,))):
        rule = quadrature(mixture)
        total = rule.integrate(mixture.log_density(rule.points).exp())
        assert equal(total, 1.0)


def test_one_component_is_a_normal_distribution():
    x = torch.linspace(-60, 60, 241, dtype=torch.float64)
    mean, scale = torch.tensor((0.3, 0.8), dtype=torch.float64)
    assert equal(NARROW.log_density(x), Normal(mean, scale).log_prob(x), atol=1e-9)


def test_samples_have_the_mean_and_variance_of_the_mixture():
    x = UNEQUAL.sample(400_000, rng())
    mean = 0.3 * -1 + 0.7 * 2
    variance = 0.3 * (0.25 + 1) + 0.7 * (2.25 + 4) - mean**2
    assert abs(float(x.mean()) - mean) < 5 * math.sqrt(variance / len(x))
    assert abs(float(x.var()) / variance - 1) < 0.02


def test_sampling_is_reproducible():
    assert torch.equal(BIMODAL_DATA.sample(50, rng(7)), BIMODAL_DATA.sample(50, rng(7)))
    assert not torch.equal(
        BIMODAL_DATA.sample(50, rng(7)), BIMODAL_DATA.sample(50, rng(8))
    )


def test_the_value_of_a_constant_discriminator_is_minus_log_4():
    def constant(x):
        return torch.zeros_like(x)

    assert equal(value(constant, BIMODAL_DATA, NARROW), -math.log(4))
    assert equal(value(constant, UNEQUAL, WIDE), -math.log(4))


def test_no_discriminator_has_a_larger_value_than_the_optimal_one():
    optimal = optimal_logits(BIMODAL_DATA, WIDE)
    largest = value(optimal, BIMODAL_DATA, WIDE)
    for other in (lambda x: 1.1 * optimal(x), lambda x: optimal(x) + 0.1, torch.sin):
        assert value(other, BIMODAL_DATA, WIDE) < largest


def test_the_optimal_logit_of_equal_distributions_is_zero():
    x = torch.linspace(-9, 9, 19, dtype=torch.float64)
    assert equal(optimal_logits(UNEQUAL, UNEQUAL)(x), torch.zeros(19).double())
    assert equal(value(optimal_logits(NARROW, NARROW), NARROW, NARROW), -math.log(4))


@pytest.mark.parametrize("seed", range(5))
def test_the_discriminator_loss_on_samples_estimates_minus_the_value(seed):
    exact = value(torch.sin, BIMODAL_DATA, WIDE)
    generator = rng(seed)
    real, fake = (mixture.sample(20_000, generator) for mixture in (BIMODAL_DATA, WIDE))
    loss = discriminator_loss(torch.sin(real), torch.sin(fake))
    terms = logsigmoid(torch.sin(real)), logsigmoid(-torch.sin(fake))
    assert equal(loss.total, -sum(term.mean() for term in terms))
    error = (sum(term.var() for term in terms) / 20_000).sqrt()
    assert abs(loss.total + exact) < 5 * error and 0.001 < error < 0.01


def test_kl_of_two_gaussians_agrees_with_the_closed_form():
    a, b = (
        Normal(*torch.tensor(parameters, dtype=torch.float64))
        for parameters in ((0.3, 0.8), (-1.0, 1.4))
    )
    assert equal(mixture_kl(NARROW, WIDE), kl_divergence(a, b))
    assert equal(mixture_kl(WIDE, NARROW), kl_divergence(b, a))
    assert equal(mixture_kl(UNEQUAL, UNEQUAL), 0.0)


def test_jensen_shannon_is_symmetric_and_at_most_log_2():
    forward, exchanged = (
        mixture_jensen_shannon(*pair) for pair in ((NARROW, WIDE), (WIDE, NARROW))
    )
    assert equal(forward, exchanged)
    assert equal(mixture_jensen_shannon(NARROW, NARROW), 0.0)
    far = GaussianMixture((60.0,), (0.8,))
    assert equal(mixture_jensen_shannon(NARROW, far), math.log(2))


def test_shifting_both_distributions_changes_nothing():
    original = mixture_jensen_shannon(
        GaussianMixture((0.0,), (1.0,)), GaussianMixture((1.0,), (0.5,))
    )
    shifted = mixture_jensen_shannon(
        GaussianMixture((7.0,), (1.0,)), GaussianMixture((8.0,), (0.5,))
    )
    assert equal(original, shifted)


def test_the_mean_mixture_has_the_mean_density():
    x = torch.linspace(-5, 5, 21, dtype=torch.float64)
    mean = (NARROW.log_density(x).exp() + UNEQUAL.log_density(x).exp()) / 2
    assert equal(mean_mixture(NARROW, UNEQUAL).log_density(x).exp(), mean)


def test_the_gradient_of_the_value_moves_the_generator_towards_the_data():
    mean = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    data, fakes = GaussianMixture((0.0,), (1.0,)), GaussianMixture(mean, (1.0,))
    value(optimal_logits(data, fakes), data, fakes).backward()
    assert float(mean.grad) > 0  # a descent step moves the mean towards 0


def test_twice_as_many_nodes_change_nothing(monkeypatch):
    pair = UNEQUAL, GaussianMixture((-4.0, 3.0), (0.2, 2.0), (0.1, 0.9))
    coarse = mixture_jensen_shannon(*pair)
    monkeypatch.setattr("course_lib.gan.densities.NODES_PER_SIGMA", 64)
    assert equal(mixture_jensen_shannon(*pair), coarse)


def test_invalid_parameters_of_a_mixture_raise_an_error():
    with pytest.raises(ValueError, match="one mean, scale and weight"):
        GaussianMixture((0.0, 1.0), (1.0,), (1.0,))
    with pytest.raises(ValueError, match="must be positive"):
        GaussianMixture((0.0,), (0.0,))
    with pytest.raises(ValueError, match="Divide them by their sum"):
        GaussianMixture((0.0, 1.0), (1.0, 1.0), (1.0, 1.0))
    with pytest.raises(ValueError, match="probabilities"):
        GaussianMixture((0.0, 1.0), (1.0, 1.0), (1.5, -0.5))


def test_quadrature_of_too_different_scales_raises_an_error():
    with pytest.raises(ValueError, match="closer together"):
        quadrature(GaussianMixture((0.0,), (1e-4,)), GaussianMixture((0.0,), (100.0,)))
