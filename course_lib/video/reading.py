"""A film is a stream of frames: decode one, shrink it, let it go.

Every refusal names the file. Frames are counted, not seconds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn

import av
import torch
from av.error import FFmpegError
from jaxtyping import Float, UInt8
from torch import Tensor

from course_lib.shapes import Videos
from course_lib.video.completeness import missing_bytes
from course_lib.video.pixels import from_bytes, from_channels_last

Size = int | tuple[int, int]  # the side of a square, or (height, width)
Frame = Float[Tensor, "3 height width"]
Picture = UInt8[Tensor, "height width 3"]


class Film(NamedTuple):
    """An open film: its path, its container and its stream of pictures."""

    path: Path
    container: av.container.InputContainer
    stream: av.VideoStream


def read_video(path: str | Path, *, size: Size, stride: int = 1) -> Videos:
    """The whole film as one clip in colour: every ``stride``-th frame, from the first.

    Frames are cut to the shape of ``size`` around their middle, then resized, so that
    nothing is squeezed. Holds all frames in memory; ``frames`` holds one.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: naming the file, if it is empty, no film, cut short or damaged, or
            if its frames change their size.
    """
    height_width = _checked(size, stride)
    film = torch.stack(list(_pictures(Path(path), height_width, stride)))
    return from_channels_last(from_bytes(film)[None]).contiguous()


def frames(path: str | Path, *, size: Size, stride: int = 1) -> Iterator[Frame]:
    """The frames of ``read_video`` one by one, in the memory of one frame.

    Raises:
        FileNotFoundError, ValueError: as ``read_video``, the file's at the first frame
            or, where the damage shows later, there.
    """
    height_width = _checked(size, stride)
    pictures = _pictures(Path(path), height_width, stride)
    return (from_bytes(picture).permute(2, 0, 1) for picture in pictures)


def _checked(size: Size, stride: int) -> tuple[int, int]:
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width, stride) < 1:
        raise ValueError(
            f"Sizes and strides are whole numbers from 1, got size {size} and "
            f"stride {stride}."
        )
    return height, width


def _pictures(path: Path, size: tuple[int, int], stride: int) -> Iterator[Picture]:
    with _opened(path) as film:
        for i, frame in enumerate(_intact_frames(film)):
            if i % stride == 0:
                yield _fitted(frame, *size)


def _refuse_incomplete(path: Path) -> None:
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    if path.stat().st_size == 0:
        _refuse(path, "is empty: 0 bytes. Copy or download it again.")
    if missing := missing_bytes(path):
        _refuse(path, f"was cut short: {missing} bytes are missing. Copy it again.")


@contextmanager
def _opened(path: Path) -> Iterator[Film]:
    _refuse_incomplete(path)
    try:
        container = av.open(str(path))
    except FFmpegError as error:
        _refuse(path, f"is not a film. FFmpeg says: {error.strerror}.")
    with container:
        if not container.streams.video:
            kinds = ", ".join(stream.type for stream in container.streams)
            _refuse(path, f"holds no pictures, only: {kinds or 'nothing'}.")
        film = Film(path, container, container.streams.video[0])
        _refuse_what_only_looks_like_film(film)
        film.stream.thread_type = "AUTO"
        try:
            yield film
        except FFmpegError as error:
            _refuse(path, f"is damaged or cut short. FFmpeg says: {error.strerror}.")


def _refuse_what_only_looks_like_film(film: Film) -> None:
    kind = film.container.format.name
    if kind == "tty":  # FFmpeg paints text files on a screen of 80 x 25 letters
        _refuse(film.path, "is not a film but a text.")
    if kind == "image2" or kind.endswith("_pipe"):
        _refuse(film.path, "is not a film but a single picture.")
    if film.stream.disposition & av.stream.Disposition.attached_pic:
        _refuse(film.path, "holds no moving pictures, only sound with a cover.")


def _intact_frames(film: Film) -> Iterator[av.VideoFrame]:
    first = None
    for i, frame in enumerate(film.container.decode(film.stream)):
        size = frame.width, frame.height
        first = first or size
        if frame.is_corrupt:
            _refuse(film.path, f"is damaged or cut short at frame {i}.")
        if size != first:
            change = f"from {first} to {size} at frame {i}"
            _refuse(film.path, f"changes its (width, height) {change}; cut it there.")
        yield frame
    if first is None:
        _refuse(film.path, "holds no frame that can be decoded.")


def _fitted(frame: av.VideoFrame, height: int, width: int) -> Picture:
    """Resize until the frame just covers the size, cut its middle out, set it upright.

    Area averaging: a pixel of the small picture is the mean of those it stands for.
    """
    turns = round(frame.rotation / 90)  # a telephone writes how it was held
    if turns % 2:
        height, width = width, height
    scale = max(height / frame.height, width / frame.width)
    tall, wide = round(scale * frame.height), round(scale * frame.width)
    small = frame.reformat(wide, tall, "rgb24", interpolation="AREA").to_ndarray()
    top, left = (tall - height) // 2, (wide - width) // 2
    middle = torch.from_numpy(small)[top : top + height, left : left + width]
    return torch.rot90(middle, turns).contiguous()


def _refuse(path: Path, why: str) -> NoReturn:
    raise ValueError(f"{path} {why}")
