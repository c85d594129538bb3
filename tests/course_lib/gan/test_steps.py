"""One training step of each network, and the loop, against gradients by hand."""

import copy

import torch
from torch.nn.functional import softplus

from course_lib.gan.ring_networks import RingDiscriminator, RingGenerator
from course_lib.gan.steps import discriminator_step, generator_step, train_gan

RATE = 0.1


def start():
    torch.manual_seed(0)
    generator, discriminator = RingGenerator(2, 8), RingDiscriminator(8)
    optimizers = [
        torch.optim.SGD(network.parameters(), lr=RATE)
        for network in (generator, discriminator)
    ]
    return generator, discriminator, *optimizers


def test_the_discriminator_step_is_gradient_descent_on_minus_v():
    generator, discriminator, _, optimizer_d = start()
    before = copy.deepcopy(discriminator)
    real, noise = torch.randn(5, 2), torch.randn(5, 2)
    returned = discriminator_step(generator, discriminator, optimizer_d, real, noise)
    loss = softplus(-before(real)).mean() + softplus(before(generator(noise))).mean()
    gradients = torch.autograd.grad(loss, list(before.parameters()))
    for new, old, gradient in zip(
        discriminator.parameters(), before.parameters(), gradients, strict=True
    ):
        assert torch.allclose(new, old - RATE * gradient, atol=1e-6)
    assert abs(returned - loss.item()) < 1e-6
    assert all(p.grad is None for p in generator.parameters())


def test_the_generator_step_leaves_the_discriminator_unchanged():
    generator, discriminator, optimizer_g, _ = start()
    before = [copy.deepcopy(x.state_dict()) for x in (generator, discriminator)]
    generator_step(generator, discriminator, optimizer_g, torch.randn(5, 2))
    after = generator.state_dict(), discriminator.state_dict()
    changed = [
        any(not torch.equal(a[k], b[k]) for k in a)
        for a, b in zip(before, after, strict=True)
    ]
    assert changed == [True, False]


def test_the_loop_returns_a_pair_of_losses_for_each_batch():
    batches = [(torch.randn(4, 2), torch.randn(4, 2)) for _ in range(3)]
    losses = train_gan(*start(), iter(batches))
    assert len(losses) == 3 and all(len(pair) == 2 for pair in losses)
