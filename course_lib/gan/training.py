"""Train a GAN: the training state, one alternating step, and sampling.

A training step updates the discriminator first and then the generator, each with its
own loss and its own optimizer.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from course_lib.gan.networks import (
    PointDiscriminator,
    PointGenerator,
    PointSizes,
)
from course_lib.gan.objectives import GANLosses
from course_lib.gan.penalties import r1_penalty

RING_LEARNING_RATE = 0.12
RING_GAMMA = 0.07  # with .05, one seed of eight needed 3,000 steps more
EMA_DECAY = 0.995  # weight of the old average in one update of the moving average


class TrainState(NamedTuple):
    """The networks of a GAN, their optimizers, and a moving average of the generator.

    GAN training rotates around its equilibrium while it converges, and the average of
    the weights lies nearer to the centre of that rotation. Samples for evaluation are
    therefore drawn from ``ema_generator``, the network of ``ema``; only ``generator``
    is trained.
    """

    generator: nn.Module
    discriminator: nn.Module
    ema: AveragedModel
    generator_optimizer: Optimizer
    discriminator_optimizer: Optimizer

    @property
    def ema_generator(self) -> nn.Module:
        """The generator with the averaged weights."""
        return self.ema.module


class StepMetrics(NamedTuple):
    """Metrics of one training step, measured before the weights are updated.

    Losses are in the units of the objective and leave out the R1 penalty. ``d_real``
    and ``d_fake`` are the means of D(x) = sigmoid(logit) over the real and over the
    generated samples of the discriminator's batch, in [0, 1].
    """

    discriminator_loss: float
    generator_loss: float
    d_real: float
    d_fake: float


def train_step(
    state: TrainState,
    real: Tensor,
    rng: torch.Generator,
    losses: GANLosses,
    *,
    r1_gamma: float,
) -> tuple[TrainState, StepMetrics]:
    """Update the discriminator on ``real`` and as many fakes, then the generator.

    The weights change in place, as everywhere in PyTorch; the returned state holds the
    same objects as the given one. ``r1_gamma`` is the weight of the R1 penalty on the
    discriminator; 0 leaves the penalty out.

    Source: Goodfellow et al. 2014, algorithm 1, with one discriminator step.
    """
    fake = _sample(state.generator, len(real), rng)
    logits_real = state.discriminator(real)
    logits_fake = state.discriminator(fake.detach())
    d_loss = losses.discriminator(logits_real, logits_fake).total
    r1 = r1_penalty(state.discriminator, real, gamma=r1_gamma) if r1_gamma else 0.0
    state.discriminator_optimizer.zero_grad()
    (d_loss + r1).backward()
    state.discriminator_optimizer.step()
    torch.clear_autocast_cache()  # it may hold 16-bit copies of the old weights

    state.discriminator.requires_grad_(False)  # no gradients for its weights here
    g_loss = losses.generator(state.discriminator(fake))
    state.generator_optimizer.zero_grad()
    g_loss.backward()
    state.generator_optimizer.step()
    torch.clear_autocast_cache()
    state.discriminator.requires_grad_(True)
    state.ema.update_parameters(state.generator)

    values = (
        d_loss,
        g_loss,
        logits_real.sigmoid().mean(),
        logits_fake.sigmoid().mean(),
    )
    return state, StepMetrics(*(value.item() for value in values))


def average_weights(network: nn.Module, decay: float = EMA_DECAY) -> AveragedModel:
    """An exponential moving average of the weights of ``network``.

    Its first update copies the weights. In each further one, an average becomes
    decay * average + (1 - decay) * parameter. Buffers are copied.
    """
    return AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay))


@torch.no_grad()
def generate(generator: nn.Module, n: int, rng: torch.Generator) -> Tensor:
    """Generate n samples from standard normal latents, without an autograd graph."""
    return _sample(generator, n, rng)


def init_ring_gan(rng: torch.Generator, sizes: PointSizes | None = None) -> TrainState:
    """A GAN for points of the plane, untrained; both optimizers are plain SGD.

    Adam divides each gradient by a running estimate of its size. That would hide the
    vanishing gradients which section 1.4 shows, so the ring is trained without it.
    """
    sizes = sizes or PointSizes()
    generator = PointGenerator(sizes, rng)
    discriminator = PointDiscriminator(sizes, rng)
    return TrainState(
        generator,
        discriminator,
        ema=average_weights(generator),
        generator_optimizer=SGD(generator.parameters(), lr=RING_LEARNING_RATE),
        discriminator_optimizer=SGD(discriminator.parameters(), lr=RING_LEARNING_RATE),
    )


def _sample(generator: nn.Module, n: int, rng: torch.Generator) -> Tensor:
    """Samples from standard normal latents, on the generator's device, with a graph."""
    z = torch.randn(n, generator.latent_dim, generator=rng)
    return generator(z.to(next(generator.parameters())))
