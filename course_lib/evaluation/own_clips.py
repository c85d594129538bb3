"""Clips of the user's own for `course evaluate`: a film, or a tensor file."""

from itertools import islice
from pathlib import Path

import torch

from course_lib.evaluation.league import SHAPE
from course_lib.metrics.clip_sets import check_clips
from course_lib.shapes import Videos
from course_lib.video.reading import frames

MAX_CLIPS = 256  # that are cut from a film
TENSOR_SUFFIXES = (".pt", ".pth")  # of files that torch.save writes
N_FRAMES, SIDE = SHAPE[0], SHAPE[-1]


def read_clips(path: Path) -> Videos:
    """Consecutive clips cut from a film, or the clips of a tensor file.

    A film in any format that ``read_video`` reads is resized to 64 x 64 pixels and cut
    into up to 256 consecutive clips of 16 frames; remaining frames are dropped. A .pt
    or .pth file holds one tensor, (batch, time, channel, height, width) in [-1, 1]; it
    is loaded without running code.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: with the name of the file, if it is no film with two clips or more,
            or holds no such tensor.
    """
    if path.suffix.lower() in TENSOR_SUFFIXES:
        return _read_tensor(path)
    film = list(islice(frames(path, size=SIDE), MAX_CLIPS * N_FRAMES))
    n = len(film) // N_FRAMES
    if n < 2:
        raise ValueError(
            f"{path} is too short: it has {len(film)} frames, but two clips need "
            f"{2 * N_FRAMES}."
        )
    return torch.stack(film[: n * N_FRAMES]).unflatten(0, (n, N_FRAMES))


def _read_tensor(path: Path) -> Videos:
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    try:
        videos = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # invalid files raise many types of errors
        raise ValueError(
            f"{path} is no file of torch.save, or holds more than a tensor. Save the "
            "clips alone with torch.save(clips, path)."
        ) from error
    if not isinstance(videos, torch.Tensor) or not videos.is_floating_point():
        raise ValueError(
            f"{path} holds no tensor of floats. Save the clips alone with "
            "torch.save(clips, path)."
        )
    try:
        check_clips(videos, min_clips=2, min_frames=2)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return videos.float()
