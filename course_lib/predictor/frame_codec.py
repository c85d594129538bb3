"""Fold a frame into fewer, deeper places: patches keep every pixel, a code does not."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from course_lib.initialization import reset_parameters
from course_lib.shapes import Images, Latents

Places = Float[Tensor, "batch depth rows columns"]
PATCH = 8  # side of the squares in which the codec's convolutions see a frame


@dataclass(frozen=True)
class CodecSizes:
    """Sizes of a codec: a frame's channels and side, inner width, length of a code."""

    channels: int = 1
    side: int = 64
    width: int = 64
    code: int = 128

    @property
    def places(self) -> int:
        """Patches of a frame."""
        return (self.side // PATCH) ** 2


def space_to_depth(frames: Images, block: int) -> Places:
    """Stack the pixels of every block x block square as channels of one place.

    A channel's pixels stay together, row by row: C channels become C * block^2.

    Raises:
        ValueError: if the height or the width is no multiple of ``block``.
    """
    if frames.shape[2] % block or frames.shape[3] % block:
        raise ValueError(
            f"Frames of {frames.shape[2]} x {frames.shape[3]} pixels do not divide "
            f"into squares of side {block}; resize the frames or choose another block."
        )
    return pixel_unshuffle(frames, block)


def depth_to_space(places: Places, block: int) -> Images:
    """Undo ``space_to_depth``: channels back to the pixels of their square."""
    return pixel_shuffle(places, block)


def each_frame(function: Callable[..., Tensor], *clips: Tensor) -> Tensor:
    """Apply a function of frames to all frames of clips, (batch, time, ...)."""
    return as_clips(function(*map(time_first, clips)), batch=len(clips[0]))


def time_first(clips: Tensor) -> Tensor:
    """All frames of all clips, (time * batch, ...): those of one step side by side.

    A recurrent network reads them in this order; pictures have their channels last in
    memory, which is how convolutions read them fastest.
    """
    frames = clips.transpose(0, 1).flatten(0, 1)
    if frames.ndim < 4:
        return frames
    return frames.contiguous(memory_format=torch.channels_last)


def as_clips(frames: Tensor, *, batch: int) -> Tensor:
    """Undo ``time_first``: (batch, time, ...), without moving anything in memory."""
    return frames.unflatten(0, (-1, batch)).transpose(0, 1)


class FrameEncoder(nn.Module):
    """A frame as a vector: patches, two convolutions, one linear map."""

    def __init__(self, sizes: CodecSizes, rng: torch.Generator):
        super().__init__()
        self.body = nn.Sequential(
            nn.PixelUnshuffle(PATCH),
            nn.Conv2d(sizes.channels * PATCH**2, sizes.width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(sizes.width, sizes.width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(sizes.width * sizes.places, sizes.code),
        )
        reset_parameters(self, rng)

    def forward(self, frames: Images) -> Latents:
        """Codes of shape (batch, code)."""
        return self.body(frames)


class FrameDecoder(nn.Module):
    """The way back: what an encoder folds, this unfolds into a frame in [-1, 1]."""

    def __init__(self, sizes: CodecSizes, rng: torch.Generator):
        super().__init__()
        rows = sizes.side // PATCH
        self.body = nn.Sequential(
            nn.Linear(sizes.code, sizes.width * sizes.places),
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
