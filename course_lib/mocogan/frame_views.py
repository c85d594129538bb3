"""Look at a clip as pictures: all its frames, one of them, or all as one picture."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import avg_pool2d

from course_lib.metrics.optical_flow import optical_flow
from course_lib.mocogan.latents import Path
from course_lib.shapes import Images, Videos

Stack = Float[Tensor, "batch part rows columns"]
Times = Int[Tensor, "time_of_each"]

WINDOW = 7  # pixels, the side of the windows in which a judge sees motion
DAMPING = 0.05  # a window that is almost flat seems to stand still


def paint_clips(painter: Callable[[Tensor], Tensor], path: Path) -> Videos:
    """Paint all frames of all clips in one call, and put each back into its clip.

    ``painter`` takes (picture, latent) and gives (picture, channel, height, width).
    Frame t of clip n is painted from ``path[n, t]``.
    """
    n_clips, n_frames, _ = path.shape
    frames = painter(path.flatten(0, 1))
    return frames.unflatten(0, (n_clips, n_frames))


def pick_frames(videos: Videos, times: Times) -> Images:
    """Frame ``times[n]``, from 0, of each clip n: what a judge of images looks at.

    Gradients reach the frames picked; those of all others are 0.

    Raises:
        ValueError: unless there is one time for each clip.
    """
    if len(times) != len(videos):
        raise ValueError(
            f"{len(videos)} clips need a time each; {len(times)} times came."
        )
    return videos[torch.arange(len(videos), device=videos.device), times]


def draw_times(n: int, n_frames: int, rng: torch.Generator) -> Times:
    """A time for each of n clips, each of their frames as likely as any other."""
    return torch.randint(n_frames, (n,), generator=rng, device=rng.device)


def stack_frames(videos: Videos, *, shrink: int = 1) -> Stack:
    """All frames of a clip as channels of one picture, the first frame's first.

    ``shrink`` averages squares of so many pixels a side.
    """
    stack = videos.flatten(1, 2)
    return avg_pool2d(stack, shrink) if shrink > 1 else stack


def stack_flows(videos: Videos) -> Stack:
    """The flow from each frame to the next as channels, right then down, in pixels.

    A second stream for a judge of clips. Nothing in it is learnt, so it takes no side;
    gradients pass it and reach the frames.
    """
    before, after = videos[:, :-1].flatten(0, 1), videos[:, 1:].flatten(0, 1)
    flow = optical_flow(before, after, window=WINDOW, damping=DAMPING)
    return flow.unflatten(0, (len(videos), -1)).flatten(1, 2)
