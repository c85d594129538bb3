"""The released training step of MoCoGAN in plain PyTorch, without optimizations.

Reimplemented from its description: layers, hyperparameters and the order of the updates
are those of the release; names and code are not. Each discriminator gets its own
generated samples, with a graph that nothing uses. The n frames for the image
discriminator are chosen from 2nT motion paths. The generator's backward pass also
accumulates gradients in both discriminators.

Source: Tulyakov, Liu, Yang and Kautz 2018, and their published code's behaviour.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    one_hot,
)
from torch.optim import Adam

CONTENT, MOTION, CATEGORIES, FRAMES = 50, 10, 2, 16
NOISE_STD = 0.1


class Generator(nn.Module):
    """A GRU over noise, and transposed convolutions for each frame."""

    def __init__(self, width: int = 64):
        super().__init__()
        self.motion_rnn = nn.GRUCell(MOTION, MOTION)
        channels = (CONTENT + CATEGORIES + MOTION, *(width * k for k in (8, 4, 2, 1)))
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(channels):
            kernel_stride_padding = (4, 2, 1) if layers else (4, 1, 0)
            layers += [
                nn.ConvTranspose2d(n_in, n_out, *kernel_stride_padding, bias=False)
            ]
            layers += [nn.BatchNorm2d(n_out), nn.ReLU()]
        layers += [nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh()]
        self.image_generator = nn.Sequential(*layers)

    def paths(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Latents of all frames, (n * FRAMES, latent), and categories of n clips."""
        content = torch.randn(n, CONTENT, generator=rng, device=rng.device)
        category = torch.randint(CATEGORIES, (n,), generator=rng, device=rng.device)
        condition = one_hot(category, CATEGORIES).float()
        h, motion = torch.randn(n, MOTION, generator=rng, device=rng.device), []
        for _ in range(FRAMES):
            noise = torch.randn(n, MOTION, generator=rng, device=rng.device)
            h = self.motion_rnn(noise, h)
            motion.append(h)
        static = torch.cat((content, condition), dim=1)
        static = static.repeat_interleave(FRAMES, dim=0)
        moving = torch.stack(motion, dim=1).flatten(0, 1)
        return torch.cat((static, moving), dim=1), category

    def videos(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Clips, (n, channel, time, height, width), and their categories."""
        latents, category = self.paths(n, rng)
        frames = self.image_generator(latents[:, :, None, None])
        return frames.unflatten(0, (n, FRAMES)).transpose(1, 2), category

    def images(self, n: int, rng: torch.Generator) -> Tensor:
        """n random frames of 2 n FRAMES motion paths."""
        latents, _ = self.paths(2 * n * FRAMES, rng)
        chosen = (
            torch.randperm(len(latents), generator=rng, device=rng.device)[:n]
            .sort()
            .values
        )
        return self.image_generator(latents[chosen][:, :, None, None])


class Discriminator(nn.Module):
    """Convolutions without bias, with noise on the input of each of them."""

    def __init__(self, dimensions: int, channels: tuple[int, ...], output: nn.Module):
        super().__init__()
        conv, norm = (
            (nn.Conv2d, nn.BatchNorm2d),
            (nn.Conv3d, nn.BatchNorm3d),
        )[dimensions - 2]
        kernel_stride_padding = (
            (4, 2, 1) if dimensions == 2 else (4, (1, 2, 2), (0, 1, 1))
        )
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(channels):
            parts = [conv(n_in, n_out, *kernel_stride_padding, bias=False)]
            parts += [norm(n_out)] if layers else []
            layers += [nn.Sequential(*parts, nn.LeakyReLU(0.2))]
        self.layers = nn.Sequential(*layers, output)

    def forward(self, x: Tensor, rng: torch.Generator | None) -> Tensor:
        """Logits, (batch, logit); without noise where ``rng`` is None."""
        for layer in self.layers:
            if rng is not None:
                noise = torch.randn(x.shape, generator=rng, device=rng.device)
                x = x + NOISE_STD * noise
            x = layer(x)
        return x.flatten(1)


class TrainState(NamedTuple):
    """Three networks and their optimizers, in the order of the updates."""

    image_discriminator: Discriminator
    video_discriminator: Discriminator
    generator: Generator
    optimizers: tuple[Adam, Adam, Adam]


def init_state(width: int = 64, device: str = "cpu") -> TrainState:
    """Networks and optimizers of the release."""
    channels = tuple(width * k for k in (1, 2, 4, 8))
    output = nn.Conv2d(channels[2], 1, 4, 2, 1, bias=False)
    image_discriminator = Discriminator(2, (3, *channels[:3]), output)
    output = nn.Conv3d(channels[3], 1 + CATEGORIES, 4, bias=False)
    video_discriminator = Discriminator(3, (3, *channels), output)
    networks = image_discriminator, video_discriminator, Generator(width)
    networks = tuple(network.to(device) for network in networks)
    adam = {"lr": 2e-4, "betas": (0.5, 0.999), "weight_decay": 1e-5}
    return TrainState(*networks, tuple(Adam(x.parameters(), **adam) for x in networks))


def adversarial_loss(logits: Tensor, *, real: bool) -> Tensor:
    """Binary cross-entropy with the label real or fake for all logits, in nats."""
    labels = torch.ones_like(logits) if real else torch.zeros_like(logits)
    return binary_cross_entropy_with_logits(logits, labels)


def image_discriminator_loss(
    discriminator: Discriminator, real: Tensor, fake: Tensor, rng
) -> Tensor:
    """Loss of the image discriminator, in nats."""
    real_loss = adversarial_loss(discriminator(real, rng), real=True)
    return real_loss + adversarial_loss(discriminator(fake, rng), real=False)


def video_discriminator_loss(
    discriminator: Discriminator, real: Tensor, fake: Tensor, category, rng
) -> Tensor:
    """Loss of the video discriminator with the categories of real clips, in nats."""
    real_logits, fake_logits = discriminator(real, rng), discriminator(fake, rng)
    loss = adversarial_loss(real_logits[:, 0], real=True)
    loss = loss + adversarial_loss(fake_logits[:, 0], real=False)
    return loss + cross_entropy(real_logits[:, 1:], category)


def generator_loss(state: TrainState, images: Tensor, videos: Tensor, category, rng):
    """Loss of the generator, with its conditioning categories, in nats."""
    logits = state.video_discriminator(videos, rng)
    loss = adversarial_loss(state.image_discriminator(images, rng), real=True)
    loss = loss + adversarial_loss(logits[:, 0], real=True)
    return loss + cross_entropy(logits[:, 1:], category)


def train_step(
    state: TrainState,
    real: Tensor,
    category: Tensor,
    rng: torch.Generator,
    *,
    noise=True,
) -> None:
    """One iteration on clips, (n, time, channel, height, width): three updates."""
    n, noise_rng = len(real), rng if noise else None
    image_discriminator, video_discriminator, generator, optimizers = state
    times = torch.randint(FRAMES, (n,), generator=rng, device=rng.device)
    real_images, fake_images = real[torch.arange(n), times], generator.images(n, rng)
    loss = image_discriminator_loss(
        image_discriminator, real_images, fake_images.detach(), noise_rng
    )
    optimizer_step(optimizers[0], loss)
    real_videos, (fake_videos, _) = real.transpose(1, 2), generator.videos(n, rng)
    loss = video_discriminator_loss(
        video_discriminator, real_videos, fake_videos.detach(), category, noise_rng
    )
    optimizer_step(optimizers[1], loss)
    images, (videos, condition) = generator.images(n, rng), generator.videos(n, rng)
    loss = generator_loss(state, images, videos, condition, noise_rng)
    optimizer_step(optimizers[2], loss)


def optimizer_step(optimizer: Adam, loss: Tensor) -> None:
    """One step of one optimizer; gradients in other networks stay until zero_grad."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
