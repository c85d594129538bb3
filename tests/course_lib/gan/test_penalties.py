"""The WGAN-GP gradient penalty on clips, and the R1 penalty."""

import math

import torch
from torch import nn

from course_lib.gan.penalties import gradient_penalty, r1_penalty


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def clips(seed, n=5):
    return torch.randn(n, 2, 3, 4, 4, generator=rng(seed), dtype=torch.float64)


def weights(n=5):
    return torch.rand(n, generator=rng(9), dtype=torch.float64)


def linear(weight):
    return lambda videos: (videos * weight).flatten(1).sum(1)


def quadratic(videos):
    return videos.square().flatten(1).sum(1) / 2


def test_the_penalty_of_a_linear_critic_depends_on_its_gradient_norm_only():
    weight = clips(1, n=1)
    result = gradient_penalty(linear(weight), clips(2), clips(3), weights())
    assert math.isclose(result.item(), (weight.norm().item() - 1) ** 2, rel_tol=1e-9)


def test_a_linear_critic_with_gradient_norm_1_has_no_penalty():
    weight = clips(1, n=1)
    penalty = gradient_penalty(
        linear(weight / weight.norm()), *map(clips, (2, 3)), weights()
    )
    assert abs(penalty.item()) < 1e-20


def test_the_gradient_is_taken_between_real_and_fake_clips():
    real, fake, epsilon = clips(2), clips(3), weights()
    # the gradient of |x|^2 / 2 at x is x
    weight = epsilon.view(-1, 1, 1, 1, 1)
    between = weight * real + (1 - weight) * fake
    expected = (between.flatten(1).norm(dim=1) - 1).square().mean()
    assert torch.allclose(gradient_penalty(quadratic, real, fake, epsilon), expected)


def test_a_weight_of_1_takes_the_gradient_at_the_real_clip():
    real, fake = clips(2), clips(3)
    at_real = (real.flatten(1).norm(dim=1) - 1).square().mean()
    result = gradient_penalty(quadratic, real, fake, torch.ones(5).double())
    assert torch.allclose(result, at_real)


def test_exchanging_real_and_fake_and_their_weights_changes_nothing():
    real, fake, epsilon = clips(2), clips(3), weights()
    forward = gradient_penalty(quadratic, real, fake, epsilon)
    assert torch.allclose(forward, gradient_penalty(quadratic, fake, real, 1 - epsilon))


def test_r1_is_half_gamma_times_the_squared_gradient_norm():
    weight = clips(1, n=1)
    for gamma in (0.0, 1.0, 10.0):
        result = r1_penalty(linear(weight), clips(2), gamma=gamma)
        expected = gamma / 2 * weight.square().sum().item()
        assert math.isclose(result.item(), expected, rel_tol=1e-9)


def test_r1_takes_the_gradient_at_the_real_samples():
    real = clips(2)
    expected = real.square().flatten(1).sum(1).mean() / 2  # the gradient at x is x
    assert torch.allclose(r1_penalty(quadratic, real, gamma=1.0), expected)


def test_a_constant_critic_has_r1_0_and_gradient_penalty_1():
    def constant(videos):
        return videos.flatten(1).sum(1) * 0

    assert r1_penalty(constant, clips(2), gamma=3.0) == 0
    assert gradient_penalty(constant, clips(2), clips(3), weights()) == 1


def test_gradients_of_both_penalties_reach_the_critic_but_not_the_clips():
    critic = nn.Sequential(nn.Flatten(), nn.Linear(96, 8), nn.Tanh(), nn.Linear(8, 1))
    critic = critic.double()
    real, fake = clips(2).requires_grad_(), clips(3)
    for penalty in (
        r1_penalty(critic, real, gamma=1.0),
        gradient_penalty(critic, real, fake, weights()),
    ):
        gradients = torch.autograd.grad(penalty, critic[1].weight)
        assert gradients[0].abs().sum() > 0
        assert real.grad is None


def test_r1_does_not_change_when_a_constant_is_added():
    shifted = r1_penalty(lambda v: quadratic(v) + 7, clips(2), gamma=1.0)
    assert torch.allclose(shifted, r1_penalty(quadratic, clips(2), gamma=1.0))
