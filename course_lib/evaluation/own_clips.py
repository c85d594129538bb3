"""Rate what you bring: a film of your own, or clips that you drew elsewhere."""

from itertools import islice
from pathlib import Path

import torch

from course_lib.evaluation.league import SHAPE
from course_lib.metrics.clip_sets import refuse_odd_clips
from course_lib.shapes import Videos
from course_lib.video.reading import frames

MOST = 256  # clips of a film that are looked at
TENSORS = (".pt", ".pth")  # endings of torch.save's files
FRAMES, SIDE = SHAPE[0], SHAPE[-1]


def clips_of(path: Path) -> Videos:
    """A film cut into clips, or the clips that a tensor file holds.

    A film, of any kind that ``read_video`` reads, is cut into clips of 16 frames, each
    as it follows the last, up to 256 of them, 64 x 64 pixels; what is left over is left
    out. A .pt or .pth holds one tensor, (batch, time, channel, height, width) in
    [-1, 1]; it is read without running code.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: naming the file, if it is no film of two clips, or holds no such
            tensor.
    """
    if path.suffix.lower() in TENSORS:
        return _from_tensor(path)
    film = list(islice(frames(path, size=SIDE), MOST * FRAMES))
    n = len(film) // FRAMES
    if n < 2:
        raise ValueError(
            f"{path} is too short: it has {len(film)} frames, two clips have "
            f"{2 * FRAMES}."
        )
    return torch.stack(film[: n * FRAMES]).unflatten(0, (n, FRAMES))


def _from_tensor(path: Path) -> Videos:
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    try:
        videos = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # odd bytes make it fail in many ways
        raise ValueError(
            f"{path} is no file of torch.save, or holds more than a tensor. Save the "
            "clips alone: torch.save(clips, path)."
        ) from error
    if not isinstance(videos, torch.Tensor) or not videos.is_floating_point():
        raise ValueError(f"{path} holds no tensor of floats. Save the clips alone.")
    try:
        refuse_odd_clips(videos, clips=2, frames=2)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return videos.float()
