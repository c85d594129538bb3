"""A film is a stream of frames: decode one, shrink it, let it go.

Every refusal and every warning names the file. Frames are counted, not seconds.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn

import av
import torch
from av.codec.codec import UnknownCodecError
from av.error import FFmpegError
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Videos
from course_lib.video.completeness import animated_webp, lacks_index, stated_end
from course_lib.video.display import (
    Orientation,
    Picture,
    displayed_picture,
    orientation,
)
from course_lib.video.pixels import from_bytes, from_channels_last

Size = int | tuple[int, int]  # the side of a square, or (height, width)
Frame = Float[Tensor, "3 height width"]

HDR = {16: "PQ", 18: "HLG"}  # transfer characteristics, ITU-T H.273
INDEXED = ("mov,mp4,m4a,3gp,3g2,mj2", "avi")  # containers with a list of all frames,
COUNTING = (*INDEXED, "ivf")  # and those that state their number
DECODERS_OF_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own drop it
END_OF_JPEG = b"\xff\xd9"
PATTERN = "%*?[{"  # signs in a name that FFmpeg may take for a series of pictures


class Film(NamedTuple):
    """An open film; ``ends`` says that the file states its end, and reaches it."""

    path: Path
    ends: bool
    container: av.container.InputContainer
    stream: av.VideoStream
    decoder: av.VideoCodecContext


def read_video(path: str | Path, *, size: Size, stride: int = 1) -> Videos:
    """The whole film as one clip in colour: every ``stride``-th frame, from the first.

    Frames are what a player shows: turned and mirrored by the display matrix, in the
    proportions of the sample aspect ratio, and black where they are transparent. Of
    several video streams the default one is read, or the one FFmpeg finds best, never
    the picture of a cover. Frames are resized until they cover ``size``, then cut to it
    around their middle, so that nothing is squeezed. Holds all frames in memory;
    ``frames`` holds one.

    Warns, in a ``UserWarning``, of what a player would treat and this does not: high
    dynamic range, interlaced frames, a turn by an odd angle. Warns as well if fewer
    frames can be decoded than the file counts, and if the file does not say where it
    ends, so that a missing end could not be seen.

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
        aspect = film.stream.sample_aspect_ratio
        codec = film.container.format.name, film.stream.codec_context.name
        unused = codec == ("avi", "rawvideo")  # many write 0 into the fourth byte
        turns: dict[int, Orientation] = {}
        for i, frame in enumerate(_several_frames(film)):
            if i % stride == 0:
                if (angle := frame.rotation) not in turns:
                    turns[angle] = _orientation(path, frame)
                turn = turns[angle]
                yield displayed_picture(
                    frame, turn, aspect, *size, alpha_may_be_unused=unused
                )


def _orientation(path: Path, frame: av.VideoFrame) -> Orientation:
    turn = orientation(frame)
    if turn.slanted:
        _warn(
            path, "is turned by an odd angle; it is read in the nearest quarter turn."
        )
    return turn


def _checked_end(path: Path) -> bool:
    """Whether the file says where it ends; refuse it if it ends before."""
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    if path.stat().st_size == 0:
        _raise(path, "is empty: 0 bytes. Copy or download it again.")
    end, size = stated_end(path), path.stat().st_size
    if end is not None and end > size:
        _raise(
            path,
            f"was cut short: at least {end - size} bytes are missing. Copy it again.",
        )
    return end is not None


@contextmanager
def _opened(path: Path) -> Iterator[Film]:
    ends = _checked_end(path)
    with _readable(path) as source:
        try:
            container = av.open(source, metadata_errors="replace")
        except FFmpegError as error:
            if lacks_index(path):
                _raise(
                    path,
                    "was cut short or its recording was never finished: the index "
                    "(moov) is missing, without which no frame can be found. Copy or "
                    "record it again.",
                )
            _raise(path, f"is not a film. FFmpeg says: {error.strerror}.")
        with container:
            stream = _film_stream(path, container)
            # Frame threads would be faster, but PyAV loses the errors of the last
            # frames with them, and with the errors the frames behind.
            stream.thread_type = "SLICE"
            film = Film(path, ends, container, stream, _decoder(path, stream))
            try:
                yield film
            except FFmpegError as error:
                _raise(path, f"is damaged or cut short. FFmpeg says: {error.strerror}.")


@contextmanager
def _readable(path: Path) -> Iterator[object]:
    """What ``av.open`` is to open: FFmpeg must not read a meaning into a name.

    After "file:" a colon is a colon. Before a sign of a pattern only a source without a
    name helps.
    """
    if not any(sign in str(path) for sign in PATTERN):
        yield f"file:{path}"
        return
    with path.open("rb") as file:
        yield Nameless(file)


class Nameless:
    """An open file that does not tell its name."""

    def __init__(self, file) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def _film_stream(path: Path, container: av.container.InputContainer) -> av.VideoStream:
    if container.format.name == "tty":  # FFmpeg paints text on a screen of 80 x 25
        _raise(path, "is not a film but a text.")
    if not container.streams.video:
        kinds = ", ".join(stream.type for stream in container.streams)
        _raise(path, f"holds no pictures, only: {kinds or 'nothing'}.")
    cover = av.stream.Disposition.attached_pic
    moving = [s for s in container.streams.video if not s.disposition & cover]
    if not moving:
        _raise(path, "holds no moving pictures, only sound with a cover.")
    best = container.streams.best("video")
    stream = best if best in moving else moving[0]  # covers may be marked as default
    if _is_picture(container) and animated_webp(path):
        _raise(
            path,
            "is an animated WebP, which the FFmpeg of PyAV cannot decode. Make a GIF "
            "of it: PIL.Image.open(path).save('film.gif', save_all=True).",
        )
    if stream.codec_context is None:
        _raise(path, "holds a film of a kind that the FFmpeg of PyAV cannot decode.")
    return stream


def _is_picture(container: av.container.InputContainer) -> bool:
    """Whether the file holds bare pictures, of which a single one is no film."""
    kind = container.format.name
    return kind == "image2" or (kind.endswith("_pipe") and kind != "yuv4mpegpipe")


def _decoder(path: Path, stream: av.VideoStream) -> av.VideoCodecContext:
    """The stream's own, or for transparent VP8 and VP9 the one that decodes alpha."""
    name = DECODERS_OF_ALPHA.get(stream.codec_context.name)
    if name is None or stream.metadata.get("alpha_mode") != "1":
        return stream.codec_context
    try:
        return av.CodecContext.create(name, "r")
    except UnknownCodecError:
        _warn(path, f"is transparent, which needs {name}: hidden colours are shown.")
        return stream.codec_context


def _several_frames(film: Film) -> Iterator[av.VideoFrame]:
    """All frames of a film; bare pictures are a film if there are two."""
    decoded = _intact_frames(film)
    if _is_picture(film.container):
        first, second = next(decoded), next(decoded, None)
        if second is None:
            _raise(film.path, "is not a film but a single picture.")
        yield from (first, second)
    yield from decoded


def _intact_frames(film: Film) -> Iterator[av.VideoFrame]:
    first, n_packets, n_frames, warned = None, 0, 0, set()
    for packet in film.container.demux(film.stream):
        n_packets += packet.size > 0 and not packet.is_discard
        if _is_cut(packet, film.container):
            _raise(film.path, f"is damaged or cut short at frame {n_packets - 1}.")
        for frame in film.decoder.decode(packet):
            size = frame.width, frame.height
            first = first or size
            if frame.is_corrupt:
                _raise(film.path, f"is damaged or cut short at frame {n_frames}.")
            if size != first:
                _raise_size_change(film, first, size, n_frames)
            for words in _untreated(frame):
                if words not in warned:
                    _warn(film.path, words)
                    warned.add(words)
            n_frames += 1
            yield frame
    if first is None:
        _raise(film.path, "holds no frame that can be decoded.")
    _compare_with_count(film, n_packets, n_frames)


def _is_cut(packet: av.Packet, container: av.container.InputContainer) -> bool:
    """Whether the file ends inside this packet.

    A transport stream marks packets after every gap of a broadcast: there the frames
    decide. Nobody marks the JPEGs of a row of bare ones; a whole one has an end.
    """
    if container.format.name == "mpegts":
        return False
    bare_jpeg = container.format.name in ("mjpeg", "jpeg_pipe") and packet.size > 0
    return packet.is_corrupt or (bare_jpeg and END_OF_JPEG not in bytes(packet))


def _raise_size_change(
    film: Film, first: tuple[int, int], size: tuple[int, int], i: int
) -> NoReturn:
    if _is_picture(film.container):
        _raise(film.path, "is not a film but pictures of several sizes.")
    change = f"from {first} to {size} at frame {i}"
    _raise(film.path, f"changes its (width, height) {change}; cut it there.")


def _untreated(frame: av.VideoFrame) -> Iterator[str]:
    """In words, what a player does with such a frame and the course does not."""
    if kind := HDR.get(frame.color_trc):
        yield (
            f"is a film of high dynamic range ({kind}). Its values are read as they "
            "are, without tone mapping, and look flat; convert it to BT.709 first."
        )
    if frame.interlaced_frame:
        yield (
            "is interlaced: the even and the odd lines of a frame show two moments. "
            "They are read as they are; deinterlace it first, by FFmpeg's bwdif."
        )


def _compare_with_count(film: Film, n_packets: int, n_frames: int) -> None:
    """Refuse or warn if the file counts more frames; warn if it states no end."""
    size = film.path.stat().st_size
    kind, index = film.container.format.name, film.stream.index_entries
    stated = film.stream.frames if kind in COUNTING else 0
    if stated > size:  # a pipe: FFmpeg writes 2^30, since it does not know yet
        stated = 0
    if stated and kind in INDEXED:
        # An edit list leaves out some frames; an empty one repeats the one before.
        stated = sum(entry.size > 0 and not entry.is_discard for entry in index)
        beyond = sum(entry.pos + entry.size > size for entry in index)
        if n_packets < stated and beyond:
            _raise(
                film.path, f"was cut short: {beyond} frames are missing. Copy it again."
            )
    if n_frames < stated:
        _warn(film.path, f"counts {stated} frames, of which {n_frames} can be decoded.")
    if not (stated or film.ends):
        _warn(
            film.path,
            "does not say where it ends, so that a missing end cannot be seen: "
            f"{n_frames} frames were read. If there should be more, copy it again.",
        )


def _warn(path: Path, what: str) -> None:
    warnings.warn(f"{path} {what}", UserWarning, stacklevel=3)


def _raise(path: Path, why: str) -> NoReturn:
    raise ValueError(f"{path} {why}")
