"""Ask a network that has learnt to see what a clip shows: motion, shape and size.

Its verdicts score models that were asked for a class; the numbers behind its verdicts
are the features in which whole sets of clips are compared.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.downsampling import normalized_downsampling_layers
from course_lib.initialization import reset_parameters
from course_lib.metrics.given import VIDEOS, pixels, shaped, takes, tensor
from course_lib.shapes import Labels, Videos

WIDTH, FEATURES = 16, 64
OPTIONS = (2, 2, 4)  # motions, shapes and sizes of shape motion
DARKEST = 0.05  # of the range of 2: a darker clip is not lit up any further

Logit = Float[Tensor, "batch option"]
Features = Float[Tensor, "batch feature"]


class Verdicts(NamedTuple):
    """Logits of each clip, in the order in which shape motion lists its options."""

    motion: Logit
    shape: Logit
    size: Logit

    def named(self) -> tuple[Labels, Labels, Labels]:
        """The likeliest motion, shape and size of each clip, as places in the lists."""
        motion, shape, size = (logits.argmax(dim=1) for logits in self)
        return motion, shape, size


def _clips(x: Any, name: str) -> Videos:
    return shaped(*VIDEOS, rule=pixels)(tensor(x, name), name)


_looks = takes(videos=_clips)


class ClipClassifier(nn.Module):
    """A classifier of shape motion: 16 frames of 64 x 64 pixels in colour."""

    def __init__(self, rng: torch.Generator):
        super().__init__()
        depths = (3, *(WIDTH * factor for factor in (1, 2, 4, 4)))  # to 1 x 4 x 4
        flat = nn.Linear(depths[-1] * 4 * 4, FEATURES)
        self.body = nn.Sequential(
            *normalized_downsampling_layers(depths, nn.Conv3d),
            nn.Flatten(),
            flat,
            nn.SiLU(),
        )
        self.heads = nn.ModuleList(nn.Linear(FEATURES, count) for count in OPTIONS)
        reset_parameters(self, rng)

    @_looks
    def features(self, videos: Videos) -> Features:
        """What the verdicts are made of, (batch, 64).

        Every clip is first lit up until its brightest number is 1: how dark a thing is
        says nothing of its shape.

        Raises:
            ValueError: unless the clips are a tensor of floats, (batch, time, channel,
                height, width). Bytes would pass for dark clips.
        """
        light = videos.to(next(self.parameters()).dtype) + 1
        brightest = light.flatten(1).amax(dim=1).clamp(min=DARKEST)
        lit = light / brightest.view(-1, 1, 1, 1, 1)
        return self.body(lit.transpose(1, 2)).float()

    @_looks
    def forward(self, videos: Videos) -> Verdicts:
        """What each clip shows."""
        seen = self.features(videos)
        return Verdicts(*(head(seen).float() for head in self.heads))
