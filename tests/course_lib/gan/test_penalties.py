"""What a critic's slope costs: the gradient penalty on clips, and R1."""

import math

import torch
from torch import nn

from course_lib.gan.penalties import gradient_penalty, r1_penalty


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def clips(seed, n=5):
    return torch.randn(n, 2, 3, 4, 4, generator=rng(seed), dtype=torch.float64)


def shares(n=5):
    return torch.rand(n, generator=rng(9), dtype=torch.float64)


def linear(weight):
    return lambda videos: (videos * weight).flatten(1).sum(1)


def quadratic(videos):
    return videos.square().flatten(1).sum(1) / 2


def test_a_linear_critic_pays_for_its_slope_alone():
    weight = clips(1, n=1)
    found = gradient_penalty(linear(weight), clips(2), clips(3), shares())
    assert math.isclose(found.item(), (weight.norm().item() - 1) ** 2, rel_tol=1e-9)


def test_a_critic_of_slope_1_pays_nothing():
    weight = clips(1, n=1)
    free = gradient_penalty(
        linear(weight / weight.norm()), *map(clips, (2, 3)), shares()
    )
    assert abs(free.item()) < 1e-20


def test_the_slope_is_taken_on_the_line_between_real_and_fake():
    real, fake, mix = clips(2), clips(3), shares()
    # the slope of |x|^2 / 2 at x is x
    share = mix.view(-1, 1, 1, 1, 1)
    between = share * real + (1 - share) * fake
    expected = (between.flatten(1).norm(dim=1) - 1).square().mean()
    assert torch.allclose(gradient_penalty(quadratic, real, fake, mix), expected)


def test_a_share_of_1_stands_at_the_real_clip():
    real, fake = clips(2), clips(3)
    at_real = (real.flatten(1).norm(dim=1) - 1).square().mean()
    found = gradient_penalty(quadratic, real, fake, torch.ones(5).double())
    assert torch.allclose(found, at_real)


def test_swapping_the_ends_and_the_shares_changes_nothing():
    real, fake, mix = clips(2), clips(3), shares()
    there = gradient_penalty(quadratic, real, fake, mix)
    assert torch.allclose(there, gradient_penalty(quadratic, fake, real, 1 - mix))


def test_r1_is_half_gamma_times_the_squared_slope():
    weight = clips(1, n=1)
    for gamma in (0.0, 1.0, 10.0):
        found = r1_penalty(linear(weight), clips(2), gamma=gamma)
        expected = gamma / 2 * weight.square().sum().item()
        assert math.isclose(found.item(), expected, rel_tol=1e-9)


def test_r1_looks_at_the_data_s_own_places():
    real = clips(2)
    expected = real.square().flatten(1).sum(1).mean() / 2  # the slope at x is x
    assert torch.allclose(r1_penalty(quadratic, real, gamma=1.0), expected)


def test_r1_asks_for_rest_and_the_penalty_for_slope_1():
    def flat(videos):
        return videos.flatten(1).sum(1) * 0

    assert r1_penalty(flat, clips(2), gamma=3.0) == 0
    assert gradient_penalty(flat, clips(2), clips(3), shares()) == 1


def test_both_penalties_train_the_critic_and_leave_the_clips_alone():
    critic = nn.Sequential(nn.Flatten(), nn.Linear(96, 8), nn.Tanh(), nn.Linear(8, 1))
    critic = critic.double()
    real, fake = clips(2).requires_grad_(), clips(3)
    for price in (
        r1_penalty(critic, real, gamma=1.0),
        gradient_penalty(critic, real, fake, shares()),
    ):
        gradients = torch.autograd.grad(price, critic[1].weight)
        assert gradients[0].abs().sum() > 0
        assert real.grad is None


def test_an_offset_of_the_critic_is_free():
    shifted = r1_penalty(lambda v: quadratic(v) + 7, clips(2), gamma=1.0)
    assert torch.allclose(shifted, r1_penalty(quadratic, clips(2), gamma=1.0))
