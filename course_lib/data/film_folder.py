"""A folder of films as a data set of clips, split by source."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.utils.data import Dataset

from course_lib.data.splits import Split, part
from course_lib.video import read_video
from course_lib.video.reading import Size

ENDINGS = frozenset(
    ".mp4 .mov .m4v .mkv .webm .avi .gif .mpg .mpeg .ts .m2ts .mts .ogv .wmv .flv .y4m "
    ".apng .3gp .mxf".split()
)
Clip = Float[Tensor, "time channel height width"]


class Piece(NamedTuple):
    """A run of frames of one film that belongs to one split.

    ``frames`` holds bytes, (frame, channel, height, width).
    """

    path: Path
    first: int
    frames: UInt8[Tensor, "frame channel height width"]


class FilmFolder(Dataset[Clip]):
    """Clips of all films in a folder, cut by source into train, validation and test.

    With at least three films, whole films belong to one split each, in the order of
    their names. With one or two, each film is cut in time: its first 70 % for training,
    the next 15 % for validation, the rest for the test. No frame is in two splits.

    An item is a clip of shape (time, channel, height, width), float32 in [-1, 1]. Clips
    are ``n_frames`` frames long, ``stride`` frames apart; neighbouring clips of a film
    begin ``step`` frames apart. Frames are held as bytes, in memory, at ``size``.

    Args:
        folder: Is searched for films, subfolders included.
        split: "train", "validation" or "test".
        n_frames: Frames of a clip.
        size: Side of a square, or (height, width), in pixels.
        channels: 3 for RGB, 1 for luma.
        stride: Frames between two frames of a clip.
        step: Frames between the beginnings of two clips; ``n_frames`` by default.
        progress: Wraps the list of films while they are read, for a progress bar.

    Raises:
        ValueError: if the folder holds no film, a film cannot be read, or a split has
            no clip of this length; the message names the film.
    """

    def __init__(
        self,
        folder: str | Path,
        split: Split,
        *,
        n_frames: int,
        size: Size = 64,
        channels: int = 3,
        stride: int = 1,
        step: int | None = None,
        progress: Callable[[list[Path]], "list[Path]"] = list,
    ) -> None:
        if channels not in (1, 3):
            raise ValueError(f"channels is 1 (luma) or 3 (RGB), got {channels}.")
        for name, count in (("n_frames", n_frames), ("stride", stride)):
            if count < 1:
                raise ValueError(f"{name} counts from 1, got {count}.")
        self.n_frames, self.stride = n_frames, stride
        films = films_of(folder)
        pieces = []
        for path in progress(films):
            frames = _bytes_of(path, size, channels)
            pieces.append(_piece_of(films, path, frames, split))
        self.pieces = [piece for piece in pieces if len(piece.frames)]
        span = (n_frames - 1) * stride + 1
        step = step or n_frames
        self.starts = [
            (number, start)
            for number, piece in enumerate(self.pieces)
            for start in range(0, len(piece.frames) - span + 1, step)
        ]
        if not self.starts:
            longest = max((len(piece.frames) for piece in self.pieces), default=0)
            raise ValueError(
                f"The {split} part of {folder} has no clip of {n_frames} frames, "
                f"{stride} apart ({span} frames): its longest piece has {longest}. "
                "Add longer films, or ask for shorter clips."
            )

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int) -> Clip:
        number, start = self.starts[index]
        end = start + (self.n_frames - 1) * self.stride + 1
        frames = self.pieces[number].frames[start : end : self.stride]
        return frames.float() / 127.5 - 1

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """A batch of n clips drawn with replacement, (batch, time, channel, h, w)."""
        drawn = torch.randint(len(self), (n,), generator=rng)
        return torch.stack([self[int(index)] for index in drawn])

    @property
    def sources(self) -> list[str]:
        """The names of the films that this split takes frames from."""
        return sorted({piece.path.name for piece in self.pieces})


def films_of(folder: str | Path) -> list[Path]:
    """All films in a folder and its subfolders by their endings, sorted by path.

    Raises:
        ValueError: if there is no such folder, or no film in it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ValueError(
            f"There is no folder {folder}: --data names a folder of films."
        )
    films = sorted(
        path
        for path in root.rglob("*")
        if path.is_file()
        and path.suffix.lower() in ENDINGS
        and not path.name.startswith(".")
    )
    if not films:
        listed = " ".join(sorted(ENDINGS))
        raise ValueError(f"No film lies in {folder}; looked for {listed}.")
    return films


def _piece_of(films: list[Path], path: Path, frames: Tensor, split: Split) -> Piece:
    if len(films) >= 3:
        own = films.index(path) in _films_of_split(len(films), split)
        return Piece(path, 0, frames if own else frames[:0])
    chosen = part(len(frames), split)
    return Piece(path, chosen.start, frames[chosen.start : chosen.stop])


def _films_of_split(n_films: int, split: Split) -> range:
    """At least one film for each split, however few there are."""
    held_out = max(1, round(0.15 * n_films))
    borders = {
        "train": (0, n_films - 2 * held_out),
        "validation": (n_films - 2 * held_out, n_films - held_out),
        "test": (n_films - held_out, n_films),
    }
    return range(*borders[split])


def _bytes_of(path: Path, size: Size, channels: int) -> Tensor:
    film = read_video(path, size=size)[0]  # (frame, 3, height, width) in [-1, 1]
    if channels == 1:
        weights = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)  # ITU-R BT.601
        film = (film * weights).sum(1, keepdim=True)
    return ((film + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
