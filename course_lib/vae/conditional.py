"""Say what is wanted, and let the noise decide the rest: p(clip | class, first frame).

One model answers three questions, for in training each part of the condition is left
out of every second clip: what is not told is zero. The prior is told, too, and learns
which codes a wish makes likely: a code knows the shape better than any label does, so
with one prior for all wishes the decoder never learns to listen.

Source: Sohn, Lee and Yan 2015, section 4.1.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import one_hot

from course_lib.downsampling import downsampling_layers
from course_lib.initialization import reset_parameters
from course_lib.shapes import Images, Labels, Points, Videos
from course_lib.vae.clip_vae import KEEPING, ClipSizes, ClipVAE, Code, as_code
from course_lib.vae.elbo import Elbo
from course_lib.vae.gaussian import kl_between, log_density, reparameterize

N_CLASSES = 4  # of shape motion: a shape and a motion
FRAME_CODE = 28  # numbers that say what a first frame shows
GUESSER = 128  # width of the network that guesses codes from the condition

Told = Float[Tensor, "batch part"]


class Condition(NamedTuple):
    """What is told of each clip: its class, its first frame, and which of both.

    Classes count from 0 to 3, as ``data.shape_classes`` does. ``told`` has two columns,
    class and first frame: 1 where it is told, 0 where not.
    """

    classes: Labels
    first: Images
    told: Told


def of_classes(classes: Labels, sizes: ClipSizes) -> Condition:
    """Only the class is told."""
    blank = torch.zeros(len(classes), sizes.channels, sizes.side, sizes.side)
    return Condition(classes, blank.to(classes.device), _told(classes, (1, 0)))


def of_frames(first: Images) -> Condition:
    """Only the first frame is told."""
    classes = torch.zeros(len(first), dtype=torch.long, device=first.device)
    return Condition(classes, first, _told(classes, (0, 1)))


def forgetful(classes: Labels, first: Images, rng: torch.Generator) -> Condition:
    """Both are told, but a coin leaves each out of every second clip."""
    coins = torch.rand(len(classes), 2, generator=rng, device=rng.device)
    return Condition(classes, first, (coins < 0.5).float())


class ConditionalVAE(nn.Module):
    """A clip VAE whose encoder, decoder and prior are told the condition."""

    def __init__(self, sizes: ClipSizes, rng: torch.Generator):
        super().__init__()
        told = replace(sizes, condition=N_CLASSES + FRAME_CODE)
        self.clips = ClipVAE(told, rng)
        widths = (sizes.channels, *(sizes.width // 2 * k for k in (1, 2, 4, 4)))
        flat = widths[-1] * (sizes.side // 2 ** (len(widths) - 1)) ** 2
        self.look = nn.Sequential(
            *downsampling_layers(widths, nn.Conv2d),
            nn.Flatten(),
            nn.Linear(flat, FRAME_CODE),
            nn.Tanh(),
        )
        reset_parameters(self.look, rng, gain=KEEPING)
        self.guess = nn.Sequential(
            nn.Linear(told.condition, GUESSER),
            nn.SiLU(),
            nn.Linear(GUESSER, 2 * sizes.latent),
        )
        reset_parameters(self.guess, rng)

    def read(self, condition: Condition) -> Points:
        """The condition as numbers; a part that is not told is zero."""
        classes = one_hot(condition.classes, N_CLASSES).float()
        seen = self.look(condition.first + 1).float()  # black is 0
        told_class, told_frame = condition.told.split(1, dim=1)
        return torch.cat((classes * told_class, seen * told_frame), dim=1)

    def prior(self, told: Points) -> Code:
        """p(z | condition): which codes a wish makes likely."""
        return as_code(self.guess(told))

    def sample(self, condition: Condition, rng: torch.Generator) -> Videos:
        """One clip for each condition, from codes drawn from its prior."""
        told = self.read(condition)
        return self.clips.decode(reparameterize(*self.prior(told), rng), told)


def conditional_elbo(
    model: ConditionalVAE, videos: Videos, condition: Condition, rng: torch.Generator
) -> Elbo:
    """The bound on log p(clip | condition) of every clip, in nats."""
    told = model.read(condition)
    code = model.clips.encode(videos, told)
    mean = model.clips.decode(reparameterize(*code, rng), told)
    likelihood = log_density(videos, mean, model.clips.sigma)
    return Elbo(likelihood, kl_between(*code, *model.prior(told)))


def _told(classes: Labels, parts: Sequence[int]) -> Told:
    row = torch.tensor([parts], dtype=torch.float32, device=classes.device)
    return row.expand(len(classes), 2)
