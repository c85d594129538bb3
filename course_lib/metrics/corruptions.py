"""Known corruptions of clips, which show what each metric is sensitive to.

Each function takes clips in [-1, 1] and a generator, which some of them do not use, and
returns as many clips in the same range. Bytes, and all other inputs that are not clips
of floats, raise a ValueError.
"""

from collections.abc import Callable, Mapping
from math import ceil

import torch
from torch import Generator
from torch.nn.functional import conv2d, pad

from course_lib.metrics.clip_sets import check_clips
from course_lib.metrics.inputs import (
    VIDEOS,
    as_clips,
    as_generator,
    convert_arguments,
    with_axes,
)
from course_lib.metrics.ssim import gaussian_window
from course_lib.shapes import Videos

BLUR_SIGMA = 1.0  # pixels
NOISE_STD = 0.1  # for pixels in [-1, 1]

Corruption = Callable[[Videos, Generator], Videos]

_convert_clips = convert_arguments(
    videos=with_axes(*VIDEOS, converter=as_clips), rng=as_generator
)


@_convert_clips
def freeze(videos: Videos, rng: Generator) -> Videos:
    """The middle frame of each clip, repeated."""
    middle = videos.shape[1] // 2
    return videos[:, middle : middle + 1].repeat(1, videos.shape[1], 1, 1, 1)


@_convert_clips
def shuffle(videos: Videos, rng: Generator) -> Videos:
    """The frames of each clip in a random order, another one for each clip."""
    order = torch.rand(videos.shape[:2], generator=rng, device=rng.device).argsort(1)
    clips = torch.arange(len(videos), device=videos.device)[:, None]
    return videos[clips, order.to(videos.device)]


@_convert_clips
def reverse(videos: Videos, rng: Generator) -> Videos:
    """The frames of each clip in reversed order."""
    return videos.flip(1)


@_convert_clips
def blur(videos: Videos, rng: Generator) -> Videos:
    """Each frame blurred by a Gaussian; borders are continued outwards."""
    radius = ceil(3 * BLUR_SIGMA)
    window = gaussian_window(2 * radius + 1, BLUR_SIGMA).to(videos)
    frames = videos.flatten(0, 2).unsqueeze(1)
    padded = pad(frames, (radius, radius, radius, radius), mode="replicate")
    along_rows = conv2d(padded, window.view(1, 1, 1, -1))
    return conv2d(along_rows, window.view(1, 1, -1, 1)).view_as(videos)


@_convert_clips
def add_noise(videos: Videos, rng: Generator) -> Videos:
    """Gaussian noise on every value, clipped to [-1, 1].

    Raises:
        ValueError: for clips in another range.
    """
    check_clips(videos)
    noise = torch.randn(videos.shape, generator=rng, device=rng.device)
    return (videos + NOISE_STD * noise.to(videos)).clamp(-1, 1)


@_convert_clips
def swap_one_frame(videos: Videos, rng: Generator) -> Videos:
    """One frame of each clip replaced by the frame of the next clip at that time.

    The time is random, and the same for all clips. The set of all frames does not
    change, so that metrics of single frames cannot detect this corruption.

    Raises:
        ValueError: if there is only one clip.
    """
    check_clips(videos, min_clips=2)
    time = torch.randint(videos.shape[1], (1,), generator=rng, device=rng.device)
    swapped = videos.clone()
    swapped[:, time.item()] = videos[:, time.item()].roll(-1, dims=0)
    return swapped


@_convert_clips
def recolour(videos: Videos, rng: Generator) -> Videos:
    """Interpolate from the original colours to rotated channels over the clip.

    The last frame has the red channel in green, green in blue, and blue in red. Black
    stays black.

    Raises:
        ValueError: unless clips have three channels.
    """
    if videos.shape[2] != 3:
        raise ValueError(
            "recolour needs the channels red, green, blue, but the clips have "
            f"{videos.shape[2]}."
        )
    weight = torch.linspace(0, 1, videos.shape[1], device=videos.device)
    return torch.lerp(videos, videos.roll(1, 2), weight.view(1, -1, 1, 1, 1).to(videos))


CORRUPTIONS: Mapping[str, Corruption] = {
    "freeze": freeze,
    "shuffle": shuffle,
    "reverse": reverse,
    "blur": blur,
    "noise": add_noise,
    "swap one frame": swap_one_frame,
    "recolour": recolour,
}
