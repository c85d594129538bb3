"""Frames as patches or codes: space-to-depth, and an autoencoder for single frames."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from course_lib.initialization import reset_parameters
from course_lib.shapes import Images, Latents

FeatureMaps = Float[Tensor, "batch depth rows columns"]
PATCH = 8  # side of the square patches on which the codec's convolutions work


@dataclass(frozen=True)
class CodecSizes:
    """Sizes of the frame encoder and decoder.

    ``channels`` and ``side`` (in pixels) of a frame, channels of the hidden feature
    maps (``width``), and dimension of a frame's code (``code``).
    """

    channels: int = 1
    side: int = 64
    width: int = 64
    code: int = 128

    @property
    def n_patches(self) -> int:
        """Number of patches of a frame."""
        return (self.side // PATCH) ** 2


def space_to_depth(frames: Images, block: int) -> FeatureMaps:
    """Move the pixels of each block x block square into channels.

    (batch, C, H, W) becomes (batch, C * block^2, H / block, W / block). The block^2
    pixels of one channel are consecutive, row by row.

    Raises:
        ValueError: if height or width is not a multiple of ``block``.
    """
    if frames.shape[2] % block or frames.shape[3] % block:
        raise ValueError(
            f"space_to_depth needs a height and a width that are multiples of block, "
            f"but got frames of {frames.shape[2]} x {frames.shape[3]} pixels and block "
            f"{block}. Resize the frames or choose another block."
        )
    return pixel_unshuffle(frames, block)


def depth_to_space(features: FeatureMaps, block: int) -> Images:
    """Inverse of ``space_to_depth``: channels become the pixels of their square."""
    return pixel_shuffle(features, block)


def apply_per_frame(function: Callable[..., Tensor], *clips: Tensor) -> Tensor:
    """Apply a function of frames (n, ...) to all frames of clips (batch, time, ...)."""
    merged = function(*map(merge_time_and_batch, clips))
    return split_time_and_batch(merged, batch=len(clips[0]))


def merge_time_and_batch(clips: Tensor) -> Tensor:
    """(batch, time, ...) to (time * batch, ...), time-major; images as channels-last.

    A recurrent network reads the frames of one step for all clips. Convolutions are
    fastest in the channels-last memory format.
    """
    frames = clips.transpose(0, 1).flatten(0, 1)
    if frames.ndim < 4:
        return frames
    return frames.contiguous(memory_format=torch.channels_last)


def split_time_and_batch(frames: Tensor, *, batch: int) -> Tensor:
    """Inverse of ``merge_time_and_batch``: a view of shape (batch, time, ...)."""
    return frames.unflatten(0, (-1, batch)).transpose(0, 1)


class FrameEncoder(nn.Module):
    """Encodes a frame as a vector: patches, two convolutions, one linear map."""

    def __init__(self, sizes: CodecSizes, rng: torch.Generator):
        super().__init__()
        self.body = nn.Sequential(
            nn.PixelUnshuffle(PATCH),
            nn.Conv2d(sizes.channels * PATCH**2, sizes.width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(sizes.width, sizes.width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(sizes.width * sizes.n_patches, sizes.code),
        )
        reset_parameters(self, rng)

    def forward(self, frames: Images) -> Latents:
        """Codes of shape (batch, code)."""
        return self.body(frames)


class FrameDecoder(nn.Module):
    """Decodes codes to frames in [-1, 1], with the encoder's layers in reverse."""

    def __init__(self, sizes: CodecSizes, rng: torch.Generator):
        super().__init__()
        rows = sizes.side // PATCH
        self.body = nn.Sequential(
            nn.Linear(sizes.code, sizes.width * sizes.n_patches),
            nn.Unflatten(1, (sizes.width, rows, rows)),
            nn.LeakyReLU(0.2),
            nn.Conv2d(sizes.width, sizes.width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(sizes.width, sizes.channels * PATCH**2, 3, padding=1),
            nn.PixelShuffle(PATCH),
            nn.Tanh(),
        )
        reset_parameters(self, rng)

    def forward(self, codes: Latents) -> Images:
        """Frames of shape (batch, channel, side, side)."""
        return self.body(codes)
