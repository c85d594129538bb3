"""The released MoCoGAN procedure, read plainly: PyTorch's defaults and no shortcut.

Written anew from its description: layers, recipe and the order of the moves are the
release's; names and code are not. Each judge gets fakes of its own, drawn with a graph
that nobody uses; frames for the frame judge come from 2TB rolled out paths for B
frames; the generator's slopes pass through judges whose weights collect theirs, too.

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
NOISE = 0.1


class Generator(nn.Module):
    """A GRU over noise, and transposed convolutions that paint each frame."""

    def __init__(self, width: int = 64):
        super().__init__()
        self.memory = nn.GRUCell(MOTION, MOTION)
        depths = (CONTENT + CATEGORIES + MOTION, *(width * k for k in (8, 4, 2, 1)))
        layers: list[nn.Module] = []
        for before, after in pairwise(depths):
            way = (4, 2, 1) if layers else (4, 1, 0)
            layers += [nn.ConvTranspose2d(before, after, *way, bias=False)]
            layers += [nn.BatchNorm2d(after), nn.ReLU()]
        layers += [nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh()]
        self.body = nn.Sequential(*layers)

    def paths(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Latents of n clips, (n * FRAMES, latent), and the categories drawn."""
        content = torch.randn(n, CONTENT, generator=rng, device=rng.device)
        category = torch.randint(CATEGORIES, (n,), generator=rng, device=rng.device)
        told = one_hot(category, CATEGORIES).float()
        h, motion = torch.randn(n, MOTION, generator=rng, device=rng.device), []
        for _ in range(FRAMES):
            h = self.memory(torch.randn(n, MOTION, generator=rng, device=rng.device), h)
            motion.append(h)
        still = torch.cat((content, told), dim=1).repeat_interleave(FRAMES, dim=0)
        moving = torch.stack(motion, dim=1).flatten(0, 1)
        return torch.cat((still, moving), dim=1), category

    def videos(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Clips, (n, channel, time, height, width), and their categories."""
        latents, category = self.paths(n, rng)
        frames = self.body(latents[:, :, None, None])
        return frames.unflatten(0, (n, FRAMES)).transpose(1, 2), category

    def images(self, n: int, rng: torch.Generator) -> Tensor:
        """n frames: paths of 2 n FRAMES clips are rolled out, n of all frames kept."""
        latents, _ = self.paths(2 * n * FRAMES, rng)
        kept = (
            torch.randperm(len(latents), generator=rng, device=rng.device)[:n]
            .sort()
            .values
        )
        return self.body(latents[kept][:, :, None, None])


class Judge(nn.Module):
    """Convolutions without bias, noise on what each of them reads."""

    def __init__(self, dimensions: int, depths: tuple[int, ...], last: nn.Module):
        super().__init__()
        conv, norm = (
            (nn.Conv2d, nn.BatchNorm2d),
            (nn.Conv3d, nn.BatchNorm3d),
        )[dimensions - 2]
        way = (4, 2, 1) if dimensions == 2 else (4, (1, 2, 2), (0, 1, 1))
        layers: list[nn.Module] = []
        for before, after in pairwise(depths):
            parts = [conv(before, after, *way, bias=False)]
            parts += [norm(after)] if layers else []
            layers += [nn.Sequential(*parts, nn.LeakyReLU(0.2))]
        self.layers = nn.Sequential(*layers, last)

    def forward(self, x: Tensor, rng: torch.Generator | None) -> Tensor:
        """Logits, (batch, logit)."""
        for layer in self.layers:
            if rng is not None:
                x = x + NOISE * torch.randn(x.shape, generator=rng, device=rng.device)
            x = layer(x)
        return x.flatten(1)


class Players(NamedTuple):
    """Three networks and an optimiser for each, in the order in which they move."""

    frame_judge: Judge
    clip_judge: Judge
    generator: Generator
    optimisers: tuple[Adam, Adam, Adam]


def players(width: int = 64, device: str = "cpu") -> Players:
    """The release's networks and optimisers."""
    depths = tuple(width * k for k in (1, 2, 4, 8))
    last = nn.Conv2d(depths[2], 1, 4, 2, 1, bias=False)
    frame_judge = Judge(2, (3, *depths[:3]), last)
    last = nn.Conv3d(depths[3], 1 + CATEGORIES, 4, bias=False)
    networks = frame_judge, Judge(3, (3, *depths), last), Generator(width)
    networks = tuple(network.to(device) for network in networks)
    way = {"lr": 2e-4, "betas": (0.5, 0.999), "weight_decay": 1e-5}
    return Players(*networks, tuple(Adam(x.parameters(), **way) for x in networks))


def called(real: bool, logits: Tensor) -> Tensor:
    """What a judge pays that should have called all of these real, or fake."""
    wanted = torch.ones_like(logits) if real else torch.zeros_like(logits)
    return binary_cross_entropy_with_logits(logits, wanted)


def frame_loss(judge: Judge, seen: Tensor, forged: Tensor, rng) -> Tensor:
    """What the frame judge pays, in nats."""
    return called(True, judge(seen, rng)) + called(False, judge(forged, rng))


def clip_loss(judge: Judge, seen: Tensor, forged: Tensor, category, rng) -> Tensor:
    """What the clip judge pays, with the categories of the real clips."""
    real, fake = judge(seen, rng), judge(forged, rng)
    paid = called(True, real[:, 0]) + called(False, fake[:, 0])
    return paid + cross_entropy(real[:, 1:], category)


def generator_loss(playing: Players, images: Tensor, videos: Tensor, category, rng):
    """What the generator pays to both judges, with the categories that it was told."""
    verdict = playing.clip_judge(videos, rng)
    looks = called(True, playing.frame_judge(images, rng))
    return looks + called(True, verdict[:, 0]) + cross_entropy(verdict[:, 1:], category)


def train_step(
    playing: Players,
    real: Tensor,
    category: Tensor,
    rng: torch.Generator,
    *,
    noise=True,
) -> None:
    """One iteration on clips, (n, time, channel, height, width): all three move."""
    n, masked = len(real), rng if noise else None
    frame_judge, clip_judge, generator, optimisers = playing
    times = torch.randint(FRAMES, (n,), generator=rng, device=rng.device)
    seen, forged = real[torch.arange(n), times], generator.images(n, rng)
    descend(optimisers[0], frame_loss(frame_judge, seen, forged.detach(), masked))
    seen, (forged, _) = real.transpose(1, 2), generator.videos(n, rng)
    loss = clip_loss(clip_judge, seen, forged.detach(), category, masked)
    descend(optimisers[1], loss)
    images, (videos, told) = generator.images(n, rng), generator.videos(n, rng)
    descend(optimisers[2], generator_loss(playing, images, videos, told, masked))


def descend(optimiser: Adam, loss: Tensor) -> None:
    """One step of one player; slopes left in the others wait to be forgotten."""
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
