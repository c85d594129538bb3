"""A classifier of clips of shape motion, whose features are used to compare clip sets.

Its predictions of motion, shape and size evaluate conditional models. Its last hidden
layer provides the features for the Frechet and kernel distance, precision and recall.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib.data.shape_motion import FRAME_SHAPE, MOTIONS, SHAPES, SIZES
from course_lib.downsampling import normalized_downsampling_layers
from course_lib.initialization import reset_parameters
from course_lib.metrics.inputs import (
    VIDEOS,
    as_clips,
    as_tensor,
    convert_arguments,
    with_axes,
)
from course_lib.shapes import Labels, Videos

WIDTH, N_FEATURES = 16, 64
N_CLASSES = (len(MOTIONS), len(SHAPES), len(SIZES))
MIN_BRIGHTNESS = 0.05  # of the range of 2: darker clips are not normalized further

Logits = Float[Tensor, "batch class"]
Features = Float[Tensor, "batch feature"]


class ClipLogits(NamedTuple):
    """Logits of motion, shape and size, each (batch, class), in the data's order."""

    motion: Logits
    shape: Logits
    size: Logits

    def predictions(self) -> tuple[Labels, Labels, Labels]:
        """The most likely motion, shape and size of each clip, as class indices."""
        motion, shape, size = (logits.argmax(dim=1) for logits in self)
        return motion, shape, size


def _as_clip_tensor(x: Any, name: str) -> Videos:
    return with_axes(*VIDEOS, converter=as_clips)(as_tensor(x, name), name)


_convert_videos = convert_arguments(videos=_as_clip_tensor)


class ClipClassifier(nn.Module):
    """A 3-D convolutional classifier of shape motion: 16 frames of 64 x 64 RGB pixels.

    Four convolutions of stride 2 lead to 1 x 4 x 4 positions, a linear layer to 64
    features, and one linear head each to the logits of motion, shape and size.
    """

    def __init__(self, rng: torch.Generator):
        super().__init__()
        channels = (FRAME_SHAPE[0], *(WIDTH * factor for factor in (1, 2, 4, 4)))
        linear = nn.Linear(channels[-1] * 4 * 4, N_FEATURES)
        self.body = nn.Sequential(
            *normalized_downsampling_layers(channels, nn.Conv3d),
            nn.Flatten(),
            linear,
            nn.SiLU(),
        )
        self.heads = nn.ModuleList(nn.Linear(N_FEATURES, n) for n in N_CLASSES)
        reset_parameters(self, rng)

    @_convert_videos
    def features(self, videos: Videos) -> Features:
        """Features of each clip, shape (batch, 64), float32.

        Each clip is first scaled until its largest value is 1, because the brightness
        of a shape does not determine its class.

        Raises:
            ValueError: unless the clips are a tensor of floats, (batch, time, channel,
                height, width). Bytes would be taken for dark clips.
        """
        light = videos.to(next(self.parameters()).dtype) + 1
        brightness = light.flatten(1).amax(dim=1).clamp(min=MIN_BRIGHTNESS)
        normalized = light / brightness.view(-1, 1, 1, 1, 1)
        return self.body(normalized.transpose(1, 2)).float()

    @_convert_videos
    def forward(self, videos: Videos) -> ClipLogits:
        """Logits of motion, shape and size of each clip."""
        features = self.features(videos)
        return ClipLogits(*(head(features).float() for head in self.heads))
