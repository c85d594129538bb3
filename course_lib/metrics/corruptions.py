"""Break clips in known ways: a score is as good as what it notices.

Each takes clips in [-1, 1] and a generator, of which some make no use, and gives as
many clips in the same range. Nothing but what the name says changes. Bytes are
refused with a ValueError, as is anything that is no set of clips of floats.
"""

from collections.abc import Callable, Mapping
from math import ceil

import torch
from torch import Generator
from torch.nn.functional import conv2d, pad

from course_lib.metrics.clip_sets import refuse_odd_clips
from course_lib.metrics.given import VIDEOS, dice, pixels, shaped, takes
from course_lib.metrics.ssim import gaussian_window
from course_lib.shapes import Videos

BLUR = 1.0  # pixels, the width of the Gaussian
NOISE = 0.1  # of pixels in [-1, 1], the width of the Gaussian

Corruption = Callable[[Videos, Generator], Videos]

_breaks = takes(videos=shaped(*VIDEOS, rule=pixels), rng=dice)


@_breaks
def freeze(videos: Videos, rng: Generator) -> Videos:
    """The middle frame, standing still."""
    middle = videos.shape[1] // 2
    return videos[:, middle : middle + 1].repeat(1, videos.shape[1], 1, 1, 1)


@_breaks
def shuffle(videos: Videos, rng: Generator) -> Videos:
    """The frames of each clip in an order of its own: all pictures are kept."""
    places = torch.rand(videos.shape[:2], generator=rng, device=rng.device).argsort(1)
    clips = torch.arange(len(videos), device=videos.device)[:, None]
    return videos[clips, places.to(videos.device)]


@_breaks
def reverse(videos: Videos, rng: Generator) -> Videos:
    """The last frame first."""
    return videos.flip(1)


@_breaks
def blur(videos: Videos, rng: Generator) -> Videos:
    """Every frame under a Gaussian window; the border goes on outwards."""
    reach = ceil(3 * BLUR)
    window = gaussian_window(2 * reach + 1, BLUR).to(videos)
    frames = videos.flatten(0, 2).unsqueeze(1)
    wide = pad(frames, (reach, reach, reach, reach), mode="replicate")
    across = conv2d(wide, window.view(1, 1, 1, -1))
    return conv2d(across, window.view(1, 1, -1, 1)).view_as(videos)


@_breaks
def add_noise(videos: Videos, rng: Generator) -> Videos:
    """Gaussian noise on every number, cut off at -1 and 1.

    Raises:
        ValueError: for clips that lie in another range.
    """
    refuse_odd_clips(videos)
    noise = torch.randn(videos.shape, generator=rng, device=rng.device)
    return (videos + NOISE * noise.to(videos)).clamp(-1, 1)


@_breaks
def swap_one_frame(videos: Videos, rng: Generator) -> Videos:
    """At one moment, the same for all, each clip shows the frame of the next clip.

    The set keeps every picture that it had: whoever looks at single frames sees
    nothing.

    Raises:
        ValueError: if there is a single clip, which has nobody to swap with.
    """
    refuse_odd_clips(videos, clips=2)
    when = torch.randint(videos.shape[1], (1,), generator=rng, device=rng.device)
    swapped = videos.clone()
    swapped[:, when.item()] = videos[:, when.item()].roll(-1, dims=0)
    return swapped


@_breaks
def recolour(videos: Videos, rng: Generator) -> Videos:
    """Red, green and blue change places step by step, from the first frame to the last.

    The last frame has red's light in green, green's in blue, blue's in red; black stays
    black.

    Raises:
        ValueError: unless clips have three colours.
    """
    if videos.shape[2] != 3:
        raise ValueError(f"Only red, green, blue recolour; got {videos.shape[2]}.")
    share = torch.linspace(0, 1, videos.shape[1], device=videos.device)
    return torch.lerp(videos, videos.roll(1, 2), share.view(1, -1, 1, 1, 1).to(videos))


CORRUPTIONS: Mapping[str, Corruption] = {
    "freeze": freeze,
    "shuffle": shuffle,
    "reverse": reverse,
    "blur": blur,
    "noise": add_noise,
    "swap one frame": swap_one_frame,
    "recolour": recolour,
}
