"""A clip becomes a film that every browser plays.

Home: 2.1 From film to clips.
"""

from fractions import Fraction
from math import inf
from pathlib import Path

import av
import torch

from course_lib.shapes import Videos
from course_lib.video.pixels import channels_last, to_bytes

Rate = int | float | Fraction  # frames a second
CONTAINERS = (".mp4", ".mov", ".mkv")
NEARLY_LOSSLESS = {"crf": "12"}
IN_FRONT = {"movflags": "faststart"}  # the index: a browser begins at once


def write_video(path: str | Path, videos: Videos, *, fps: Rate) -> None:
    """Write the clips side by side, as one H.264 film of ``fps`` frames a second.

    Takes grey or colour in [-1, 1]; an existing file is replaced. H.264 as browsers
    play it keeps one colour for every 2 x 2 pixels: edges of colour come back softer.

    Raises:
        ValueError: for another layout, range or container, an odd height or width, or
            a rate that is not positive.
    """
    path = Path(path)
    _refuse_unwritable(path, videos, fps)
    row = torch.cat(tuple(channels_last(videos)), dim=2)  # time height width channel
    film = to_bytes(row.expand(-1, -1, -1, 3)).cpu().numpy()
    rate = Fraction(fps).limit_denominator(1001)  # 30000/1001 is television's 29.97
    options = {} if path.suffix == ".mkv" else IN_FRONT
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("libx264", rate=rate, options=NEARLY_LOSSLESS)
        stream.height, stream.width = film.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for picture in film:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _refuse_unwritable(path: Path, videos: Videos, fps: Rate) -> None:
    if path.suffix not in CONTAINERS:
        raise ValueError(f"{path}: name the film *{' or *'.join(CONTAINERS)}.")
    if not 0 < fps < inf:
        raise ValueError(f"fps is frames a second, above 0, got {fps}.")
    if videos.ndim != 5 or videos.shape[2] not in (1, 3) or not videos.numel():
        raise ValueError(
            "write_video needs (batch, time, channel, height, width) with 1 or 3 "
            f"channels, got {tuple(videos.shape)}."
        )
    height, width = videos.shape[-2:]
    if height % 2 or len(videos) * width % 2:
        raise ValueError(
            f"H.264 needs an even height and width, got {height} x "
            f"{len(videos) * width}; pad or crop the clips by a pixel."
        )
