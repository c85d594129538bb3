"""Bytes and other orders of the axes stay outside; inside there is one clip.

The canonical clip is ``(batch, time, channel, height, width)``, float32, in [-1, 1].
"""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from course_lib.shapes import Videos

Bytes = UInt8[Tensor, "*axes"]
Canonical = Float[Tensor, "*axes"]
Frames = Float[Tensor, "frame channel height width"]
ChannelsLast = Float[Tensor, "batch time height width channel"]
ChannelsFirst = Float[Tensor, "batch channel time height width"]

ROUNDING = 1e-3  # how far beyond -1 and 1 counts as rounding, not as another range


def from_bytes(pixels: Tensor) -> Canonical:
    """0..255 becomes -1..1, in float32; the axes stay.

    Raises:
        ValueError: if the pixels are not bytes: of floats the range is not known.

    >>> from_bytes(torch.tensor([0, 255], dtype=torch.uint8))
    tensor([-1.,  1.])
    """
    if pixels.dtype != torch.uint8:
        raise ValueError(
            f"from_bytes needs torch.uint8, 0 to 255, got {pixels.dtype}; of other "
            "numbers only you know the range: bring them to [-1, 1] yourself."
        )
    return pixels.float() / 127.5 - 1


def to_bytes(values: Canonical) -> Bytes:
    """-1..1 becomes 0..255, to the nearest whole number; the axes stay.

    Raises:
        ValueError: if a value lies outside [-1, 1] or is not finite.

    >>> to_bytes(torch.tensor([-1.0, 0.25, 1.0]))
    tensor([  0, 159, 255], dtype=torch.uint8)
    """
    if values.numel() and not bool((values.abs() <= 1 + ROUNDING).all()):
        low, high = values.aminmax()
        raise ValueError(
            f"Pixels in the canonical range lie in [-1, 1], got {float(low):g} to "
            f"{float(high):g}; a prediction is cut off by .clamp(-1, 1), pictures in "
            "[0, 1] become 2 * x - 1."
        )
    return ((values.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def channels_last(videos: Videos) -> ChannelsLast:
    """The order of films and pictures: the colours of a pixel lie side by side."""
    return videos.permute(0, 1, 3, 4, 2)


def from_channels_last(films: ChannelsLast) -> Videos:
    """The way back from the order of films and pictures."""
    return films.permute(0, 1, 4, 2, 3)


def time_and_channel_swapped(videos: Videos | ChannelsFirst) -> ChannelsFirst | Videos:
    """The order of ``nn.Conv3d``, time beside height and width; twice is the way back.

    A transposition, never a reshape: that would mix the channels of different frames.
    """
    return videos.transpose(1, 2)


def frames_of_clips(videos: Videos) -> Frames:
    """All frames as one batch of images: the frames of a clip follow each other."""
    return videos.flatten(0, 1)


def clips_from_frames(images: Frames, *, n_frames: int) -> Videos:
    """The way back: every ``n_frames`` images in a row are one clip.

    Raises:
        ValueError: if the images do not divide into clips of that length.
    """
    if n_frames < 1 or len(images) % n_frames:
        raise ValueError(
            f"{len(images)} images do not divide into clips of {n_frames} frames."
        )
    return images.unflatten(0, (-1, n_frames))
