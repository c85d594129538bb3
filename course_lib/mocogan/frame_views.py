"""Conversions between clips and images: all frames, one frame, stacked frames."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import avg_pool2d

from course_lib.metrics.optical_flow import optical_flow
from course_lib.mocogan.latents import LatentPath
from course_lib.shapes import Images, Videos

StackedFrames = Float[Tensor, "batch stacked_channel rows columns"]
Times = Int[Tensor, "frame_index"]

FLOW_WINDOW = 7  # pixels, side of the windows of the optical flow
FLOW_DAMPING = 0.05  # makes the flow of nearly constant windows nearly 0


def generate_clips(
    image_generator: Callable[[Tensor], Tensor], path: LatentPath
) -> Videos:
    """Generate all frames of all clips in one call of the image generator.

    ``image_generator`` maps (image, latent) to (image, channel, height, width). Frame t
    of clip n is generated from ``path[n, t]``.
    """
    n_clips, n_frames, _ = path.shape
    frames = image_generator(path.flatten(0, 1))
    return frames.unflatten(0, (n_clips, n_frames))


def pick_frames(videos: Videos, times: Times) -> Images:
    """Frame ``times[n]``, counted from 0, of each clip n, for an image discriminator.

    Gradients flow to the picked frames; those of all other frames are 0.

    Raises:
        ValueError: unless there is one time for each clip.
    """
    if len(times) != len(videos):
        raise ValueError(
            f"{len(videos)} clips need one time each, but got {len(times)} times."
        )
    return videos[torch.arange(len(videos), device=videos.device), times]


def sample_times(n: int, n_frames: int, rng: torch.Generator) -> Times:
    """Times of n frames, uniform over 0 to n_frames - 1."""
    return torch.randint(n_frames, (n,), generator=rng, device=rng.device)


def stack_frames(videos: Videos, *, shrink: int = 1) -> StackedFrames:
    """All frames of a clip as channels of one image, those of the first frame first.

    ``shrink`` is the side of average pooling, in pixels.
    """
    stack = videos.flatten(1, 2)
    return avg_pool2d(stack, shrink) if shrink > 1 else stack


def stack_flows(videos: Videos) -> StackedFrames:
    """Optical flow from each frame to the next as channels: right, down, in pixels.

    Input of a discriminator's motion stream. The flow has no parameters, so neither the
    generator nor the discriminator trains it; gradients flow through it to the frames.
    """
    before, after = videos[:, :-1].flatten(0, 1), videos[:, 1:].flatten(0, 1)
    flow = optical_flow(before, after, window=FLOW_WINDOW, damping=FLOW_DAMPING)
    return flow.unflatten(0, (len(videos), -1)).flatten(1, 2)
