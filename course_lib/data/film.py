"""Slide a window along a film: every clip of T frames, s apart, in constant memory."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.data.splits import part
from course_lib.paths import DATA
from course_lib.shapes import Videos
from course_lib.video import frames, read_video
from course_lib.video.reading import Size

FILM = DATA / "big_buck_bunny.mp4"  # 132 frames, 25 fps

LongTake = Float[Tensor, "frame channel height width"]


def windows(film: LongTake, *, length: int, stride: int = 1, step: int = 1) -> Videos:
    """All clips of ``length`` frames, ``stride`` apart, that lie within the film.

    Neighbouring clips begin ``step`` frames apart. A film shorter than one clip's span,
    (length - 1) stride + 1 frames, has none.

    Raises:
        ValueError: if length, stride or step is below 1, or the film is too short.
    """
    refuse_below_one(length=length, stride=stride, step=step)
    span = (length - 1) * stride + 1  # from a clip's first frame to its last
    if len(film) < span:
        raise ValueError(
            f"A clip of {length} frames, {stride} apart, spans {span}; "
            f"the film has {len(film)}."
        )
    return film.unfold(0, span, step)[..., ::stride].movedim(-1, 1).contiguous()


def refuse_below_one(**counts: int) -> None:
    """Let numbers pass that count frames.

    Raises:
        ValueError: if one of them is below 1; the message names them all.
    """
    if min(counts.values()) < 1:
        got = ", ".join(f"{name}={count}" for name, count in counts.items())
        raise ValueError(f"Frames count from 1, got {got}.")


def clips(
    path: str | Path, *, length: int, size: Size, stride: int = 1, step: int = 1
) -> Iterator[Videos]:
    """The clips of ``windows``, one by one while the file is decoded.

    Each is a batch of one. The memory is that of one clip's span, however long the
    film. Reading and refusing is ``video.frames``'.

    Raises:
        ValueError: as ``windows`` and ``video.frames`` do.
    """
    refuse_below_one(length=length, stride=stride, step=step)
    return _slide(Path(path), frames(path, size=size), (length, stride, step))


def course_clips(split: str, *, length: int, size: Size, stride: int = 1) -> Videos:
    """Clips of one part of the course's film: no frame of it is in another part.

    One film is one source: its first 70 % are for training, the last 15 % for the
    test. That keeps the frames apart, not the scene; a true test needs another film.

    Raises:
        ValueError: if there is no such part, or it is too short.
    """
    film = read_video(FILM, size=size)[0]
    places = part(len(film), split)
    return windows(film[places.start : places.stop], length=length, stride=stride)


def _slide(
    path: Path, film: Iterator[Tensor], length_stride_step: tuple[int, int, int]
) -> Iterator[Videos]:
    length, stride, step = length_stride_step
    span = (length - 1) * stride + 1
    held: deque[Tensor] = deque(maxlen=span)
    end = 0
    for end, frame in enumerate(film, start=1):
        held.append(frame)
        if end >= span and (end - span) % step == 0:
            yield torch.stack(list(held)[::stride])[None]
    if end < span:
        try:
            windows(torch.stack(list(held)), length=length, stride=stride)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
