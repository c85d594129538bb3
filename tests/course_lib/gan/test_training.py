"""One GAN training step, the moving average, and sampling."""

import copy

import pytest
import torch
from torch.nn.functional import softplus

from course_lib.gan.networks import PointSizes
from course_lib.gan.objectives import HINGE, NONSATURATING, SATURATING, WASSERSTEIN
from course_lib.gan.ring import sample_ring
from course_lib.gan.training import (
    EMA_DECAY,
    RING_GAMMA,
    RING_LEARNING_RATE,
    average_weights,
    generate,
    init_ring_gan,
    train_step,
)

SMALL = PointSizes(width=16, depth=2)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def step(state, seed=1, losses=NONSATURATING, r1_gamma=RING_GAMMA):
    return train_step(
        state, sample_ring(32, rng(2)), rng(seed), losses, r1_gamma=r1_gamma
    )


@pytest.mark.parametrize("losses", [SATURATING, NONSATURATING, HINGE, WASSERSTEIN])
def test_one_step_updates_both_networks(losses):
    state = init_ring_gan(rng(), SMALL)
    before = weights(state.generator), weights(state.discriminator)
    step(state, losses=losses)
    assert not torch.equal(before[0], weights(state.generator))
    assert not torch.equal(before[1], weights(state.discriminator))


@pytest.mark.parametrize("gamma", [0.0, 0.7])
def test_a_step_equals_two_gradient_descent_updates_written_out(gamma):
    state = init_ring_gan(rng(), SMALL)
    copied = copy.deepcopy(state)
    _, metrics = step(state, r1_gamma=gamma)

    real = sample_ring(32, rng(2)).requires_grad_()
    fake = copied.generator(torch.randn(32, 2, generator=rng(1)))
    logits_real, logits_fake = copied.discriminator(real), copied.discriminator(fake)
    (gradient,) = torch.autograd.grad(logits_real.sum(), real, create_graph=True)
    d_loss = softplus(-logits_real).mean() + softplus(logits_fake).mean()
    penalized = d_loss + gamma / 2 * gradient.square().sum(1).mean()
    gradients = torch.autograd.grad(
        penalized,
        [*copied.discriminator.parameters()],
        retain_graph=True,
        allow_unused=True,
    )
    with torch.no_grad():
        for weight, grad in zip(
            copied.discriminator.parameters(), gradients, strict=True
        ):
            weight -= RING_LEARNING_RATE * (0 if grad is None else grad)
    again = copied.generator(torch.randn(32, 2, generator=rng(1)))
    g_loss = softplus(-copied.discriminator(again)).mean()
    gradients = torch.autograd.grad(g_loss, [*copied.generator.parameters()])
    with torch.no_grad():
        for weight, grad in zip(copied.generator.parameters(), gradients, strict=True):
            weight -= RING_LEARNING_RATE * grad

    assert torch.allclose(
        weights(state.discriminator), weights(copied.discriminator), atol=1e-6
    )
    assert torch.allclose(
        weights(state.generator), weights(copied.generator), atol=1e-6
    )
    assert metrics.discriminator_loss == pytest.approx(d_loss.item(), rel=1e-5)
    assert metrics.generator_loss == pytest.approx(g_loss.item(), rel=1e-5)
    assert metrics.d_real == pytest.approx(logits_real.sigmoid().mean().item())
    assert metrics.d_fake == pytest.approx(logits_fake.sigmoid().mean().item())


def test_r1_changes_the_discriminator_update_but_not_its_metrics():
    with_r1, without = init_ring_gan(rng(), SMALL), init_ring_gan(rng(), SMALL)
    _, a = step(with_r1, r1_gamma=1.0)
    _, b = step(without, r1_gamma=0.0)
    assert (a.discriminator_loss, a.d_real, a.d_fake) == (
        b.discriminator_loss,
        b.d_real,
        b.d_fake,
    )
    assert not torch.equal(
        weights(with_r1.discriminator), weights(without.discriminator)
    )


def test_after_a_step_the_discriminator_has_gradients_again():
    state, _ = step(init_ring_gan(rng(), SMALL))
    assert all(p.requires_grad for p in state.discriminator.parameters())
    assert not any(p.grad is None for p in state.discriminator.parameters())


def test_equal_seeds_give_equal_training():
    def train(seed):
        state, noise = init_ring_gan(rng(seed), SMALL), rng(seed)
        for _ in range(5):
            state, metrics = train_step(
                state, sample_ring(16, noise), noise, NONSATURATING, r1_gamma=0.1
            )
        return metrics, weights(state.ema_generator)

    (metrics, average), (again, average_again) = train(4), train(4)
    assert metrics == again and torch.equal(average, average_again)
    assert metrics != train(5)[0]


def test_a_step_does_not_change_its_batch():
    real = sample_ring(16, rng())
    original = real.clone()
    train_step(init_ring_gan(rng(), SMALL), real, rng(), NONSATURATING, r1_gamma=0.1)
    assert torch.equal(real, original) and not real.requires_grad


def test_the_moving_average_starts_with_the_first_update_and_decays_exponentially():
    network = init_ring_gan(rng(), SMALL).generator
    average, start = average_weights(network), weights(network)
    average.update_parameters(network)
    assert torch.equal(weights(average.module), start)
    with torch.no_grad():
        for weight in network.parameters():
            weight.fill_(2.0)
    for _ in range(10):
        average.update_parameters(network)
    decay = EMA_DECAY**10
    assert torch.allclose(weights(average.module), decay * start + (1 - decay) * 2)


def test_buffers_are_those_of_the_network():
    norm = torch.nn.BatchNorm1d(2)
    average = average_weights(norm)
    norm(torch.randn(8, 2, generator=rng()) + 5)
    average.update_parameters(norm)
    assert torch.equal(average.module.running_mean, norm.running_mean)


def test_generate_builds_no_graph_and_is_reproducible():
    generator = init_ring_gan(rng(), SMALL).ema_generator
    points = generate(generator, 7, rng(3))
    assert points.shape == (7, 2) and not points.requires_grad
    assert torch.equal(points, generate(generator, 7, rng(3)))
