"""Clips of a film: windows of T frames with a stride, read in constant memory."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.data.splits import split_range
from course_lib.paths import DATA
from course_lib.shapes import Videos
from course_lib.video import frames, read_video
from course_lib.video.reading import Size

FILM = DATA / "big_buck_bunny.mp4"  # 132 frames, 25 fps

LongTake = Float[Tensor, "frame channel height width"]


def windows(film: LongTake, *, length: int, stride: int = 1, step: int = 1) -> Videos:
    """All clips of ``length`` frames, ``stride`` frames apart, within a film.

    One clip starts ``step`` frames after the other. A clip spans
    (length - 1) * stride + 1 frames. Shape (batch, time, channel, height, width).

    Raises:
        ValueError: if length, stride or step is below 1, or the film is too short.
    """
    check_positive(length=length, stride=stride, step=step)
    span = (length - 1) * stride + 1  # from a clip's first frame to its last
    if len(film) < span:
        raise ValueError(
            f"A clip of {length} frames, {stride} apart, spans {span}; "
            f"the film has {len(film)}."
        )
    return film.unfold(0, span, step)[..., ::stride].movedim(-1, 1).contiguous()


def check_positive(**counts: int) -> None:
    """Check that numbers of frames are at least 1.

    Raises:
        ValueError: if one of them is below 1; the message names all of them.
    """
    if min(counts.values()) < 1:
        got = ", ".join(f"{name}={count}" for name, count in counts.items())
        raise ValueError(f"Frames count from 1, got {got}.")


def clips(
    path: str | Path, *, length: int, size: Size, stride: int = 1, step: int = 1
) -> Iterator[Videos]:
    """The clips of ``windows``, one by one while the file is decoded.

    Each is a batch of one clip. Only the frames that one clip spans are in memory.

    Raises:
        ValueError: as ``windows`` and ``video.frames`` do.
    """
    check_positive(length=length, stride=stride, step=step)
    return _slide(Path(path), frames(path, size=size), (length, stride, step))


def course_clips(split: str, *, length: int, size: Size, stride: int = 1) -> Videos:
    """Clips of one split of the course's film; no frame is in two splits.

    The first 70 % of the film are for training, the last 15 % for the test. Both show
    the same scene, so a test of generalization needs another film.

    Raises:
        ValueError: if there is no such split, or it is shorter than a clip.
    """
    film = read_video(FILM, size=size)[0]
    indices = split_range(len(film), split)
    return windows(film[indices.start : indices.stop], length=length, stride=stride)


def _slide(
    path: Path, film: Iterator[Tensor], length_stride_step: tuple[int, int, int]
) -> Iterator[Videos]:
    length, stride, step = length_stride_step
    span = (length - 1) * stride + 1
    window: deque[Tensor] = deque(maxlen=span)
    end = 0
    for end, frame in enumerate(film, start=1):
        window.append(frame)
        if end >= span and (end - span) % step == 0:
            yield torch.stack(list(window)[::stride])[None]
    if end < span:
        try:
            windows(torch.stack(list(window)), length=length, stride=stride)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
