"""One GAN training step in plain PyTorch, as the learner of lesson 01 writes it."""

from collections.abc import Iterable

from torch import Tensor, nn
from torch.optim import Optimizer

from course_lib.gan.objectives import (
    discriminator_loss,
    nonsaturating_generator_loss,
)


def discriminator_step(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizer: Optimizer,
    real: Tensor,
    noise: Tensor,
) -> float:
    """Update the discriminator once; returns its loss before the update, in nats.

    ``optimizer`` holds the discriminator's parameters, ``real`` is a batch of data,
    (batch, ...), and ``noise`` a batch of latents, (batch, latent_dim). Generates a
    fake sample from each latent, adds both terms of ``discriminator_loss``, and takes
    one optimizer step. The generator is constant here: its parameters get no gradient.

    Source: Goodfellow et al. 2014, algorithm 1, with one discriminator step.
    """
    fake = generator(noise).detach()  # no gradient reaches the generator
    on_real, on_fake = discriminator_loss(discriminator(real), discriminator(fake))
    loss = on_real + on_fake
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def generator_step(
    generator: nn.Module, discriminator: nn.Module, optimizer: Optimizer, noise: Tensor
) -> float:
    """Update the generator once; returns its loss before the update, in nats.

    ``optimizer`` holds the generator's parameters, ``noise`` is a batch of latents,
    (batch, latent_dim). Takes one optimizer step on ``nonsaturating_generator_loss``.
    The discriminator's parameters stay unchanged.
    """
    loss = nonsaturating_generator_loss(discriminator(generator(noise)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def train_gan(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizer_g: Optimizer,
    optimizer_d: Optimizer,
    batches: Iterable[tuple[Tensor, Tensor]],
) -> list[tuple[float, float]]:
    """Train both networks on every batch; returns the two losses of each batch.

    ``batches`` yields pairs (real, noise). For each pair, in this order: one
    ``discriminator_step``, then one ``generator_step`` on the same noise. The result
    holds one pair (discriminator's loss, generator's loss) for each batch.
    """
    losses = []
    for real, noise in batches:
        loss_d = discriminator_step(generator, discriminator, optimizer_d, real, noise)
        loss_g = generator_step(generator, discriminator, optimizer_g, noise)
        losses.append((loss_d, loss_g))
    return losses
