"""A clip becomes a film that every browser plays, or an image that every page shows."""

from fractions import Fraction
from math import inf
from pathlib import Path

import av
import torch
from numpy.typing import NDArray
from PIL import Image

from course_lib.shapes import Videos
from course_lib.video.pixels import channels_last, to_bytes

Rate = int | float | Fraction  # frames a second
FASTEST = 50  # frames a second of a GIF
CONTAINERS = (".mp4", ".mov", ".mkv")
NEARLY_LOSSLESS = {"crf": "12"}
IN_FRONT = {"movflags": "faststart"}  # the index: a browser begins at once


def write_gif(path: str | Path, videos: Videos, *, fps: Rate) -> None:
    """Write the clips side by side as one animated GIF that plays for ever.

    Takes grey or colour in [-1, 1]; an existing file is replaced. A frame keeps 256
    colours, and its time a hundredth of a second.

    Raises:
        ValueError: for another layout, range or name, or a rate above 50, which no
            browser shows.
    """
    path = Path(path)
    _check_writable(path, videos, fps, (".gif",))
    if fps > FASTEST:
        raise ValueError(f"A GIF shows at most {FASTEST} frames a second, got {fps}.")
    first, *rest = (Image.fromarray(picture) for picture in _side_by_side(videos))
    after = {"append_images": rest, "duration": 1000 / float(fps), "loop": 0}
    first.save(path, save_all=True, **after)


def write_video(path: str | Path, videos: Videos, *, fps: Rate) -> None:
    """Write the clips side by side, as one H.264 film of ``fps`` frames a second.

    Takes grey or colour in [-1, 1], as .mp4, .mov or .mkv; an existing file is
    replaced. H.264 as browsers play it keeps one colour for every 2 x 2 pixels: edges
    of colour come back softer.

    Raises:
        ValueError: for another layout, range or container, an odd height or width, or
            a rate that is not positive.
    """
    path = Path(path)
    _check_writable(path, videos, fps, CONTAINERS)
    height, width = videos.shape[-2:]
    if height % 2 or len(videos) * width % 2:
        raise ValueError(
            f"H.264 needs an even height and width, got {height} x "
            f"{len(videos) * width}; pad or crop the clips by a pixel."
        )
    film = _side_by_side(videos)
    rate = Fraction(fps).limit_denominator(1001)  # 30000/1001 is television's 29.97
    options = {} if path.suffix.lower() == ".mkv" else IN_FRONT
    with av.open(f"file:{path}", "w", options=options) as container:  # a colon is one
        stream = container.add_stream("libx264", rate=rate, options=NEARLY_LOSSLESS)
        stream.height, stream.width = film.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for picture in film:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _side_by_side(videos: Videos) -> NDArray:
    """Bytes of (time, height, width, 3)."""
    row = torch.cat(tuple(channels_last(videos)), dim=2)  # time height width channel
    return to_bytes(row.expand(-1, -1, -1, 3)).cpu().numpy()


def _check_writable(
    path: Path, videos: Videos, fps: Rate, containers: tuple[str, ...]
) -> None:
    if path.suffix.lower() not in containers:
        raise ValueError(f"{path}: name the film *{' or *'.join(containers)}.")
    if not 0 < fps < inf:
        raise ValueError(f"fps is frames a second, above 0, got {fps}.")
    if videos.ndim != 5 or videos.shape[2] not in (1, 3) or not videos.numel():
        raise ValueError(
            "A film is written of (batch, time, channel, height, width) with 1 or 3 "
            f"channels, got {tuple(videos.shape)}."
        )
