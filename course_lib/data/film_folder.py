"""A folder of films as a data set of clips, split by source."""

from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.utils.data import Dataset

from course_lib import video
from course_lib.data.splits import SPLITS, Split, split_range
from course_lib.shapes import Videos
from course_lib.video.reading import Size

ENDINGS = frozenset(
    ".mp4 .mov .m4v .mkv .webm .avi .gif .mpg .mpeg .ts .m2ts .mts .ogv .wmv .flv .y4m "
    ".apng .3gp .mxf".split()
)
Clip = Float[Tensor, "time channel height width"]


LUMA_WEIGHTS = (0.299, 0.587, 0.114)  # of R, G, B; ITU-R BT.601
MAX_LISTED = 3  # names of films in a description


class Segment(NamedTuple):
    """Consecutive frames of one film that belong to one split.

    Attributes:
        path: The film.
        start: Index of the first frame in the film.
        frames: Bytes, (frame, channel, height, width).
    """

    path: Path
    start: int
    frames: UInt8[Tensor, "frame channel height width"]


class FilmFolder(Dataset[Clip]):
    """The clips of one split of a folder of films.

    With three films or more, each film belongs to one split, in the order of the paths.
    With one or two, each film is cut in time: its first 70 % are for training, the next
    15 % for validation, the rest for the test. No frame belongs to two splits.

    An item is a clip of shape (time, channel, height, width), float32 in [-1, 1]. The
    frames are held in memory as bytes.

    Args:
        folder: The folder; films in its subfolders count too.
        split: "train", "validation" or "test".
        n_frames: Frames of a clip.
        size: Side of a square, or (height, width), in pixels.
        channels: 3 for RGB, 1 for luma.
        stride: Frames of the film from one frame of a clip to the next.
        step: Frames of the film from the start of a clip to the start of the next;
            ``n_frames`` by default.
        progress: Wraps the films while they are read, for a progress bar.

    Raises:
        ValueError: if the folder holds no film, a film cannot be read, or the split has
            no clip of this length. The message names the film or the folder.
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
        progress: Callable[[list[Path]], Iterable[Path]] = list,
    ) -> None:
        if channels not in (1, 3):
            raise ValueError(f"channels is 1 (luma) or 3 (RGB), got {channels}.")
        for name, value in (("n_frames", n_frames), ("stride", stride)):
            if value < 1:
                raise ValueError(f"{name} counts from 1, got {value}.")
        self.folder, self.n_frames, self.stride = Path(folder), n_frames, stride
        films = films_of(folder)
        whole_films = len(films) >= 3
        if whole_films:
            indices = _film_indices(len(films), split)
            films = films[indices.start : indices.stop]
        self.segments = []
        for path in progress(films):
            frames, start = _read_bytes(path, size, channels), 0
            if not whole_films:
                indices = split_range(len(frames), split)
                start = indices.start
                frames = frames[indices.start : indices.stop].clone()
            if len(frames):
                self.segments.append(Segment(path, start, frames))
        span = (n_frames - 1) * stride + 1
        self.starts = [
            (number, start)
            for number, segment in enumerate(self.segments)
            for start in range(0, len(segment.frames) - span + 1, step or n_frames)
        ]
        if not self.starts:
            longest = max((len(segment.frames) for segment in self.segments), default=0)
            advice = "Add longer films, or ask for shorter clips."
            if not whole_films:
                advice = (
                    f"The folder has too few films: with {len(films)} of them each is "
                    "cut in time into three segments; with three or more each film "
                    f"belongs to one split. {advice}"
                )
            raise ValueError(
                f"The {split} split of {folder} has no clip of {n_frames} frames, "
                f"{stride} apart ({span} frames): its longest segment has {longest}. "
                f"{advice}"
            )

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int) -> Clip:
        number, start = self.starts[index]
        end = start + (self.n_frames - 1) * self.stride + 1
        frames = self.segments[number].frames[start : end : self.stride]
        return frames.float() / 127.5 - 1

    def sample(
        self, n: int, rng: torch.Generator, *, n_frames: int | None = None
    ) -> Videos:
        """A batch of n random clips, with replacement, on the device of ``rng``.

        Shape (batch, time, channel, height, width). ``n_frames`` cuts the clips to
        their first frames.
        """
        indices = torch.randint(len(self), (n,), generator=rng, device=rng.device)
        clips = torch.stack([self[index][:n_frames] for index in indices.tolist()])
        return clips.to(rng.device)

    def clips(self, n: int) -> Videos:
        """At most n clips, evenly spread over all clips of this split.

        Shape (batch, time, channel, height, width).
        """
        every = -(-len(self) // n)  # rounded up
        return torch.stack([self[index] for index in range(0, len(self), every)])

    @property
    def frame_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a frame."""
        channels, height, width = self.segments[0].frames.shape[1:]
        return channels, height, width

    @property
    def n_film_frames(self) -> int:
        """Number of frames of all films in this split."""
        return sum(len(segment.frames) for segment in self.segments)

    @property
    def sources(self) -> list[str]:
        """The names of the films that this split takes frames from."""
        return sorted({segment.path.name for segment in self.segments})

    def mean_frame(self) -> Float[Tensor, "channel height width"]:
        """The mean of all frames of this split, in [-1, 1]."""
        sums = sum(
            segment.frames.sum(dim=0, dtype=torch.int64) for segment in self.segments
        )
        return (sums.double() / self.n_film_frames / 127.5 - 1).float()


class FilmSplits(NamedTuple):
    """The three splits of one folder of films; no frame is in two of them."""

    train: FilmFolder
    validation: FilmFolder
    test: FilmFolder

    def fingerprint(self) -> str:
        """A digest of all frames and of their division into splits."""
        digest = sha256()
        for dataset in self:
            for segment in dataset.segments:
                header = (segment.path.name, segment.start, *segment.frames.shape)
                digest.update(repr(header).encode())
                digest.update(segment.frames.reshape(-1).numpy())
            digest.update(b"end of split")
        return digest.hexdigest()[:16]

    def describe(self) -> str:
        """Folder, films and frames of each split, frame shape and fingerprint."""
        parts = []
        for split, dataset in self._asdict().items():
            names = dataset.sources[:MAX_LISTED]
            more = len(dataset.sources) - len(names)
            listed = ", ".join(names) + (f" and {more} more" if more else "")
            parts.append(f"{split} {dataset.n_film_frames} frames of {listed}")
        channels, height, width = self.train.frame_shape
        return (
            f"films of the folder {self.train.folder.resolve().name}: "
            f"{'; '.join(parts)}; frames of {channels} x {height} x {width}; "
            f"fingerprint {self.fingerprint()}"
        )


def read_splits(
    folder: str | Path,
    *,
    n_frames: int,
    size: Size,
    channels: int,
    progress: Callable[[list[Path], str], Iterable[Path]] = lambda films, title: films,
) -> FilmSplits:
    """The splits of a folder for training: overlapping clips to train on.

    Two training clips of a film may start at neighbouring frames; clips for validation
    and test do not overlap. ``progress`` takes the films of a split and a title. The
    other arguments are those of ``FilmFolder``.

    Raises:
        ValueError: as ``FilmFolder``, for each of the splits.
    """
    return FilmSplits(
        *(
            FilmFolder(
                folder,
                split,
                n_frames=n_frames,
                size=size,
                channels=channels,
                step=1 if split == "train" else n_frames,
                progress=partial(progress, title=f"reading films ({split})"),
            )
            for split in SPLITS
        )
    )


def films_of(folder: str | Path) -> list[Path]:
    """The paths of all films in a folder and its subfolders, sorted.

    A film is recognized by its ending, which is one of ENDINGS.

    Raises:
        ValueError: if the folder does not exist or holds no film.
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
        raise ValueError(f"No film lies in {folder}; looked for files with {listed}.")
    return films


def _film_indices(n_films: int, split: Split) -> range:
    """The films of a split of three films or more; each split gets at least one."""
    held_out = max(1, round(0.15 * n_films))
    ranges = {
        "train": (0, n_films - 2 * held_out),
        "validation": (n_films - 2 * held_out, n_films - held_out),
        "test": (n_films - held_out, n_films),
    }
    if split not in ranges:
        raise ValueError(f"split is one of {SPLITS}, got {split!r}.")
    return range(*ranges[split])


def _read_bytes(path: Path, size: Size, channels: int) -> Tensor:
    """All frames of a film as bytes, decoded and converted one by one."""
    weights = torch.tensor(LUMA_WEIGHTS).view(3, 1, 1)
    images = []
    for image in video.frames(path, size=size):  # (3, height, width) in [-1, 1]
        if channels == 1:
            image = (image * weights).sum(dim=0, keepdim=True)
        images.append(((image + 1) * 127.5).round().clamp(0, 255).to(torch.uint8))
    return torch.stack(images)
